// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Segments that no honest peer sends: no exception, at most one answer each, bounded memory, and quiet in the end. */
class HostileSegmentTest {
    private static final int SEGMENTS = 200_000;
    private static final long MS = 1_000_000L;
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("2001:db8::1"), 40000, IpAddress.parse("2001:db8::2"), 80);
    private static final int ISS = -20;
    private static final int IRS = 0x7fffffff;

    private final ByteBuffer buffer = ByteBuffer.allocate(70_000);
    private int answers;

    private final SegmentSink counting = new SegmentSink() {
        @Override
        public ByteBuffer reserve(int length) {
            return buffer.position(60);
        }

        @Override
        public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean df) {
            answers++;
        }
    };

    @Test
    void shouldSurviveRandomSegmentsInEveryState() {
        long seed = 20_261_122;
        Random random = new Random(seed);
        TcpConnection connection = fresh(random, 0);
        Invariants invariants = new Invariants(connection.tcb(), "seed=" + seed);
        long now = 0;
        for (int i = 0; i < SEGMENTS; i++) {
            if (i % 50 == 0 || connection.isClosed()) {
                connection = fresh(random, now);
                invariants = new Invariants(connection.tcb(), "seed=" + seed + " segment=" + i);
            }
            now += random.nextInt(3) == 0 ? random.nextInt(100) * MS : 0;
            TcpSegment segment = hostile(random);
            TcpState before = connection.state();
            answers = 0;
            connection.onSegment(segment, random.nextInt(4), now);
            invariants.check();
            String where = "seed=" + seed + " segment=" + i + " " + before + " " + segment;
            assertTrue(answers <= 1, () -> where + " answers=" + answers);
            TcpInfo.Queues queues = connection.info().queues();
            assertTrue(queues.receiveAllocated() <= 8192, () -> where + " " + queues);
            if (random.nextInt(10) == 0) {
                connection.onTick(now);
                invariants.check();
            }
        }
    }

    /** A connection without anything to send, in some state. */
    private TcpConnection fresh(Random random, long now) {
        TcpConfig config = TcpConfig.builder().receiveBuffer(8192).build();
        IsnSource isn = (t, at) -> ISS;
        String options = random.nextBoolean() ? "mss 1000,sackOK,TS 5 0,wscale 3" : "mss 1000";
        TcpConnection c;
        if (random.nextBoolean()) {
            c = TcpConnection.accept(config, TUPLE, isn, segment("S 0:0(0) win 5000 <" + options + ">"), counting, now);
            if (random.nextInt(4) == 0) {
                return c;
            }
            c.onSegment(segment(". 1:1(0) ack 1"), 0, now);
        } else {
            c = TcpConnection.connect(config, TUPLE, isn, counting, now);
            if (random.nextInt(4) == 0) {
                return c;
            }
            c.onSegment(segment("S. 0:0(0) ack 1 <" + options + ">"), 0, now);
        }
        switch (random.nextInt(6)) {
            case 0 -> c.shutdownOutput(now); // FIN-WAIT-1
            case 1 -> { // FIN-WAIT-2
                c.shutdownOutput(now);
                c.onSegment(segment(". 1:1(0) ack 2"), 0, now);
            }
            case 2 -> c.onSegment(segment("F. 1:1(0) ack 1"), 0, now); // CLOSE-WAIT
            case 3 -> { // LAST-ACK
                c.onSegment(segment("F. 1:1(0) ack 1"), 0, now);
                c.release(now);
            }
            case 4 -> { // TIME-WAIT
                c.shutdownOutput(now);
                c.onSegment(segment("F. 1:1(0) ack 2"), 0, now);
            }
            default -> {}
        }
        return c;
    }

    private static TcpSegment segment(String text) {
        ByteBuffer bytes = SegmentText.parse(text).encode(IRS, ISS);
        return new TcpSegment().wrap(bytes, 0, bytes.limit());
    }

    private static TcpSegment hostile(Random random) {
        int payload = random.nextInt(3) == 0 ? random.nextInt(2000) : 0;
        ByteBuffer bytes = ByteBuffer.allocate(60 + payload);
        byte[] junk = new byte[60 + payload];
        random.nextBytes(junk);
        bytes.put(0, junk);
        int near = random.nextInt(20) - 5;
        int far = random.nextInt(12_000) - 2000;
        bytes.putInt(4, random.nextInt(10) == 0 ? random.nextInt() : IRS + (random.nextBoolean() ? near : far));
        bytes.putInt(8, random.nextInt(10) == 0 ? random.nextInt() : ISS + near);
        int flags = random.nextInt(3) == 0 ? random.nextInt(512) : TcpSegment.ACK | (random.nextInt(4) == 0 ? 1 : 0);
        int header = random.nextInt(10) == 0 ? random.nextInt(16) : 5 + random.nextInt(11);
        bytes.putInt(12, header << 28 | flags << 16 | random.nextInt(0x10000));
        if (header > 8 && random.nextBoolean()) {
            bytes.put(20, (byte) 5).put(21, (byte) (2 + 8 * random.nextInt(5)));
        }
        int length = random.nextInt(20) == 0 ? random.nextInt(60) : 60 + payload;
        return new TcpSegment().wrap(bytes, 0, length);
    }

    @Test
    void shouldSurviveEverySingleByteMutation() {
        long now = 0;
        byte[] good = new byte[132];
        segment("P. 1:101(100) ack 1 win 500 <TS 6 0>").buffer().get(0, good);
        for (int at = 0; at < 44; at++) {
            for (int value = 0; value < 256; value++) {
                TcpConnection c = TcpConnection.accept(
                        TcpConfig.builder().receiveBuffer(8192).build(),
                        TUPLE,
                        (t, time) -> ISS,
                        segment("S 0:0(0) win 5000 <mss 1000,sackOK,TS 5 0,wscale 3>"),
                        counting,
                        now);
                c.onSegment(segment(". 1:1(0) ack 1 <TS 5 0>"), 0, now);
                byte[] bad = good.clone();
                bad[at] = (byte) value;
                answers = 0;
                c.onSegment(new TcpSegment().wrap(ByteBuffer.wrap(bad), 0, 60 + (at + value) % 73), 0, now);
                int index = at;
                assertTrue(answers <= 1, () -> "at=" + index + " answers=" + answers);
            }
        }
    }

    @Test
    void shouldGoQuietWhenTwoEndsDisagree() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            ArrayDeque<byte[]> toA = new ArrayDeque<>();
            ArrayDeque<byte[]> toB = new ArrayDeque<>();
            Endpoint a = confused(toB, seed, random);
            Endpoint b = confused(toA, seed, random);
            long now = 0;
            toA.add(new byte[0]);
            int exchanged = 0;
            a.connection().write(ByteBuffer.allocate(500), now);
            b.connection().write(ByteBuffer.allocate(500), now);
            while (!toA.isEmpty() || !toB.isEmpty()) {
                deliver(toA, a, now);
                deliver(toB, b, now);
                int limit = seed;
                assertTrue(++exchanged < 200, () -> "seed=" + limit + " they go on for ever");
            }
        }
    }

    private static void deliver(ArrayDeque<byte[]> queue, Endpoint to, long now) {
        byte[] bytes = queue.poll();
        if (bytes != null) {
            to.connection().onSegment(new TcpSegment().wrap(ByteBuffer.wrap(bytes), 0, bytes.length), 0, now);
        }
    }

    /** A connection that was established with some other peer, whose sequence numbers were others. */
    private static Endpoint confused(ArrayDeque<byte[]> queue, int seed, Random random) {
        Endpoint end = new Endpoint("confused", TcpConfig.defaults(), 0, 0, random);
        int iss = random.nextInt(100_000);
        int irs = random.nextInt(100_000);
        String options = seed % 2 == 0 ? "mss 1000" : "mss 1000,TS " + random.nextInt(1000) + " 0";
        ByteBuffer syn = SegmentText.parse("S 0:0(0) <" + options + ">").encode(irs, iss);
        ByteBuffer ack = SegmentText.parse(". 1:1(0) ack 1").encode(irs, iss);
        end.open(
                TcpConnection.accept(
                        end.config, TUPLE, (t, at) -> iss, new TcpSegment().wrap(syn, 0, syn.limit()), end, 0),
                "seed=" + seed);
        end.connection().onSegment(new TcpSegment().wrap(ack, 0, ack.limit()), 0, 0);
        end.wire = packet -> queue.add(packet.bytes());
        return end;
    }
}
