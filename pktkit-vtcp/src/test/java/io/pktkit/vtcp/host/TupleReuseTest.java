// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** New connections of a tuple that is in our own TIME-WAIT. */
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

    /**
     * RFC 9293 section 3.6.1: the server has sent more than its clock of sequence numbers went on by, and begins beyond all of
     * that with the client that is back at once.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBeginBeyondWhatTheConnectionBeforeSent(boolean held) throws IOException {
        TcpConfig plain = TcpConfig.builder().timestamps(false).build();
        Queue<HostConnection> accepted = serve(plain, held);
        List<Integer> begun = new ArrayList<>();
        pair.loss = packet -> {
            TcpSegment segment = Objects.requireNonNull(packet.tcp());
            if (segment.has(TcpSegment.SYN | TcpSegment.ACK)) {
                begun.add(segment.sequenceNumber());
            }
            return false;
        };
        HostConnection client = connect(plain);
        HostConnection server = accepted.remove();
        transfer(server, client, 10_000_000);
        server.shutdownOutput(pair.now);
        pair.run();
        client.shutdownOutput(pair.now);
        pair.run();
        assertEquals(TcpState.TIME_WAIT, server.state());
        pair.now += SECOND; // for the clock of the client

        client = connect(plain);

        assertEquals(TcpState.ESTABLISHED, client.state());
        assertEquals(2, begun.size());
        assertTrue(begun.get(1) - (begun.get(0) + 10_000_002) >= 0, "SYN, data and FIN: " + begun);
    }

    /** A server, by a listener or by who judges each SYN. */
    private Queue<HostConnection> serve(TcpConfig settings, boolean held) throws IOException {
        Queue<HostConnection> accepted = new ArrayDeque<>();
        if (held) {
            pair.right.setUnclaimedSynHandler(new UnclaimedSynHandler() {
                @Override
                public Verdict onUnclaimedSyn(TcpTuple tuple, long nowNanos) {
                    return Verdict.HOLD;
                }

                @Override
                public void onHeld(HeldSyn syn, long nowNanos) {
                    accepted.add(Objects.requireNonNull(syn.accept(settings, new TcpEvents() {}, nowNanos)));
                }

                @Override
                public void onCancelled(HeldSyn syn, long nowNanos) {}
            });
        } else {
            TcpListener[] listener = new TcpListener[1];
            listener[0] = pair.right.listen(
                    settings,
                    null,
                    80,
                    TcpListener.Options.DEFAULT,
                    () -> accepted.add(Objects.requireNonNull(listener[0].accept())));
        }
        return accepted;
    }

    private void transfer(HostConnection from, HostConnection to, int length) {
        ByteBuffer source = ByteBuffer.allocate(length);
        ByteBuffer target = ByteBuffer.allocate(length);
        for (int i = 0; i < 10_000 && target.hasRemaining(); i++) {
            from.write(source, pair.now);
            pair.run();
            if (to.read(target, pair.now) == 0) {
                pair.advance(SECOND / 1000);
            }
        }
        assertEquals(0, target.remaining());
    }
}
