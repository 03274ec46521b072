// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpFlowTest {
    /** One that is dialled often enough does by chance what is done here on purpose. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldKnowASocketThatHasMetItself(String loopback) throws IOException {
        try (SocketChannel self = SocketChannel.open()) {
            self.bind(new InetSocketAddress(loopback, 0));
            self.connect(self.getLocalAddress());
            assertTrue(TcpFlow.isConnectedToItself(self));
        }
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0));
                SocketChannel other = SocketChannel.open(server.getLocalAddress())) {
            assertFalse(TcpFlow.isConnectedToItself(other));
        }
    }
}
