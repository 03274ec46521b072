// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Two engines that believe themselves connected to each other and are not: they were established with others, whose
 * numbers were others, and are in whatever state. Whatever they say to each other must come to an end.
 */
class ConfusedEndsTest {
    private static final long MS = 1_000_000L;
    private static final long HOUR = 3_600_000 * MS;
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("10.0.0.1"), 40000, IpAddress.parse("10.0.0.2"), 80);

    private long now;

    @Test
    void shouldGoQuietWhateverStateEachIsIn() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            ArrayDeque<byte[]> toA = new ArrayDeque<>();
            ArrayDeque<byte[]> toB = new ArrayDeque<>();
            now = 0;
            Endpoint a = confused(toB, seed, random);
            Endpoint b = confused(toA, seed, random);
            int exchanged = exchange(a, toA, b, toB);
            int limit = seed;
            // Each repeats its data until it gives up, each repeat may be answered, and few answers are.
            assertTrue(exchanged < 300, () -> "seed=" + limit + " segments=" + exchanged);
        }
    }

    /** Delivers and ticks for an hour; how many segments went to and fro. */
    private int exchange(Endpoint a, ArrayDeque<byte[]> toA, Endpoint b, ArrayDeque<byte[]> toB) {
        int exchanged = 0;
        while (now < HOUR && exchanged < 1000) {
            if (toA.isEmpty() && toB.isEmpty()) {
                long next = Math.min(
                        a.connection().nextDeadlineNanos(), b.connection().nextDeadlineNanos());
                if (next > HOUR) {
                    return exchanged;
                }
                now = Math.max(now, next);
                a.connection().onTick(now);
                a.check();
                b.connection().onTick(now);
                b.check();
            }
            exchanged += deliver(toA, a) + deliver(toB, b);
            now += MS;
        }
        return exchanged;
    }

    private int deliver(ArrayDeque<byte[]> queue, Endpoint to) {
        byte[] bytes = queue.poll();
        if (bytes == null) {
            return 0;
        }
        to.connection().onSegment(new TcpSegment().wrap(ByteBuffer.wrap(bytes), 0, bytes.length), 0, now);
        to.check();
        return 1;
    }

    private Endpoint confused(ArrayDeque<byte[]> queue, int seed, Random random) {
        TcpConfig config = TcpConfig.builder().noDelay(random.nextBoolean()).build();
        Endpoint end = new Endpoint("confused", config, 0, 0, random);
        // Some are so near each other that some of what they say seems to fit.
        int spread = random.nextBoolean() ? 2000 : Integer.MAX_VALUE;
        int iss = random.nextInt(spread);
        int irs = random.nextInt(spread);
        String options = random.nextBoolean() ? "mss 1000,sackOK" : "mss 1000,TS " + random.nextInt(1000) + " 0";
        TcpTuple tuple = TUPLE;
        end.open(
                TcpConnection.accept(
                        config, tuple, (t, at) -> iss, segment("S 0:0(0) <" + options + ">", irs, iss), end, now),
                "seed=" + seed);
        if (random.nextInt(8) == 0) {
            end.wire = packet -> queue.add(packet.bytes());
            return end; // SYN-RECEIVED
        }
        tell(end, ". 1:1(0) ack 1", irs, iss);
        end.wire = packet -> queue.add(packet.bytes());
        boolean writes = random.nextInt(3) != 0;
        if (writes) {
            end.connection().write(ByteBuffer.allocate(1 + random.nextInt(5000)), now);
        }
        switch (random.nextInt(6)) {
            case 0 -> end.connection().shutdownOutput(now); // FIN-WAIT-1
            case 1 -> tell(end, "F. 1:1(0) ack 1", irs, iss); // CLOSE-WAIT
            case 2 -> { // CLOSING
                end.connection().shutdownOutput(now);
                tell(end, "F. 1:1(0) ack 1", irs, iss);
            }
            case 3 -> { // LAST-ACK
                tell(end, "F. 1:1(0) ack 1", irs, iss);
                end.connection().release(now);
            }
            case 4 -> tell(end, ". 501:1001(500) ack 1", irs, iss); // with a gap
            default -> {}
        }
        end.check();
        return end;
    }

    private void tell(Endpoint end, String text, int irs, int iss) {
        end.connection().onSegment(segment(text, irs, iss), 0, now);
        end.check();
    }

    private static TcpSegment segment(String text, int seqBase, int ackBase) {
        ByteBuffer bytes = SegmentText.parse(text).encode(seqBase, ackBase);
        return new TcpSegment().wrap(bytes, 0, bytes.limit());
    }
}
