// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.internal.CoalescedTraffic.Out;
import io.pktkit.wire.FiveTuple;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever comes, what comes out gives what went in when it is cut again, in the order of its flow. */
class CoalescerHostileTest {

    private static final byte[][] OPTIONS = {
        {},
        CoalescedTraffic.TIMESTAMP,
        {1, 1, 5, 10, 0, 0, 0, 9, 0, 0, 0, 19},
        {2, 4, 5, 100},
        {8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0},
        {
            1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 5, 26, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0,
            5, 0, 0, 0, 6
        },
    };

    private record Key(String owner, String flow) {}

    private final Map<Key, Deque<byte[]>> expected = new HashMap<>();
    private String seed = "";
    private int pieces;
    private int superSegments;

    private final Coalescer<Packet, String> coalescer =
            Coalescer.ofPackets((owner, packet) -> check(Out.of(owner, packet)));

    private void check(Out out) {
        boolean isJoined = out.segmentSize() != 0;
        superSegments += isJoined ? 1 : 0;
        assertEquals(isJoined, out.pending(), seed);
        assertTrue(out.length() <= 65_535, seed);
        List<byte[]> cut = out.cut();
        assertTrue(!isJoined || cut.size() > 1, seed);
        for (byte[] piece : cut) {
            Deque<byte[]> waiting = expected.get(keyOf(out.owner(), piece));
            byte[] first = waiting == null ? null : waiting.poll();
            if (first == null) {
                throw new AssertionError(seed + " nothing such went in");
            }
            assertArrayEquals(isJoined ? comparable(first) : first, isJoined ? comparable(piece) : piece, () -> seed);
            pieces++;
        }
    }

    private static Key keyOf(String owner, byte[] bytes) {
        Packet packet = new Packet().wrap(ByteBuffer.wrap(bytes));
        FiveTuple tuple = packet.isFragment() ? null : packet.fiveTuple();
        return new Key(owner, tuple == null ? "none" : tuple.toString());
    }

    /** Without the identification, where it means nothing. */
    private static byte[] comparable(byte[] bytes) {
        Packet packet = new Packet().wrap(ByteBuffer.wrap(bytes.clone()));
        return (packet.dontFragment() ? packet.identification(0) : packet).toBytes();
    }

    private static byte[] mutate(byte[] packet, Random random) {
        byte[] changed = packet.clone();
        int limit = random.nextBoolean() ? Math.min(changed.length, 60) : changed.length;
        for (int i = random.nextInt(3); i >= 0; i--) {
            changed[random.nextInt(limit)] ^= (byte) (1 << random.nextInt(8));
        }
        if (random.nextBoolean()) {
            Packet right = new Packet().wrap(ByteBuffer.wrap(changed));
            right.recomputeIpv4Checksum();
            right.recomputeTransportChecksum();
        }
        return random.nextInt(10) == 0 ? java.util.Arrays.copyOf(changed, random.nextInt(changed.length + 8)) : changed;
    }

    private void run(long from, int count) {
        Random random = new Random(from);
        seed = "seed=" + from;
        List<CoalescedTraffic> flows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            CoalescedTraffic flow = new CoalescedTraffic();
            flow.v4 = i % 2 == 0;
            flow.sourcePort = 1000 + i / 4;
            flow.options = OPTIONS[i % OPTIONS.length];
            flow.dontFragment = i % 3 != 0;
            flow.countsIdentification = i % 5 != 0;
            flow.sequence = random.nextInt();
            flows.add(flow);
        }
        byte[] late = null;
        int sent = 0;
        int size = 100;
        CoalescedTraffic flow = flows.get(0);
        while (sent < count) {
            flow = random.nextInt(4) == 0 ? flows.get(random.nextInt(flows.size())) : flow;
            size = random.nextInt(8) == 0 ? 1 + random.nextInt(400) : size;
            int flags = TcpSegment.ACK | (random.nextInt(12) == 0 ? random.nextInt(512) : 0);
            byte[] next = random.nextInt(5) == 0
                    ? flow.udp(size)
                    : flow.tcp(random.nextInt(10) == 0 ? random.nextInt(size) : size, flags);
            boolean hostile = random.nextInt(3) == 0;
            byte[] packet = hostile ? mutate(next, random) : next;
            if (random.nextInt(20) == 0) {
                byte[] before = late;
                late = packet;
                packet = before == null ? packet : before;
            }
            String owner = random.nextInt(30) == 0 ? "b" : "a";
            expected.computeIfAbsent(keyOf(owner, packet), key -> new ArrayDeque<>())
                    .add(packet);
            coalescer.add(owner, CoalescedTraffic.inJunk(packet));
            sent++;
            if (random.nextInt(64) == 0) {
                coalescer.flush();
                assertTrue(expected.values().stream().allMatch(Deque::isEmpty), seed);
                expected.clear();
            }
        }
        coalescer.flush();
        assertEquals(count, pieces, seed);
        assertTrue(superSegments > count / 100, seed + " superSegments=" + superSegments);
    }

    @Test
    void shouldGiveWhatWentIn() {
        run(20260101, 100_000);
    }

    @Test
    @Tag("long")
    void shouldGiveWhatWentInForLong() {
        for (int i = 0; i < 10; i++) {
            pieces = 0;
            superSegments = 0;
            run(System.nanoTime(), 100_000);
        }
    }
}
