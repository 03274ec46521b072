// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is changed of a living connection, by a clock of any origin: a deadline must not come as late as the origin is. */
class LivingSettingsTest {
    private static final long SECOND = 1_000_000_000L;

    private final HostPair pair = new HostPair();
    private HostConnection client;
    private HostConnection server;

    @BeforeEach
    void connect() throws IOException {
        pair.now = 6_299_484_931_690L; // far from where the clock of the connection begins
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        client = pair.connect(80, new TcpEvents() {});
        pair.run();
        server = Objects.requireNonNull(listener.accept());
    }

    private void carry(int length) {
        ByteBuffer source = ByteBuffer.allocate(length);
        int received = 0;
        for (int i = 0; i < 1000 && received < length; i++) {
            client.write(source, pair.now);
            pair.advance(SECOND / 10);
            ByteBuffer target = ByteBuffer.allocate(length);
            int peeked = server.peek(target);
            received += Math.max(0, server.skip(Math.max(0, peeked), pair.now));
        }
        assertEquals(length, received);
    }

    @Test
    void shouldGoOnAfterASettingHasChanged() {
        client.setNoDelay(false, pair.now);
        client.setNoDelay(true, pair.now);
        carry(3_000_000);
        long next = pair.left.nextDeadlineNanos();
        assertTrue(next == TcpHost.NEVER || next - pair.now < 3600 * SECOND, "next=" + (next - pair.now));
    }

    /** A connection whose SYN is on its way, and the settings of the host are to ask or not. */
    private HostConnection dial(boolean keepAlive) throws IOException {
        TcpConfig config = TcpConfig.builder().memory(new ByteBudget(1 << 20)).build();
        TcpConfig asking = config.toBuilder()
                .keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(2), 2)
                .build();
        return pair.left.connect(
                keepAlive ? asking : config, HostPair.LEFT, 0, HostPair.RIGHT, 80, new TcpEvents() {}, pair.now);
    }

    private long dueInSeconds() {
        pair.advance(5 * SECOND); // until nothing else is due
        long next = pair.left.nextDeadlineNanos();
        return next == TcpHost.NEVER ? -1 : (next - pair.now) / SECOND;
    }

    @Test
    void shouldProbeThoughItWasAskedForBeforeTheHandshakeEnded() throws IOException {
        HostConnection connection = dial(false);

        connection.setKeepAlive(true, pair.now);
        pair.run();

        assertEquals(TcpState.ESTABLISHED, connection.state());
        assertEquals(295, dueInSeconds(), "five minutes from the handshake");
    }

    @Test
    void shouldNotProbeIfThatWasTurnedOffBeforeTheHandshakeEnded() throws IOException {
        HostConnection connection = dial(true);

        connection.setKeepAlive(false, pair.now);
        pair.run();

        assertEquals(TcpState.ESTABLISHED, connection.state());
        assertEquals(-1, dueInSeconds());
    }

    @Test
    void shouldProbeWhenItIsDue() {
        client.setKeepAlive(true, pair.now);
        long due = pair.left.nextDeadlineNanos() - pair.now;
        assertTrue(due > 0 && due <= 3 * 3600 * SECOND, "due=" + due);
        client.setKeepAlive(false, pair.now);
        carry(10_000);
    }
}
