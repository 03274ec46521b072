// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.iphost.DatagramQueue;
import io.pktkit.iphost.UdpPort;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A UDP socket: a port at which threads can wait. Its methods take the host's lock themselves. */
public final class UdpEndpoint {
    private final HostShell shell;
    private final UdpPort port;
    private final Waiter readable;
    private @Nullable IpAddress connectedFrom;

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

    private UdpEndpoint(HostShell shell, @Nullable IpAddress address, int port) throws SocketException {
        this.shell = shell;
        this.readable = shell.newWaiter();
        this.port = shell.host().udp().open(address, port, readable::signal);
    }

    /**
     * Opens a socket.
     *
     * @param shell the host
     * @param address the address to receive on, or null for all of the host's
     * @param port the port, or 0 for a random one
     * @return the socket
     * @throws SocketException if the port is taken or the host closed
     */
    public static UdpEndpoint open(HostShell shell, @Nullable IpAddress address, int port) throws SocketException {
        shell.enter();
        try {
            return new UdpEndpoint(shell, address, port);
        } finally {
            shell.leave();
        }
    }

    /** {@return the local port} */
    public int port() {
        return port.port();
    }

    /**
     * Takes datagrams and errors from one remote only, and sends there by default.
     *
     * @param toAddress the remote's address
     * @param toPort its port
     */
    public void connect(IpAddress toAddress, int toPort) {
        shell.enter();
        try {
            port.connect(toAddress.unmapped(), toPort);
        } finally {
            shell.leave();
        }
    }

    /**
     * Takes datagrams and errors from one remote only, if there is a way there.
     *
     * @param toAddress the remote's address
     * @param toPort its port
     * @throws SocketException if there is no address to send from, or the socket is closed
     */
    void connectTo(IpAddress toAddress, int toPort) throws SocketException {
        shell.enter();
        try {
            checkOpen();
            IpAddress remote = toAddress.unmapped();
            connectedFrom = shell.host().sourceFor(remote);
            port.connect(remote, toPort);
        } finally {
            shell.leave();
        }
    }

    /** Takes datagrams from everybody again. */
    void disconnect() {
        shell.enter();
        try {
            connectedFrom = null;
            port.disconnect();
        } finally {
            shell.leave();
        }
    }

    /** The address that it is bound to, or is connected from; null if neither. */
    @Nullable
    IpAddress localAddress() {
        IpAddress bound = port.address();
        shell.enter();
        try {
            return bound != null ? bound : connectedFrom;
        } finally {
            shell.leave();
        }
    }

    void configure(int receiveBuffer, int trafficClass, int multicastHops) {
        shell.enter();
        try {
            port.queue().setLimit(receiveBuffer);
            port.setMarks(trafficClass, multicastHops);
        } finally {
            shell.leave();
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
        shell.enter();
        try {
            port.send(to == null ? null : to.unmapped(), toPort, payload, shell.nowNanos());
        } finally {
            shell.leave();
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
        shell.enter();
        try {
            DatagramQueue queue = port.queue();
            while (true) {
                checkOpen();
                int length = queue.nextLength();
                if (length >= 0) {
                    byte[] payload = new byte[length];
                    queue.poll(ByteBuffer.wrap(payload));
                    return new Received(queue.address(), queue.port(), payload);
                }
                port.throwFailure();
                if (!readable.await(deadlineNanos)) {
                    return null;
                }
            }
        } finally {
            shell.leave();
        }
    }

    /** {@return datagrams that were dropped because a queue was full} */
    public long dropped() {
        shell.enter();
        try {
            return port.dropped();
        } finally {
            shell.leave();
        }
    }

    /** {@return datagrams that wait} */
    public int queued() {
        shell.enter();
        try {
            return port.queue().size();
        } finally {
            shell.leave();
        }
    }

    /** {@return whether it is closed, or its host} */
    public boolean isClosed() {
        shell.enter();
        try {
            return port.isClosed();
        } finally {
            shell.leave();
        }
    }

    /** Frees the port and wakes who waits. Idempotent. */
    public void close() {
        shell.enter();
        try {
            port.close();
        } finally {
            shell.leave();
        }
    }

    private void checkOpen() throws SocketException {
        shell.checkOpen();
        if (port.isClosed()) {
            throw new SocketException("socket closed");
        }
    }
}
