// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Segments with every kind of nonsense in their options, in every state, with and without data on its way. */
class HostileStateTest {
    private static final long MS = 1_000_000L;
    private static final int ROUNDS = 40_000;
    private static final int BUFFER = 8192;
    private static final int ISS = -20;
    private static final int IRS = 0x7fffffff;
    private static final int[] KINDS = {0, 1, 2, 3, 4, 5, 8, 30, 34, 172, 174, 254};
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("192.0.2.1"), 40000, IpAddress.parse("192.0.2.2"), 80);

    private final ByteBuffer buffer = ByteBuffer.allocate(70_000);
    private int answers;
    private long now;

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
    void shouldReachEveryState() {
        Set<TcpState> reached = EnumSet.noneOf(TcpState.class);
        for (int i = 0; i < 11; i++) {
            reached.add(in(i, false).state());
        }

        assertEquals(EnumSet.allOf(TcpState.class), reached);
    }

    @Test
    void shouldAnswerEachWithAtMostOneWhateverItsOptions() {
        attack(20_261_124, false);
    }

    @Test
    void shouldSurviveWithDataOnItsWay() {
        attack(20_261_125, true);
    }

    private void attack(long seed, boolean sending) {
        Random random = new Random(seed);
        TcpConnection connection = in(0, sending);
        Invariants invariants = new Invariants(connection.tcb(), "seed=" + seed);
        int sent = 0;
        for (int i = 0; i < ROUNDS; i++) {
            if (i % 20 == 0) {
                connection = in(random.nextInt(11), sending);
                invariants = new Invariants(connection.tcb(), "seed=" + seed + " round=" + i);
                invariants.check(); // what was sent before is within the window of then
                sent = 0;
            }
            now += random.nextInt(4) == 0 ? random.nextInt(200) * MS : 0;
            TcpSegment segment = hostile(random);
            String where = "seed=" + seed + " round=" + i + " " + connection.state() + " " + segment;
            answers = 0;
            connection.onSegment(segment, random.nextInt(4), now);
            invariants.check();
            sent += answers;
            int answered = answers;
            int total = sent;
            assertTrue(sending || answered <= 1, () -> where + " answers=" + answered);
            assertTrue(total < 100, () -> where + " sent=" + total); // one window, and an answer to each
            TcpInfo.Queues queues = connection.info().queues();
            assertTrue(queues.receiveAllocated() <= BUFFER, () -> where + " " + queues);
            assertTrue(queues.sendAllocated() <= 65_536, () -> where + " " + queues);
        }
    }

    /** A connection in the state of this number. */
    private TcpConnection in(int state, boolean sending) {
        TcpConfig config =
                TcpConfig.builder().receiveBuffer(BUFFER).sendBuffer(32_768).build();
        if (state < 2) { // SYN-SENT, SYN-RECEIVED
            TcpConnection opening = TcpConnection.connect(config, TUPLE, (t, at) -> ISS, counting, now);
            if (state == 1) {
                opening.onSegment(segment("S 0:0(0) <mss 1000,sackOK>"), 0, now);
            }
            return opening;
        }
        TcpConnection c = TcpConnection.accept(
                config, TUPLE, (t, at) -> ISS, segment("S 0:0(0) <mss 1000,sackOK,TS 5 0,wscale 2>"), counting, now);
        c.onSegment(segment(". 1:1(0) ack 1 win 30000 <TS 5 0>"), 0, now);
        if (sending) {
            c.write(ByteBuffer.allocate(20_000), now);
        }
        int sent = sending ? 20_000 : 0;
        switch (state) {
            case 2 -> c.shutdownOutput(now); // FIN-WAIT-1
            case 3 -> { // FIN-WAIT-2
                c.shutdownOutput(now);
                c.onSegment(segment(". 1:1(0) ack " + (sending ? 1 : 2 + sent) + " <TS 5 0>"), 0, now);
            }
            case 4 -> c.onSegment(segment("F. 1:1(0) ack 1 <TS 5 0>"), 0, now); // CLOSE-WAIT
            case 5 -> { // CLOSING
                c.shutdownOutput(now);
                c.onSegment(segment("F. 1:1(0) ack 1 <TS 5 0>"), 0, now);
            }
            case 6 -> { // LAST-ACK
                c.onSegment(segment("F. 1:1(0) ack 1 <TS 5 0>"), 0, now);
                c.shutdownOutput(now);
            }
            case 7 -> { // TIME-WAIT
                c.shutdownOutput(now);
                c.onSegment(segment("F. 1:1(0) ack " + (sending ? 1 : 2 + sent) + " <TS 5 0>"), 0, now);
            }
            case 8 -> c.onSegment(segment(". 1001:2001(1000) ack 1 <TS 5 0>"), 0, now); // ESTABLISHED, with a gap
            case 9 -> c.abort(now); // CLOSED
            default -> {} // ESTABLISHED
        }
        return c;
    }

    private static TcpSegment segment(String text) {
        ByteBuffer bytes = SegmentText.parse(text).encode(IRS, ISS);
        return new TcpSegment().wrap(bytes, 0, bytes.limit());
    }

    /** Near the window, with options that are of known kinds and wrong lengths, cut short, repeated or random. */
    private static TcpSegment hostile(Random random) {
        int header = 20 + 4 * random.nextInt(11);
        int payload = random.nextInt(3) == 0 ? random.nextInt(1500) : 0;
        byte[] bytes = new byte[header + payload];
        random.nextBytes(bytes);
        ByteBuffer b = ByteBuffer.wrap(bytes);
        for (int at = 20; at + 2 < header; ) {
            int kind = KINDS[random.nextInt(KINDS.length)];
            int length = random.nextInt(4) == 0 ? random.nextInt(256) : 2 + 2 * random.nextInt(9);
            b.put(at, (byte) kind).put(at + 1, (byte) length);
            if (kind == 5) { // blocks near what is in flight
                for (int i = at + 2; i + 4 <= header; i += 4) {
                    b.putInt(i, ISS + random.nextInt(24_000) - 1000);
                }
            } else if (kind == 8 && at + 10 <= header) {
                b.putInt(at + 2, 5 + random.nextInt(3)).putInt(at + 6, random.nextInt(100));
            }
            at += Math.max(1, length);
        }
        b.putInt(4, IRS + 1 + (random.nextBoolean() ? random.nextInt(4) - 1 : random.nextInt(10_000) - 500));
        b.putInt(8, ISS + 1 + (random.nextBoolean() ? random.nextInt(4) - 1 : random.nextInt(22_000) - 500));
        int flags = random.nextInt(4) == 0 ? random.nextInt(512) : TcpSegment.ACK | random.nextInt(2);
        b.putInt(12, (header / 4) << 28 | flags << 16 | random.nextInt(0x10000));
        return new TcpSegment().wrap(b, 0, bytes.length);
    }
}
