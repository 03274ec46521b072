// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.iphost.socket.HostShell;
import io.pktkit.iphost.socket.VirtualServerSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/** Makes the listening sockets of one client. */
final class VirtualServerSocketFactory extends ServerSocketFactory {
    private final HostShell shell;

    VirtualServerSocketFactory(HostShell shell) {
        this.shell = shell;
    }

    @Override
    public ServerSocket createServerSocket() {
        return new VirtualServerSocket(shell);
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return createServerSocket(port, 0, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return createServerSocket(port, backlog, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress address) throws IOException {
        VirtualServerSocket socket = new VirtualServerSocket(shell);
        try {
            socket.bind(new InetSocketAddress(address, port), backlog);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
