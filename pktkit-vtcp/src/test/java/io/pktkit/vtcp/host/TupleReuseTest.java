// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpState;
import java.io.IOException;
import java.net.BindException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Active opens of a tuple that is in our own TIME-WAIT. */
class TupleReuseTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int PORT = 50000;

    private final HostPair pair = new HostPair();

    private HostConnection connect(@Nullable TcpConfig settings) throws IOException {
        HostConnection connection =
                pair.left.connect(settings, HostPair.LEFT, PORT, HostPair.RIGHT, 80, new TcpEvents() {}, pair.now);
        pair.run();
        return connection;
    }

    private void closeFromLeft(TcpListener listener, HostConnection connection) {
        HostConnection accepted = listener.accept();
        assertNotNull(accepted);
        connection.shutdownOutput(pair.now);
        pair.run();
        accepted.shutdownOutput(pair.now);
        pair.run();
        assertEquals(TcpState.TIME_WAIT, connection.state());
    }

    @Test
    void shouldConnectAgainFromAPortInTimeWaitAfterASecond() throws IOException {
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        closeFromLeft(listener, connect(null));
        assertThrows(BindException.class, () -> connect(null));

        pair.advance(SECOND);
        HostConnection again = connect(null);

        assertEquals(TcpState.ESTABLISHED, again.state());
        assertEquals(0, pair.left.timeWaiting());
        assertEquals(1, pair.left.connections());
    }

    @Test
    void shouldNotConnectAgainWithoutTimestamps() throws IOException {
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        TcpConfig plain = TcpConfig.builder().timestamps(false).build();
        closeFromLeft(listener, connect(plain));
        pair.advance(5 * SECOND);

        assertThrows(BindException.class, () -> connect(plain));
        pair.advance(60 * SECOND);
        assertEquals(TcpState.ESTABLISHED, connect(plain).state());
    }

    @Test
    void shouldNotConnectAgainWhileTheConnectionLives() throws IOException {
        pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        connect(null);
        pair.advance(5 * SECOND);

        assertThrows(BindException.class, () -> connect(null));
    }

    @Test
    void shouldUseTimeWaitWhenNoOtherPortIsLeft() throws IOException {
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        TcpHost left = pair.left;
        closeFromLeft(listener, connect(null));
        for (int port = EphemeralPorts.FIRST; port < EphemeralPorts.FIRST + EphemeralPorts.COUNT; port++) {
            if (port != PORT) {
                left.connect(null, HostPair.LEFT, port, HostPair.RIGHT, 80, new TcpEvents() {}, pair.now);
            }
        }
        pair.toRight.clear();
        pair.now += SECOND;

        HostConnection last = left.connect(null, HostPair.LEFT, 0, HostPair.RIGHT, 80, new TcpEvents() {}, pair.now);

        assertEquals(PORT, last.tuple().localPort());
        assertEquals(0, left.timeWaiting());
    }
}
