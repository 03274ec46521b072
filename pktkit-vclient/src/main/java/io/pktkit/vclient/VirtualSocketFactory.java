// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.iphost.socket.HostShell;
import io.pktkit.iphost.socket.VirtualSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Objects;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** Makes the TCP sockets of one client. */
final class VirtualSocketFactory extends SocketFactory {
    private final HostShell shell;

    VirtualSocketFactory(HostShell shell) {
        this.shell = shell;
    }

    @Override
    public Socket createSocket() throws SocketException {
        return new VirtualSocket(shell);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connect(null, remote(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(new InetSocketAddress(localHost, localPort), remote(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connect(null, new InetSocketAddress(Objects.requireNonNull(host, "host"), port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(
                new InetSocketAddress(localHost, localPort),
                new InetSocketAddress(Objects.requireNonNull(host, "host"), port));
    }

    /** As the Javadoc of {@link SocketFactory} has it, no host is the loopback address. */
    private static InetSocketAddress remote(@Nullable String host, int port) {
        return InetSocketAddress.createUnresolved(host == null ? "127.0.0.1" : host, port);
    }

    private Socket connect(@Nullable SocketAddress local, SocketAddress remote) throws IOException {
        VirtualSocket socket = new VirtualSocket(shell);
        try {
            if (local != null) {
                socket.bind(local);
            }
            socket.connect(remote, VirtualClient.millis(VirtualClient.DEFAULT_CONNECT_TIMEOUT));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
