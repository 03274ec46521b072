// SPDX-License-Identifier: MIT

// Command original moves bytes over one connection between two engines of package vtcp of the Go original, in this
// process, on one goroutine and in real time. It is what TcpTransfer does with ours, except that the engine makes
// segments and no IP packets.
//
// The engine leaves checksums to its caller: this driver makes and verifies them with the original's own Checksum.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/KarpelesLab/pktkit"
	"github.com/KarpelesLab/pktkit/vtcp"
)

const (
	chunk    = 256 << 10
	buffer   = 1 << 20
	mebibyte = 1 << 20
	// headers are IPv4's and TCP's with the timestamps option. The engine takes its MSS for the payload whatever options
	// are sent, so they are taken off here, and its packets have the size of ours.
	headers        = 20 + 32
	checksumOffset = 16
)

var (
	left  = netip.MustParseAddr("10.0.0.1")
	right = netip.MustParseAddr("10.0.0.2")
)

// end is one engine and the segments that are under way to it. The engine's timers run on goroutines of their own and
// may send too, which is what the lock is for.
type end struct {
	conn     *vtcp.Conn
	lock     sync.Mutex
	inbox    [][]byte
	taken    [][]byte
	from     netip.Addr
	to       netip.Addr
	next     uint32
	readable int
	sent     int
}

type transfer struct {
	client, server end
	payload        int
	checksums      bool
	connected      bool
	written, read  []byte
}

func newTransfer(mtu int, congestion string, checksums bool) *transfer {
	t := &transfer{payload: mtu - headers, checksums: checksums}
	t.client.from, t.client.to = right, left
	t.server.from, t.server.to = left, right
	t.client.conn = vtcp.NewConn(t.config(&t.server, 40000, 80, congestion))
	t.server.conn = vtcp.NewConn(t.config(&t.client, 80, 40000, congestion))
	// Whole segments only: the engine sends the rest of a write as a small segment as soon as it may.
	t.written = make([]byte, chunk/t.payload*t.payload)
	t.read = make([]byte, chunk)
	// The writer carries the handshake to its end before Connect starts to wait.
	if err := t.client.conn.Connect(context.Background()); err != nil {
		log.Fatal(err)
	}
	t.connected = true
	return t
}

func (t *transfer) config(peer *end, local, remote uint16, congestion string) vtcp.ConnConfig {
	return vtcp.ConnConfig{
		LocalPort:  local,
		RemotePort: remote,
		Writer: func(segment []byte) error {
			t.send(peer, segment)
			if !t.connected {
				t.deliver()
			}
			return nil
		},
		MSS:               t.payload,
		EnableTimestamps:  true,
		EnableSACK:        true,
		CongestionControl: congestion,
		SendBufSize:       buffer,
		RecvBufSize:       buffer,
	}
}

func (t *transfer) send(peer *end, segment []byte) {
	if t.checksums {
		binary.BigEndian.PutUint16(segment[checksumOffset:], checksum(peer, segment))
	}
	peer.lock.Lock()
	peer.inbox = append(peer.inbox, segment)
	peer.sent++
	peer.lock.Unlock()
}

func (e *end) take() [][]byte {
	e.lock.Lock()
	e.inbox, e.taken = e.taken[:0], e.inbox
	e.lock.Unlock()
	return e.taken
}

func checksum(to *end, segment []byte) uint16 {
	pseudo := pktkit.PseudoHeaderChecksum(pktkit.ProtocolTCP, to.from, to.to, uint16(len(segment)))
	return ^pktkit.CombineChecksums(pseudo, ^pktkit.Checksum(segment))
}

// deliver hands over segments until none is under way.
func (t *transfer) deliver() {
	for t.drain(&t.server, &t.client)+t.drain(&t.client, &t.server) > 0 {
	}
}

func (t *transfer) drain(to, peer *end) int {
	segments := to.take()
	for i, raw := range segments {
		segments[i] = nil
		if t.checksums && checksum(to, raw) != 0 {
			log.Fatalf("checksum is wrong: length=%d", len(raw))
		}
		segment, err := vtcp.ParseSegment(raw)
		if err != nil {
			log.Fatal(err)
		}
		to.count(&segment)
		var answers [][]byte
		if segment.HasFlag(vtcp.FlagSYN) && !segment.HasFlag(vtcp.FlagACK) {
			answers = to.conn.AcceptSYN(segment)
		} else {
			answers = to.conn.HandleSegment(segment)
		}
		for _, answer := range answers {
			t.send(peer, answer)
		}
	}
	return len(segments)
}

// count adds what is new in a segment to what can be read: a timeout, which a busy machine may cause, repeats some.
func (e *end) count(segment *vtcp.Segment) {
	end := segment.Seq + segment.SegLen()
	if segment.HasFlag(vtcp.FlagSYN) {
		e.next = end
	} else if news := int32(end - e.next); news > 0 {
		e.next = end
		e.readable += int(news)
	}
}

// move writes and reads a number of bytes. All that was written has been acknowledged when a round of the loop ends, so
// that Write never waits for room; and nothing is lost, so that Read never waits for what arrived.
func (t *transfer) move(bytes int) {
	for bytes > 0 {
		n := min(bytes, len(t.written))
		if _, err := t.client.conn.Write(t.written[:n]); err != nil {
			log.Fatal(err)
		}
		bytes -= n
		t.deliver()
		for t.server.readable > 0 {
			n, err := t.server.conn.Read(t.read)
			if err != nil {
				log.Fatal(err)
			}
			t.server.readable -= n
		}
	}
}

func (t *transfer) measure(bytes, mtu int) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sent := t.server.sent
	processor := processorTime()
	start := time.Now()
	t.move(bytes)
	nanos := float64(time.Since(start).Nanoseconds())
	processor = processorTime() - processor
	runtime.ReadMemStats(&after)
	sent = t.server.sent - sent
	needed := (bytes + t.payload - 1) / t.payload
	fmt.Printf("original mtu %d: %.1f Gbit/s, %.0f ns, %.0f ns of processor time and %.1f B allocated for each of %d segments,"+
		" %d repeated\n",
		mtu, float64(bytes)*8/nanos, nanos/float64(sent), float64(processor)/float64(sent),
		float64(after.TotalAlloc-before.TotalAlloc)/float64(sent), sent, sent-needed)
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
	congestion := flag.String("congestion", "highspeed", "highspeed or newreno")
	checksums := flag.Bool("checksums", true, "make and verify checksums")
	flag.Parse()
	t := newTransfer(*mtu, *congestion, *checksums)
	t.move(*mebibytes * mebibyte / 2)
	for range *rounds {
		t.measure(*mebibytes*mebibyte, *mtu)
	}
}
