// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A peer half a round trip of 50 ms away that acknowledges so many segments at a time, as far as so many come without a
 * pause of a millisecond, over a path that loses nothing and has no end of bandwidth.
 */
final class MergingPeer implements SegmentSink {
    private static final long MS = 1_000_000L;
    private static final long HALF = 50 * MS;
    private static final long ROUND_TRIP = 2 * HALF;
    private static final long PAUSE = MS;
    private static final int MSS = 1000;
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("192.0.2.1"), 40000, IpAddress.parse("192.0.2.2"), 80);

    private record Flying(long at, int ack) {}

    private final int each;
    private final ByteBuffer buffer = ByteBuffer.allocate(70_000);
    private final ArrayDeque<Flying> arriving = new ArrayDeque<>();
    private final ArrayDeque<Flying> acknowledgments = new ArrayDeque<>();
    private final List<Integer> windows = new ArrayList<>();
    private final TcpConnection connection;
    private long now;
    private int merged;
    private long mergedAt;
    private int mergedEnd;

    MergingPeer(TcpConfig config, int each) {
        this.each = each;
        this.connection = TcpConnection.connect(config, TUPLE, (t, at) -> 0, this, now);
        now += 2 * HALF;
        inject(0, TcpSegment.SYN | TcpSegment.ACK, 1, 0x02040000 | MSS, 0x01030307, 0x01010402);
    }

    /**
     * How many round trips it takes until the window is so many segments, or a number that is too large. The last one is
     * over when the last segment of its flight is acknowledged, which with pacing is half a round trip after the first.
     */
    int roundTripsTo(int segments) {
        long start = now;
        connection.write(ByteBuffer.allocate(8 << 20), now);
        while (window() < segments && now - start < 40 * ROUND_TRIP) {
            step();
            while (now - start >= (windows.size() + 1) * ROUND_TRIP) {
                windows.add(window());
            }
        }
        return (int) ((now - start) / ROUND_TRIP);
    }

    private int window() {
        return connection.info().congestion().window() / MSS;
    }

    private void step() {
        long timer = connection.nextDeadlineNanos();
        long segment = arriving.isEmpty() ? Long.MAX_VALUE : arriving.peek().at;
        long flush = merged == 0 ? Long.MAX_VALUE : mergedAt + PAUSE;
        long ack = acknowledgments.isEmpty() ? Long.MAX_VALUE : acknowledgments.peek().at;
        now = Math.max(now, Math.min(Math.min(timer, segment), Math.min(flush, ack)));
        if (ack == now) {
            inject(1, TcpSegment.ACK, acknowledgments.remove().ack);
        } else if (segment == now) {
            mergedEnd = arriving.remove().ack;
            mergedAt = now;
            if (++merged == each) {
                acknowledge();
            }
        } else if (flush == now) {
            acknowledge();
        } else {
            connection.onTick(now);
        }
    }

    private void acknowledge() {
        merged = 0;
        acknowledgments.add(new Flying(now + HALF, mergedEnd));
    }

    private void inject(int sequence, int flags, int ack, int... options) {
        ByteBuffer bytes = ByteBuffer.allocate(20 + 4 * options.length);
        bytes.putInt(0, 80 << 16 | 40000).putInt(4, sequence).putInt(8, ack);
        bytes.putInt(12, (bytes.limit() / 4) << 28 | flags << 16 | 65535);
        for (int i = 0; i < options.length; i++) {
            bytes.putInt(20 + 4 * i, options[i]);
        }
        connection.onSegment(new TcpSegment().wrap(bytes, 0, bytes.limit()), 0, now);
    }

    @Override
    public ByteBuffer reserve(int length) {
        return buffer.clear();
    }

    @Override
    public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
        TcpSegment view = new TcpSegment().wrap(segment, offset, length);
        if (view.payloadLength() > 0) {
            arriving.add(new Flying(now + HALF, view.sequenceNumber() + view.payloadLength()));
        }
    }

    @Override
    public String toString() {
        return "an acknowledgment for " + each + " segments, the window after each round trip: " + windows;
    }
}
