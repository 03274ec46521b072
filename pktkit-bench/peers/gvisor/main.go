// SPDX-License-Identifier: MIT

// Command gvisor moves bytes over one connection between two stacks of gVisor's netstack, in this process and in real
// time. It is what TcpTransfer does with our hosts.
//
// The stacks are joined by netstack's own pipe, which passes packets on without a copy, offers no segmentation offload
// and leaves checksums to the stacks. Each stack handles segments on goroutines of its own; with GOMAXPROCS=1 all of them
// share one thread at a time with this driver.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"runtime"
	"syscall"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/pipe"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const (
	chunk    = 256 << 10
	buffer   = 1 << 20
	mebibyte = 1 << 20
	port     = 80
	nic      = 1
	// headers are IPv4's and TCP's with the timestamps option.
	headers = 20 + 32
)

var (
	left  = tcpip.AddrFrom4([4]byte{10, 0, 0, 1})
	right = tcpip.AddrFrom4([4]byte{10, 0, 0, 2})
)

// end is one side of the connection. Its channel gets something when the endpoint may have become ready.
type end struct {
	endpoint tcpip.Endpoint
	ready    chan struct{}
}

func newEnd(endpoint tcpip.Endpoint, queue *waiter.Queue, events waiter.EventMask) end {
	entry, ready := waiter.NewChannelEntry(events)
	queue.EventRegister(&entry)
	return end{endpoint, ready}
}

type transfer struct {
	sender         *stack.Stack
	receiver       *stack.Stack
	client, server end
	written, read  []byte
}

func newTransfer(mtu int, congestion string) *transfer {
	one, two := pipe.New("", "", uint32(mtu))
	t := &transfer{
		sender:   newStack(one, left, mtu-headers, congestion),
		receiver: newStack(two, right, mtu-headers, congestion),
	}
	t.written = make([]byte, wholeSegments(chunk, mtu-headers))
	t.read = make([]byte, chunk)

	var listening, dialing waiter.Queue
	listener := newEndpoint(t.receiver, &listening)
	incoming := newEnd(listener, &listening, waiter.ReadableEvents)
	check("bind", listener.Bind(tcpip.FullAddress{Addr: right, Port: port}))
	check("listen", listener.Listen(1))

	client := newEndpoint(t.sender, &dialing)
	t.client = newEnd(client, &dialing, waiter.WritableEvents)
	err := client.Connect(tcpip.FullAddress{Addr: right, Port: port})
	if _, started := err.(*tcpip.ErrConnectStarted); !started {
		check("connect", err)
	}
	<-incoming.ready
	server, accepted, err := listener.Accept(nil)
	check("accept", err)
	t.server = newEnd(server, accepted, waiter.ReadableEvents)
	<-t.client.ready
	return t
}

// wholeSegments rounds down: without Nagle's algorithm the rest of a write, or of what there was room for, is sent as a
// small segment.
func wholeSegments(length, payload int) int {
	return length / payload * payload
}

func newStack(link stack.LinkEndpoint, address tcpip.Address, payload int, congestion string) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true)
	control := tcpip.CongestionControlOption(congestion)
	moderate := tcpip.TCPModerateReceiveBufferOption(false)
	room := wholeSegments(buffer, payload)
	send := tcpip.TCPSendBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: room, Max: room}
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: buffer, Max: buffer}
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &control, &moderate, &send, &receive} {
		check("option", s.SetTransportProtocolOption(tcp.ProtocolNumber, option))
	}
	check("nic", s.CreateNIC(nic, link))
	local := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: address.WithPrefix()}
	check("address", s.AddProtocolAddress(nic, local, stack.AddressProperties{}))
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}})
	return s
}

func newEndpoint(s *stack.Stack, queue *waiter.Queue) tcpip.Endpoint {
	endpoint, err := s.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, queue)
	check("endpoint", err)
	return endpoint
}

func check(what string, err tcpip.Error) {
	if err != nil {
		log.Fatalf("%s: %s", what, err)
	}
}

// move writes and reads a number of bytes.
func (t *transfer) move(length int) {
	unsent, unread := length, length
	for unread > 0 {
		written := 0
		// A write that the buffer takes in part would end in a small segment.
		if unread-unsent <= buffer/4 {
			written = t.write(unsent)
		}
		read := t.drain()
		unsent -= written
		unread -= read
		if written+read == 0 {
			select {
			case <-t.client.ready:
			case <-t.server.ready:
			}
		}
	}
}

func (t *transfer) write(unsent int) int {
	if unsent == 0 {
		return 0
	}
	payload := bytes.NewReader(t.written[:min(unsent, len(t.written))])
	n, err := t.client.endpoint.Write(payload, tcpip.WriteOptions{})
	if _, full := err.(*tcpip.ErrWouldBlock); !full {
		check("write", err)
	}
	return int(n)
}

func (t *transfer) drain() int {
	total := 0
	for {
		into := tcpip.SliceWriter(t.read)
		result, err := t.server.endpoint.Read(&into, tcpip.ReadOptions{})
		if _, empty := err.(*tcpip.ErrWouldBlock); empty {
			return total
		}
		check("read", err)
		total += result.Count
	}
}

func (t *transfer) measure(length, mtu int) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stats := t.sender.Stats().TCP
	sent, repeated := stats.SegmentsSent.Value(), stats.Retransmits.Value()
	processor := processorTime()
	start := time.Now()
	t.move(length)
	nanos := float64(time.Since(start).Nanoseconds())
	processor = processorTime() - processor
	runtime.ReadMemStats(&after)
	sent = stats.SegmentsSent.Value() - sent
	repeated = stats.Retransmits.Value() - repeated
	fmt.Printf("gvisor mtu %d: %.1f Gbit/s, %.0f ns, %.0f ns of processor time and %.1f B allocated for each of %d segments,"+
		" %d repeated\n",
		mtu, float64(length)*8/nanos, nanos/float64(sent), float64(processor)/float64(sent),
		float64(after.TotalAlloc-before.TotalAlloc)/float64(sent), sent, repeated)
}

// processorTime is that of the whole process, so with the collection of garbage, in nanoseconds.
func processorTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "how often to measure")
	mebibytes := flag.Int("mebibytes", 2048, "how much in each round")
	mtu := flag.Int("mtu", 1500, "bytes in an IP packet")
	congestion := flag.String("congestion", "cubic", "cubic or reno")
	flag.Parse()
	t := newTransfer(*mtu, *congestion)
	t.move(*mebibytes * mebibyte / 2)
	for range *rounds {
		t.measure(*mebibytes*mebibyte, *mtu)
	}
}
