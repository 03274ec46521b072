// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.vclient.internal.ClientStack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** Makes the TCP sockets of one client. */
final class VirtualSocketFactory extends SocketFactory {
    private final ClientStack stack;

    VirtualSocketFactory(ClientStack stack) {
        this.stack = stack;
    }

    @Override
    public Socket createSocket() throws SocketException {
        return new VirtualSocket(stack);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connect(null, InetSocketAddress.createUnresolved(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(new InetSocketAddress(localHost, localPort), InetSocketAddress.createUnresolved(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connect(null, new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(new InetSocketAddress(localHost, localPort), new InetSocketAddress(host, port));
    }

    private Socket connect(@Nullable SocketAddress local, SocketAddress remote) throws IOException {
        VirtualSocket socket = new VirtualSocket(stack);
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
