// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.vtcp.TcpInfo;
import java.net.Socket;
import java.net.SocketException;

/**
 * A TCP socket inside the virtual network. It is a {@link Socket} in all that a stream needs; it has no channel, and no
 * urgent data.
 *
 * <ul>
 *   <li>An unresolved {@link java.net.InetSocketAddress} is resolved over the virtual network, and its addresses are tried
 *       in turn, 250 ms apart. {@link #getInetAddress()} keeps the name.
 *   <li>The buffer sizes take effect when set before connecting, the other options at once. {@code setTrafficClass} sets the code
 *       point of the packets that follow; the two bits of ECN stay those of TCP.
 *   <li>Urgent bytes are bytes of the stream (RFC 6093): {@link #getOOBInline} is true, and cannot be made false.
 *   <li>{@code setSoLinger(true, 0)} makes {@link #close()} reset the connection. With another time it waits until the peer
 *       has acknowledged everything, and resets the connection when the time is over. An interrupt ends the wait, not the
 *       delivery. Without the option it returns at once, and delivery goes on.
 *   <li>Closing with unread input resets the connection, so that the peer learns that it was lost.
 * </ul>
 */
public final class VirtualSocket extends Socket {
    private final StreamSocketImpl impl;

    /**
     * A socket that is neither bound nor connected.
     *
     * @param shell the host
     * @throws SocketException never
     */
    public VirtualSocket(HostShell shell) throws SocketException {
        this(new StreamSocketImpl(shell));
    }

    /**
     * A socket over what does its work.
     *
     * @param impl of no other socket
     * @throws SocketException never
     */
    public VirtualSocket(StreamSocketImpl impl) throws SocketException {
        super(impl);
        this.impl = impl;
    }

    /**
     * Tells which of several hosts the socket belongs to.
     *
     * @return the number of the namespace, for a connection that a NAT has accepted; 0 for a host of its own
     */
    public int tenant() {
        return impl.tenant();
    }

    /**
     * Tells how the connection fares: round-trip times, windows, rates, losses, and what holds the sender back.
     *
     * @return a snapshot
     * @throws SocketException if the socket is not connected, or closed
     */
    public TcpInfo info() throws SocketException {
        return impl.info();
    }
}
