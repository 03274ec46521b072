// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import io.pktkit.device.FailureLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;

/** What Unix and TCP sockets are opened and closed with. */
public final class Sockets {

    private static final FailureLog FAILURES = new FailureLog(Sockets.class, "closing a socket");

    private Sockets() {}

    /**
     * Opens a stream socket.
     *
     * @param address whose family it is to have
     * @return the socket, not connected
     * @throws IOException if the system refuses
     */
    public static SocketChannel open(SocketAddress address) throws IOException {
        return address instanceof InetSocketAddress
                ? SocketChannel.open()
                : SocketChannel.open(StandardProtocolFamily.UNIX);
    }

    /**
     * Closes something of which nothing is expected any more.
     *
     * @param channel what to close
     */
    public static void closeQuietly(Channel channel) {
        try {
            channel.close();
        } catch (IOException failure) {
            FAILURES.record(failure);
        }
    }
}
