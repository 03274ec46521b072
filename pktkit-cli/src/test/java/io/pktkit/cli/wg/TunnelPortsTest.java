// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.lab.relay.RelaySpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class TunnelPortsTest {

    /** As one of JDK 17, which leaves a socket open that is to connect to a name that is not known. */
    private static final class Lost extends Socket {
        private boolean wasClosed;

        @Override
        public void connect(SocketAddress to, int millis) throws IOException {
            throw new UnknownHostException(to.toString());
        }

        @Override
        public synchronized void close() {
            wasClosed = true;
        }
    }

    @Test
    void shouldLeaveNoSocketOpenThatDoesNotGetThere() {
        Lost socket = new Lost();

        assertThrows(
                UnknownHostException.class,
                () -> TunnelPorts.connect(socket, RelaySpec.parse("8080=nowhere.invalid:80")));

        assertTrue(socket.wasClosed);
    }

    @Test
    void shouldConnectToWhoIsThere() throws IOException {
        try (ServerSocket server = new ServerSocket()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            RelaySpec there = RelaySpec.parse("8080=127.0.0.1:" + server.getLocalPort());
            try (Socket socket = TunnelPorts.connect(new Socket(), there)) {
                assertEquals(server.getLocalPort(), socket.getPort());
            }
        }
    }
}
