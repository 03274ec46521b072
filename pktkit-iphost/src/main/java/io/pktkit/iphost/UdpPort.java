// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A UDP port of a host with what has arrived for it. Owned like the host. */
public final class UdpPort {
    private final IpHost host;
    private final @Nullable IpAddress address;
    private final int port;
    private final UdpEvents events;
    private final DatagramQueue queue;
    private @Nullable IpAddress remoteAddress;
    private int remotePort;
    private int trafficClass;
    private int multicastHops = 1; // RFC 1112 section 6.1, RFC 3493 section 5.2
    private long dropped;
    private @Nullable IOException failure;
    private boolean closed;

    UdpPort(IpHost host, @Nullable IpAddress address, int port, UdpEvents events) {
        this.host = host;
        this.address = address;
        this.port = port;
        this.events = events;
        this.queue = new DatagramQueue(host.budget());
    }

    /** {@return the local port} */
    public int port() {
        return port;
    }

    /** {@return the local address, or null for every address of the host} */
    public @Nullable IpAddress address() {
        return address;
    }

    /**
     * Takes datagrams and errors from one remote only, and sends there by default. What waits and is from others is dropped.
     *
     * @param toAddress the remote's address
     * @param toPort its port
     */
    public void connect(IpAddress toAddress, int toPort) {
        remoteAddress = toAddress;
        remotePort = toPort;
        failure = null;
        if (queue.size() == 0) {
            return;
        }
        ByteBuffer each = ByteBuffer.allocate(IpOutput.maxUdpPayload(IpFamily.IPV6));
        for (int left = queue.size(); left > 0; left--) {
            queue.poll(each.clear());
            IpAddress from = queue.address();
            if (from.equals(toAddress) && queue.port() == toPort) {
                queue.offer(from.family(), from.high(), from.low(), toPort, each, 0, each.position());
            }
        }
    }

    /** Takes datagrams from everybody again. */
    public void disconnect() {
        remoteAddress = null;
        remotePort = 0;
    }

    /** {@return the remote that it is connected to, or null} */
    public @Nullable IpAddress remoteAddress() {
        return remoteAddress;
    }

    /** {@return the port of the remote that it is connected to, or 0} */
    public int remotePort() {
        return remotePort;
    }

    /**
     * Sends a datagram. One for which the queue of packets has no room is dropped, as any network may, and counted.
     *
     * @param to the destination, or null for the one connected to
     * @param toPort its port
     * @param payload from position to limit, which stay
     * @param nowNanos the time
     * @throws IOException if it cannot be sent, or an error is due
     */
    public void send(@Nullable IpAddress to, int toPort, ByteBuffer payload, long nowNanos) throws IOException {
        checkOpen();
        IpAddress destination = to == null ? remoteAddress : to;
        int destinationPort = to == null ? remotePort : toPort;
        if (destination == null || destinationPort < 1 || destinationPort > 65535) {
            throw new SocketException("no destination: address=" + destination + " port=" + destinationPort);
        }
        int most = IpOutput.maxUdpPayload(destination.family());
        if (payload.remaining() > most) {
            throw new SocketException(
                    "datagram too long: length=" + payload.remaining() + ", at most " + most + " to " + destination);
        }
        throwFailure();
        IpAddress bound = address;
        IpAddress source =
                bound != null && bound.family() == destination.family() ? bound : host.sourceFor(destination);
        int hops = destination.isMulticast() ? multicastHops : IpHeader.DEFAULT_HOP_LIMIT;
        host.output().mark(hops, trafficClass);
        if (!host.output().sendUdp(source, port, destination, destinationPort, payload, nowNanos)) {
            dropped++;
        }
    }

    /**
     * Says what the packets are like that it sends from now on.
     *
     * @param octet their traffic class, 0 to 255
     * @param groupHops the hop limit of those to groups, 0 to 255; 1 unless set
     */
    public void setMarks(int octet, int groupHops) {
        trafficClass = octet;
        multicastHops = groupHops;
    }

    /** {@return what has arrived, the first first} */
    public DatagramQueue queue() {
        return queue;
    }

    /** {@return datagrams that were dropped because a queue was full} */
    public long dropped() {
        return dropped;
    }

    /**
     * Tells once of an error that came back.
     *
     * @throws IOException if there was one since the last call
     */
    public void throwFailure() throws IOException {
        IOException pending = failure;
        if (pending != null) {
            failure = null;
            throw pending;
        }
    }

    /** {@return whether it was closed, or its host} */
    public boolean isClosed() {
        return closed;
    }

    /** Frees the port. Idempotent. */
    public void close() {
        if (!closed) {
            host.udp().remove(this);
            onHostClosed();
        }
    }

    void onHostClosed() {
        closed = true;
        queue.clear();
        events.onChange();
    }

    boolean accepts(Packet packet, UdpDatagram datagram, boolean own) {
        IpAddress bound = address;
        IpAddress remote = remoteAddress;
        boolean toBound = bound == null
                || !own
                || (bound.low() == packet.destinationLow()
                        && bound.high() == packet.destinationHigh()
                        && bound.isIpv6() == packet.isIpv6());
        return toBound && (remote == null || isFrom(remote, packet, datagram));
    }

    private boolean isFrom(IpAddress remote, Packet packet, UdpDatagram datagram) {
        return remotePort == datagram.sourcePort()
                && remote.low() == packet.sourceLow()
                && remote.high() == packet.sourceHigh()
                && remote.isIpv6() == packet.isIpv6();
    }

    boolean onDatagram(Packet packet, UdpDatagram datagram) {
        boolean taken = queue.offer(
                packet.isIpv6() ? IpFamily.IPV6 : IpFamily.IPV4,
                packet.sourceHigh(),
                packet.sourceLow(),
                datagram.sourcePort(),
                datagram.buffer(),
                datagram.payloadOffset(),
                datagram.payloadLength());
        if (taken) {
            events.onChange();
        } else {
            dropped++;
        }
        return taken;
    }

    /** Only a connected one is told (RFC 1122 section 4.1.3.3 leaves the others no way to know what was meant). */
    void onUnreachable(IpAddress destination, int destinationPort, boolean portUnreachable) {
        IpAddress remote = remoteAddress;
        if (remote != null && remote.equals(destination) && destinationPort == remotePort) {
            String message = destination + " port " + destinationPort;
            failure = portUnreachable
                    ? new PortUnreachableException(message + ": nobody listens")
                    : new NoRouteToHostException(message + ": the network reports it unreachable");
            events.onChange();
        }
    }

    private void checkOpen() throws SocketException {
        host.checkOpen();
        if (closed) {
            throw new SocketException("socket closed");
        }
    }
}
