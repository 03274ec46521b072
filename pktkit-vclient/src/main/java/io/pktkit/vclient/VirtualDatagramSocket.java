// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.iphost.socket.HostShell;
import io.pktkit.iphost.socket.UdpEndpoint;
import io.pktkit.iphost.socket.UdpSocketImpl;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * A UDP socket inside the virtual network: a {@link DatagramSocket}, with methods beside its own for packets as buffers and
 * addresses of this library. Datagrams longer than the MTU travel in fragments.
 *
 * <p>What has arrived waits in a queue of at most 1024 datagrams and 256 KiB ({@code setReceiveBufferSize} makes that less), 64 bytes
 * of which are counted for each datagram beside its payload; when it is full, the newest are dropped and counted. One datagram
 * always fits.
 *
 * <p>A port belongs to one socket, whatever its addresses and {@code SO_REUSEADDR}. A {@linkplain #connect connected} socket learns
 * that nobody listens at the other end by a {@link java.net.PortUnreachableException}, once, and can be used on.
 *
 * <p>{@code joinGroup} takes no interface but null, the virtual network's; it is told to switches on the way for IPv6. There are no
 * {@code IP_MULTICAST_IF} and {@code IP_MULTICAST_LOOP}: what a host sends to a group it does not hear itself. There is no channel.
 * Any thread.
 */
public final class VirtualDatagramSocket extends DatagramSocket {
    private final HostShell shell;
    private final UdpSocketImpl impl;

    VirtualDatagramSocket(HostShell shell) {
        this(shell, new UdpSocketImpl(shell));
    }

    private VirtualDatagramSocket(HostShell shell, UdpSocketImpl impl) {
        super(impl);
        this.shell = shell;
        this.impl = impl;
    }

    /** The port, which is taken now if none was. */
    private UdpEndpoint endpoint() throws SocketException {
        if (!isBound()) {
            synchronized (this) {
                if (!isBound()) {
                    bind(null);
                }
            }
        }
        return impl.endpoint();
    }

    /** {@return the local port; 0 before it is bound, -1 once it is closed} */
    public int localPort() {
        return getLocalPort();
    }

    /** {@inheritDoc} On JDK 17 the class above would take a failure for one of an old system, and go on without being connected. */
    @Override
    public void connect(SocketAddress address) throws SocketException {
        if (address instanceof InetSocketAddress remote && !remote.isUnresolved()) {
            impl.requireWay(remote.getAddress());
        }
        super.connect(address);
    }

    @Override
    public void connect(InetAddress address, int port) {
        try {
            if (address != null) {
                impl.requireWay(address);
            }
        } catch (SocketException e) {
            throw new UncheckedIOException("connect failed", e);
        }
        super.connect(address, port);
    }

    /**
     * Takes datagrams and errors from one remote only, and lets {@link #send(ByteBuffer)} send to it.
     *
     * @param address the remote's address
     * @param port its port, 1 to 65535
     * @throws java.io.UncheckedIOException if there is no address of the family to send from
     */
    public void connect(IpAddress address, int port) {
        connect(address.toInetAddress(), port);
    }

    /**
     * Sends a datagram to the remote that the socket is connected to. Never waits.
     *
     * @param payload from its position to its limit; copied, the position stays. At most 65507 octets over IPv4, 65527
     *     over IPv6
     * @throws IOException if the socket is closed or not connected, the payload too long, or an error is due
     */
    public void send(ByteBuffer payload) throws IOException {
        endpoint().send(null, 0, payload);
    }

    /**
     * Sends a datagram. Never waits.
     *
     * @param address the destination, also a broadcast address
     * @param port its port, 1 to 65535
     * @param payload as for {@link #send(ByteBuffer)}
     * @throws IOException if the socket is closed, the payload too long, or there is no address of the family to send from
     */
    public void send(IpAddress address, int port, ByteBuffer payload) throws IOException {
        endpoint().send(address, port, payload);
    }

    /**
     * Waits for a datagram.
     *
     * @return the datagram
     * @throws IOException if the socket or client is closed, the thread interrupted, or an error is due
     */
    public VirtualDatagram receive() throws IOException {
        return receive(Timers.NEVER);
    }

    /**
     * Waits for a datagram.
     *
     * @param timeout how long, more than zero
     * @return the datagram
     * @throws SocketTimeoutException if none came in time
     * @throws IOException if the socket or client is closed, the thread interrupted, or an error is due
     */
    public VirtualDatagram receive(Duration timeout) throws IOException {
        return receive(Timers.after(shell.nowNanos(), VirtualClient.positive(timeout)));
    }

    /** {@return how many datagrams wait} */
    public int queued() {
        return impl.queued();
    }

    /** {@return how many datagrams were dropped for want of room} */
    public long dropped() {
        return impl.dropped();
    }

    /** {@return whether the socket or its client is closed} */
    @Override
    public boolean isClosed() {
        return super.isClosed() || impl.isClosed();
    }

    private VirtualDatagram receive(long deadlineNanos) throws IOException {
        UdpEndpoint.Received received = endpoint().receive(deadlineNanos);
        if (received == null) {
            throw new SocketTimeoutException("no datagram in time");
        }
        return new VirtualDatagram(received);
    }
}
