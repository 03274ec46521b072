// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo.FastOpenState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Fast Open over a link that loses a third of everything: what each end wrote is what the other reads, once. */
class FastOpenLossTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int SEEDS = 150;
    private static final TcpConfig ON = TcpConfig.builder().fastOpen(true).build();

    @Test
    void shouldDeliverBothStreamsOnceWhateverIsLost() throws IOException {
        Set<FastOpenState> seen = EnumSet.noneOf(FastOpenState.class);
        for (int seed = 0; seed < SEEDS; seed++) {
            seen.add(run(new Random(seed), "seed " + seed));
        }
        assertTrue(
                seen.containsAll(EnumSet.of(FastOpenState.ACCEPTED, FastOpenState.REFUSED, FastOpenState.LOST)),
                () -> "only " + seen);
    }

    private static FastOpenState run(Random random, String seed) throws IOException {
        HostPair pair = new HostPair(TcpHostConfig.of(ON));
        pair.now = random.nextInt();
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        connect(pair, new byte[1]).abort(pair.now);
        pair.run();
        if (random.nextInt(4) == 0) {
            pair.now += 3 * 3600 * SECOND; // the cookie is too old
        }
        byte[] request = bytes(random, 1 + random.nextInt(6000));
        byte[] answer = bytes(random, 1 + random.nextInt(6000));
        long lossyUntil = pair.now + 20 * SECOND;
        pair.loss = packet -> pair.now - lossyUntil < 0 && random.nextInt(3) == 0;

        HostConnection client = connect(pair, request);
        client.shutdownOutput(pair.now);
        HostConnection server = null;
        ByteArrayOutputStream up = new ByteArrayOutputStream();
        ByteArrayOutputStream down = new ByteArrayOutputStream();
        for (int i = 0; i < 4000 && !(client.endOfStream() && server != null && server.endOfStream()); i++) {
            pair.advance(SECOND / 20);
            HostConnection accepted = listener.accept();
            if (accepted != null) {
                server = accepted;
                accepted.write(ByteBuffer.wrap(answer), pair.now);
                accepted.shutdownOutput(pair.now);
            }
            drain(client, down, pair.now);
            if (server != null) {
                drain(server, up, pair.now);
            }
        }

        assertNotNull(server, seed);
        assertArrayEquals(request, up.toByteArray(), seed);
        assertArrayEquals(answer, down.toByteArray(), seed);
        pair.advance(120 * SECOND);
        assertEquals(0, pair.left.connections() + pair.right.connections(), seed);
        assertEquals(TcpHost.NEVER, pair.right.nextDeadlineNanos(), seed);
        return client.info().fastOpen().state();
    }

    private static HostConnection connect(HostPair pair, byte[] data) throws IOException {
        HostConnection connection = pair.left.connect(
                ON, HostPair.LEFT, 0, HostPair.RIGHT, 80, ByteBuffer.wrap(data), new TcpEvents() {}, pair.now);
        pair.run();
        return connection;
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void drain(HostConnection from, ByteArrayOutputStream to, long now) {
        ByteBuffer target = ByteBuffer.allocate(8192);
        while (from.read(target.clear(), now) > 0) {
            to.write(target.array(), 0, target.position());
        }
    }
}
