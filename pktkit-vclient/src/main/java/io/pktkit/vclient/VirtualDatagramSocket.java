// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.time.Timers;
import io.pktkit.vclient.internal.ClientStack;
import io.pktkit.vclient.internal.UdpEndpoint;
import io.pktkit.wire.IpAddress;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * A UDP socket inside the virtual network. Datagrams longer than the MTU travel in fragments.
 *
 * <p>What has arrived waits in a queue of at most 1024 datagrams and 256 KiB, 64 bytes of which are counted for each
 * datagram beside its payload; when it is full, the newest are dropped and counted. One datagram always fits.
 *
 * <p>A port belongs to one socket, whatever its addresses. A {@linkplain #connect connected} socket learns that nobody
 * listens at the other end by a {@link java.net.PortUnreachableException}, once, and can be used on. Any thread.
 */
public final class VirtualDatagramSocket implements Closeable {
    private final ClientStack stack;
    private final UdpEndpoint endpoint;

    VirtualDatagramSocket(ClientStack stack, int port) throws SocketException {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port must be in [0, 65535]: port=" + port);
        }
        this.stack = stack;
        this.endpoint = UdpEndpoint.open(stack, null, port);
    }

    /** {@return the local port} */
    public int localPort() {
        return endpoint.port();
    }

    /**
     * Takes datagrams and errors from one remote only, and lets {@link #send(ByteBuffer)} send to it.
     *
     * @param address the remote's address
     * @param port its port, 1 to 65535
     */
    public void connect(IpAddress address, int port) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port must be in [1, 65535]: port=" + port);
        }
        endpoint.connect(address, port);
    }

    /**
     * Sends a datagram to the remote that the socket is connected to. Never waits.
     *
     * @param payload from its position to its limit; copied, the position stays. At most 65507 octets over IPv4, 65527
     *     over IPv6
     * @throws IOException if the socket is closed or not connected, the payload too long, or an error is due
     */
    public void send(ByteBuffer payload) throws IOException {
        endpoint.send(null, 0, payload);
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
        endpoint.send(address, port, payload);
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
        return receive(Timers.after(stack.nowNanos(), VirtualClient.positive(timeout)));
    }

    /** {@return how many datagrams wait} */
    public int queued() {
        return endpoint.queued();
    }

    /** {@return how many datagrams were dropped for want of room} */
    public long dropped() {
        return endpoint.dropped();
    }

    /** {@return whether the socket or its client is closed} */
    public boolean isClosed() {
        return endpoint.isClosed();
    }

    /** Frees the port and wakes who waits, with an error. Idempotent. */
    @Override
    public void close() {
        endpoint.close();
    }

    private VirtualDatagram receive(long deadlineNanos) throws IOException {
        UdpEndpoint.Received received = endpoint.receive(deadlineNanos);
        if (received == null) {
            throw new SocketTimeoutException("no datagram in time");
        }
        return new VirtualDatagram(received);
    }
}
