// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelfConnectTest {
    /** One that is dialled often enough does by chance what is done here on purpose. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldRefuseASocketThatHasMetItself(String loopback) throws IOException {
        try (SocketChannel self = SocketChannel.open()) {
            self.bind(new InetSocketAddress(loopback, 0));
            self.connect(self.getLocalAddress());
            assertThrows(
                    ConnectException.class, () -> SelfConnect.refuse(self.getLocalAddress(), self.getRemoteAddress()));
        }
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0));
                SocketChannel other = SocketChannel.open(server.getLocalAddress())) {
            SelfConnect.refuse(other.getLocalAddress(), other.getRemoteAddress());
        }
    }
}
