// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.iphost.socket.StreamSocketImpl;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.slirp.internal.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;

/**
 * Accepts TCP connections of guests inside the virtual network. At most 16 wait in each namespace; when they do, further handshakes of
 * its guests are held back rather than refused. Closing it resets the connections that nobody has accepted. Any thread.
 */
public final class SlirpServerSocket extends ServerSocket {
    private final Listener listener;

    SlirpServerSocket(Listener listener) throws IOException {
        super(listener);
        this.listener = listener;
        bind(new InetSocketAddress(listener.boundPort()));
    }

    /** {@return whether it was closed, by itself or together with its NAT} */
    @Override
    public boolean isClosed() {
        return super.isClosed() || listener.isClosed();
    }

    /**
     * Waits for a connection, as long as {@link #setSoTimeout} says.
     *
     * @return a connection whose handshake is complete; {@link VirtualSocket#tenant} is the number of the namespace
     * @throws IOException when the socket is closed, also while waiting, the time is over, or the thread is interrupted
     */
    @Override
    public VirtualSocket accept() throws IOException {
        if (isClosed()) {
            throw new SocketException("socket closed");
        }
        StreamSocketImpl next = listener.next();
        VirtualSocket accepted = new VirtualSocket(next);
        implAccept(accepted);
        return accepted;
    }
}
