// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
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

    @Test
    void shouldProbeWhenItIsDue() {
        client.setKeepAlive(true, pair.now);
        long due = pair.left.nextDeadlineNanos() - pair.now;
        assertTrue(due > 0 && due <= 3 * 3600 * SECOND, "due=" + due);
        client.setKeepAlive(false, pair.now);
        carry(10_000);
    }
}
