// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.vclient.internal.ClientStack;
import io.pktkit.vclient.internal.StreamSocketImpl;
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
 *   <li>{@code setTcpNoDelay}, {@code setKeepAlive} and the buffer sizes take effect when set before connecting.
 *   <li>{@code setSoLinger(true, 0)} makes {@link #close()} reset the connection. With another time it waits until the peer
 *       has acknowledged everything, and resets the connection when the time is over. An interrupt ends the wait, not the
 *       delivery. Without the option it returns at once, and delivery goes on.
 *   <li>Closing with unread input resets the connection, so that the peer learns that it was lost.
 * </ul>
 */
public final class VirtualSocket extends Socket {
    private final StreamSocketImpl impl;

    VirtualSocket(ClientStack stack) throws SocketException {
        this(new StreamSocketImpl(stack));
    }

    VirtualSocket(StreamSocketImpl impl) throws SocketException {
        super(impl);
        this.impl = impl;
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
