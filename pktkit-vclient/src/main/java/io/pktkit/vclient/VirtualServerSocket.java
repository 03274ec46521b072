// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.vclient.internal.ClientStack;
import io.pktkit.vclient.internal.StreamSocketImpl;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketException;

/**
 * A listening TCP socket inside the virtual network. When its backlog is full, further handshakes are held back rather than
 * refused. Closing it resets the connections that nobody has accepted.
 */
public final class VirtualServerSocket extends ServerSocket {
    private final ClientStack stack;

    VirtualServerSocket(ClientStack stack) {
        super(new StreamSocketImpl(stack));
        this.stack = stack;
    }

    @Override
    public VirtualSocket accept() throws IOException {
        if (isClosed() || !isBound()) {
            throw new SocketException(isClosed() ? "socket closed" : "not bound");
        }
        VirtualSocket accepted = new VirtualSocket(stack);
        implAccept(accepted);
        return accepted;
    }
}
