// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.AbstractDatagramEndpoint;
import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.datagram.DatagramFeature;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.EventFd;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.Poller;
import io.pktkit.nativeio.UdpSocket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** An endpoint over a socket of each family. The receiver's part is in {@link Receiver}, the senders' in {@link LinuxBatch}. */
final class LinuxEndpoint extends AbstractDatagramEndpoint {

    private final Map<IpFamily, IpAddress> addresses;
    private final @Nullable UdpSocket ipv4;
    private final @Nullable UdpSocket ipv6;
    private final int port;
    private final UdpCalls calls;
    private final Offloads offloads;
    private final EventFd wake;
    private final Poller poller;
    private final Receiver receiver;
    private final String bound;

    LinuxEndpoint(DatagramConfig config, Sockets sockets, Offloads proved, UdpCalls calls) throws IOException {
        super(config.maxBatches());
        addresses = new EnumMap<>(sockets.addresses());
        ipv4 = sockets.byFamily().get(IpFamily.IPV4);
        ipv6 = sockets.byFamily().get(IpFamily.IPV6);
        port = sockets.port();
        this.calls = calls;
        UdpSocket[] each = sockets.byFamily().values().toArray(UdpSocket[]::new);
        offloads = joinDatagrams(each, proved);
        bound = bound(each[0]);
        receiver = new Receiver(this, each, config.largestDatagram(), offloads.coalescing(), calls);
        wake = EventFd.open();
        NativeFd[] waited = new NativeFd[each.length + 1];
        for (int i = 0; i < each.length; i++) {
            waited[i] = each[i].fd();
        }
        waited[each.length] = wake.fd();
        poller = new Poller(waited);
    }

    private static Offloads joinDatagrams(UdpSocket[] sockets, Offloads proved) {
        if (proved.coalescing()) {
            for (UdpSocket socket : sockets) {
                int result = socket.setOption(UdpSocket.SOL_UDP, UdpSocket.UDP_GRO, 1);
                if (result < 0) {
                    for (UdpSocket other : sockets) {
                        other.setOption(UdpSocket.SOL_UDP, UdpSocket.UDP_GRO, 0);
                    }
                    return proved.withoutCoalescing("UDP_GRO: " + Errno.name(-result));
                }
            }
        }
        return proved;
    }

    @Override
    public @Nullable IpAddress localAddress(IpFamily family) {
        return addresses.get(family);
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Set<DatagramFeature> features() {
        EnumSet<DatagramFeature> features =
                EnumSet.of(DatagramFeature.BATCH_CALLS, DatagramFeature.LOCAL_ADDRESS, DatagramFeature.TRAFFIC_CLASS);
        if (offloads.segmenting()) {
            features.add(DatagramFeature.SEGMENTATION);
        }
        if (offloads.coalescing()) {
            features.add(DatagramFeature.COALESCING);
        }
        return features;
    }

    @Override
    public boolean setSegmentation(boolean wanted) {
        return offloads.setSegmenting(wanted);
    }

    @Override
    public String describe() {
        return bound + ", " + offloads.describe();
    }

    private String bound(UdpSocket socket) {
        StringJoiner text = new StringJoiner(" and ");
        addresses.values().forEach(address -> text.add(address.isIpv4() ? address.toString() : "[" + address + "]"));
        // The kernel tells twice what was asked for, the half being for its own records.
        return "linux UDP on " + text + " port " + port + ", many datagrams a call, buffers "
                + (socket.option(UdpSocket.SOL_SOCKET, UdpSocket.SO_RCVBUF) >> 11) + " KiB in, "
                + (socket.option(UdpSocket.SOL_SOCKET, UdpSocket.SO_SNDBUF) >> 11) + " KiB out";
    }

    @Override
    protected DatagramBatch newBatch() {
        return new LinuxBatch(this, ipv4, ipv6, offloads, calls);
    }

    @Override
    protected boolean reaches(boolean isIpv4) {
        return (isIpv4 ? ipv4 : ipv6) != null;
    }

    @Override
    protected int drain() throws IOException {
        return receiver.drain();
    }

    @Override
    protected void awaitReadable() throws IOException {
        try {
            poller.await(-1);
        } catch (IOException failure) {
            if (!isClosed()) {
                throw failure;
            }
            return;
        }
        receiver.polled(poller);
        wake.drain();
    }

    @Override
    protected void wakeReceiver() {
        wake.signal();
    }

    @Override
    protected void release() {
        if (ipv4 != null) {
            ipv4.close();
        }
        if (ipv6 != null) {
            ipv6.close();
        }
        wake.close();
    }

    /** Hands a datagram on; for the receiver. */
    int take(Datagram datagram) {
        return deliver(datagram);
    }

    /** Counts; for the receiver and the batches. */
    void add(DatagramCounter counter, long amount) {
        count(counter, amount);
    }
}
