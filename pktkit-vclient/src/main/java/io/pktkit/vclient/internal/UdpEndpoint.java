// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A UDP socket. Its public methods take the stack's lock themselves. */
public final class UdpEndpoint {
    /** Bytes that may wait, a fixed share for each datagram included; one datagram always fits. */
    public static final int MAX_QUEUED_BYTES = 256 << 10;

    /** Datagrams that may wait. */
    public static final int MAX_QUEUED = 1024;

    private static final int OVERHEAD = 64;

    private final ClientStack stack;
    private final @Nullable IpAddress address;
    private final int port;
    private final Waiter readable;
    private final ArrayDeque<Received> queue = new ArrayDeque<>();
    private @Nullable IpAddress remoteAddress;
    private int remotePort;
    private int queuedBytes;
    private long dropped;
    private @Nullable IOException failure;
    private boolean closed;

    UdpEndpoint(ClientStack stack, @Nullable IpAddress address, int port) {
        this.stack = stack;
        this.address = address;
        this.port = port;
        this.readable = stack.newWaiter();
    }

    /** A datagram that has arrived, with a copy of its payload. */
    public static final class Received {
        private final IpAddress source;
        private final int sourcePort;
        private final byte[] payload;

        Received(IpAddress source, int sourcePort, byte[] payload) {
            this.source = source;
            this.sourcePort = sourcePort;
            this.payload = payload;
        }

        /** {@return who sent it} */
        public IpAddress source() {
            return source;
        }

        /** {@return from which port} */
        public int sourcePort() {
            return sourcePort;
        }

        /** {@return the payload, not copied} */
        public byte[] payload() {
            return payload;
        }
    }

    /**
     * Opens a socket.
     *
     * @param stack the host
     * @param address the address to receive on, or null for all of the host's
     * @param port the port, or 0 for a random one
     * @return the socket
     * @throws SocketException if the port is taken or the host closed
     */
    public static UdpEndpoint open(ClientStack stack, @Nullable IpAddress address, int port) throws SocketException {
        stack.enter();
        try {
            if (address != null && !stack.isOwn(address)) {
                throw new BindException("not an address of this client: " + address);
            }
            return stack.udp().open(address, port);
        } finally {
            stack.leave();
        }
    }

    /** {@return the local port} */
    public int port() {
        return port;
    }

    /**
     * Takes datagrams and errors from one remote only, and sends there by default.
     *
     * @param toAddress the remote's address
     * @param toPort its port
     */
    public void connect(IpAddress toAddress, int toPort) {
        stack.enter();
        try {
            remoteAddress = toAddress;
            remotePort = toPort;
            queue.removeIf(datagram -> {
                boolean foreign = !datagram.source.equals(toAddress) || datagram.sourcePort != toPort;
                queuedBytes -= foreign ? OVERHEAD + datagram.payload.length : 0;
                return foreign;
            });
        } finally {
            stack.leave();
        }
    }

    /**
     * Sends a datagram.
     *
     * @param to the destination, or null for the one connected to
     * @param toPort its port
     * @param payload from position to limit; copied, and the position stays
     * @throws IOException if it cannot be sent
     */
    public void send(@Nullable IpAddress to, int toPort, ByteBuffer payload) throws IOException {
        stack.enter();
        try {
            checkOpen();
            IpAddress destination = to == null ? remoteAddress : to;
            int destinationPort = to == null ? remotePort : toPort;
            if (destination == null || destinationPort < 1 || destinationPort > 65535) {
                throw new SocketException("no destination: address=" + destination + " port=" + destinationPort);
            }
            int most = PacketOutput.maxUdpPayload(destination.family());
            if (payload.remaining() > most) {
                throw new SocketException("datagram too long: length=" + payload.remaining() + ", at most " + most
                        + " to " + destination);
            }
            throwFailure();
            transmit(destination, destinationPort, payload);
        } finally {
            stack.leave();
        }
    }

    private void transmit(IpAddress destination, int destinationPort, ByteBuffer payload) throws IOException {
        IpAddress bound = address;
        IpAddress source =
                bound != null && bound.family() == destination.family() ? bound : stack.sourceFor(destination);
        int length = UdpDatagram.HEADER_LENGTH + payload.remaining();
        boolean queued = stack.output().send(source, destination, IpProtocol.UDP, length, (target, at) -> {
            target.putShort(at, (short) port);
            target.putShort(at + 2, (short) destinationPort);
            target.putShort(at + 4, (short) length);
            target.putShort(at + 6, (short) 0);
            target.put(at + UdpDatagram.HEADER_LENGTH, payload, payload.position(), payload.remaining());
            PacketOutput.putChecksum(target, at, 6, source, destination, IpProtocol.UDP, length);
            if (target.getShort(at + 6) == 0) {
                target.putShort(at + 6, (short) 0xFFFF); // zero would mean "no checksum", RFC 768
            }
        });
        if (!queued) {
            dropped++; // as any network may
        }
    }

    /**
     * Waits for a datagram.
     *
     * @param deadlineNanos when to give up
     * @return the datagram, or null if none came in time
     * @throws IOException if the socket is closed, the thread interrupted, or the connected remote not there
     */
    public @Nullable Received receive(long deadlineNanos) throws IOException {
        stack.enter();
        try {
            while (true) {
                checkOpen();
                Received next = queue.poll();
                if (next != null) {
                    queuedBytes -= OVERHEAD + next.payload.length;
                    return next;
                }
                throwFailure();
                if (!readable.await(deadlineNanos)) {
                    return null;
                }
            }
        } finally {
            stack.leave();
        }
    }

    /** {@return datagrams that were dropped because a queue was full} */
    public long dropped() {
        stack.enter();
        try {
            return dropped;
        } finally {
            stack.leave();
        }
    }

    /** {@return datagrams that wait} */
    public int queued() {
        stack.enter();
        try {
            return queue.size();
        } finally {
            stack.leave();
        }
    }

    /** {@return whether it is closed, or its client} */
    public boolean isClosed() {
        stack.enter();
        try {
            return closed;
        } finally {
            stack.leave();
        }
    }

    /** Frees the port and wakes who waits. Idempotent. */
    public void close() {
        stack.enter();
        try {
            if (!closed) {
                stack.udp().remove(this);
                onClosed();
            }
        } finally {
            stack.leave();
        }
    }

    void onClosed() {
        closed = true;
        queue.clear();
        queuedBytes = 0;
        readable.signal();
    }

    boolean accepts(Packet packet, UdpDatagram datagram) {
        IpAddress bound = address;
        IpAddress remote = remoteAddress;
        boolean toBound = bound == null
                || bound.equals(packet.destination())
                || packet.destination().isLimitedBroadcast();
        return toBound && (remote == null || (remote.equals(packet.source()) && remotePort == datagram.sourcePort()));
    }

    /** The newest goes when the queue is full: what came first is what the reader will miss least. */
    boolean onDatagram(Packet packet, UdpDatagram datagram) {
        int length = datagram.payloadLength();
        boolean full = queuedBytes + OVERHEAD + length > MAX_QUEUED_BYTES || queue.size() >= MAX_QUEUED;
        if (full && !queue.isEmpty()) {
            dropped++;
            return false;
        }
        byte[] payload = new byte[length];
        datagram.buffer().get(datagram.payloadOffset(), payload, 0, length);
        queue.add(new Received(packet.source(), datagram.sourcePort(), payload));
        queuedBytes += OVERHEAD + length;
        readable.signal();
        return true;
    }

    /** Only a connected socket is told (RFC 1122 section 4.1.3.3 leaves the others no way to know what was meant). */
    void onUnreachable(IpAddress destination, int destinationPort, boolean portUnreachable) {
        IpAddress remote = remoteAddress;
        if (remote != null && remote.equals(destination) && destinationPort == remotePort) {
            String message = destination + " port " + destinationPort;
            failure = portUnreachable
                    ? new PortUnreachableException(message + ": nobody listens")
                    : new NoRouteToHostException(message + ": the network reports it unreachable");
            readable.signal();
        }
    }

    private void checkOpen() throws SocketException {
        stack.checkOpen();
        if (closed) {
            throw new SocketException("socket closed");
        }
    }

    /** An error is told once; the socket can be used on. */
    private void throwFailure() throws IOException {
        IOException pending = failure;
        if (pending != null) {
            failure = null;
            throw pending;
        }
    }
}
