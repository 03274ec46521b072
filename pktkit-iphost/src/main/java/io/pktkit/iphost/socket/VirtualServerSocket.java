// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketException;

/**
 * A listening TCP socket inside the virtual network. When its backlog is full, further handshakes are held back rather than
 * refused. Closing it resets the connections that nobody has accepted.
 */
public final class VirtualServerSocket extends ServerSocket {
    private final HostShell shell;

    /**
     * A socket that does not listen yet.
     *
     * @param shell the host
     */
    public VirtualServerSocket(HostShell shell) {
        super(new StreamSocketImpl(shell, true));
        this.shell = shell;
    }

    /** {@return whether it was closed, by itself or together with its host} */
    @Override
    public boolean isClosed() {
        return super.isClosed() || shell.isClosed();
    }

    @Override
    public VirtualSocket accept() throws IOException {
        if (isClosed() || !isBound()) {
            throw new SocketException(isClosed() ? "socket closed" : "not bound");
        }
        VirtualSocket accepted = new VirtualSocket(shell);
        implAccept(accepted);
        return accepted;
    }
}
