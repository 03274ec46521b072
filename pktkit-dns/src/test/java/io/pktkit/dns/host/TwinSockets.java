// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** A port that a name server has for both protocols. */
record TwinSockets(ServerSocket tcp, DatagramSocket udp) implements AutoCloseable {

    /** The system gives a port that is free for TCP; for UDP somebody else may have it, and then another one is taken. */
    static TwinSockets open(InetAddress address, int backlog) throws IOException {
        while (true) {
            ServerSocket tcp = new ServerSocket(0, backlog, address);
            try {
                return new TwinSockets(tcp, new DatagramSocket(new InetSocketAddress(address, tcp.getLocalPort())));
            } catch (BindException e) {
                tcp.close();
            }
        }
    }

    int port() {
        return tcp.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
