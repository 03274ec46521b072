// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Bulk transfers over paths with a rate and a delay, side by side in virtual time. Nothing is lost; the queue before
 * each line is as long as it gets. Applications and timers run each millisecond, segments arrive to the nanosecond.
 */
final class LongPaths {
    static final long MS = 1_000_000L;

    private record Delivery(long at, long order, Transfer transfer, boolean toReceiver, ByteBuffer bytes) {}

    private final PriorityQueue<Delivery> inFlight =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private final List<Transfer> transfers = new ArrayList<>();
    private final ByteBuffer scratch = ByteBuffer.allocate(70_000);
    private final TcpSegment view = new TcpSegment();
    private final long delay;
    private final long bitsPerSecond;
    private long now;
    private long order;

    LongPaths(long delay, long bitsPerSecond) {
        this.delay = delay;
        this.bitsPerSecond = bitsPerSecond;
    }

    /** One connection, whose accepting end sends. */
    final class Transfer {
        final TcpConfig config;
        final TcpTuple tuple;
        final long length;
        /** Bytes that the receiver reads each millisecond. */
        int pace = Integer.MAX_VALUE;

        final TcpConnection receiver;

        @Nullable
        TcpConnection sender;

        long written;
        long read;
        boolean paused;
        private final Invariants ofReceiver;
        private final Line toSender = new Line(this, false);
        private final Line toReceiver = new Line(this, true);

        private Transfer(TcpConfig config, int number, long length) {
            this.config = config;
            this.length = length;
            this.tuple = new TcpTuple(IpAddress.parse("10.0.0.1"), 1024 + number, IpAddress.parse("10.0.0.2"), 80);
            receiver = TcpConnection.connect(config, tuple, (t, at) -> 7 * number, toSender, now);
            ofReceiver = new Invariants(receiver.tcb(), "receiver " + number);
        }

        TcpConnection sender() {
            if (sender == null) {
                throw new IllegalStateException("not open yet: " + tuple);
            }
            return sender;
        }

        boolean isOver() {
            return receiver.isClosed() && sender != null && sender.isClosed();
        }

        private void deliver(boolean forward, ByteBuffer bytes) {
            view.wrap(bytes, 0, bytes.limit());
            if (forward) {
                receiver.onSegment(view, 0, now);
            } else if (sender == null) {
                sender = TcpConnection.accept(config, tuple.reversed(), (t, at) -> -1000, view, toReceiver, now);
            } else {
                sender.onSegment(view, 0, now);
            }
        }

        private void run() {
            if (receiver.nextDeadlineNanos() <= now) {
                receiver.onTick(now);
            }
            int room = pace;
            while (room > 0) {
                scratch.clear().limit(Math.min(room, scratch.capacity()));
                int length = receiver.read(scratch, now);
                if (length <= 0) {
                    break;
                }
                read += length;
                room -= length;
            }
            if (receiver.endOfStream()) {
                receiver.release(now);
            }
            TcpConnection from = sender;
            if (from != null) {
                if (from.nextDeadlineNanos() <= now) {
                    from.onTick(now);
                }
                write(from);
            }
            ofReceiver.check();
        }

        private void write(TcpConnection from) {
            while (!paused && written < length && from.writable() > 0) {
                scratch.clear().limit((int) Math.min(length - written, scratch.capacity()));
                int taken = from.write(scratch, now);
                if (taken <= 0) {
                    return;
                }
                written += taken;
            }
            if (written == length) {
                from.release(now);
            }
        }
    }

    /** One direction of a path. */
    private final class Line implements SegmentSink {
        private final Transfer transfer;
        private final boolean toReceiver;
        private final ByteBuffer buffer = ByteBuffer.allocate(2048);
        private long free;

        Line(Transfer transfer, boolean toReceiver) {
            this.transfer = transfer;
            this.toReceiver = toReceiver;
        }

        @Override
        public ByteBuffer reserve(int length) {
            return buffer.clear();
        }

        @Override
        public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
            byte[] copy = new byte[length];
            segment.get(offset, copy);
            free = Math.max(now, free) + (length + 20) * 8_000_000_000L / bitsPerSecond;
            inFlight.add(new Delivery(free + delay, order++, transfer, toReceiver, ByteBuffer.wrap(copy)));
        }
    }

    Transfer start(TcpConfig config, long length) {
        Transfer transfer = new Transfer(config, transfers.size(), length);
        transfers.add(transfer);
        return transfer;
    }

    /** Lets time pass. */
    void run(long millis) {
        for (long end = now + millis * MS; now < end; ) {
            long step = now + MS;
            for (Delivery next = inFlight.peek(); next != null && next.at <= step; next = inFlight.peek()) {
                inFlight.remove();
                now = Math.max(now, next.at);
                next.transfer.deliver(next.toReceiver, next.bytes);
            }
            now = step;
            transfers.forEach(Transfer::run);
        }
    }

    /** Lets time pass until all connections are closed. */
    void finish(long atMostMillis) {
        for (long spent = 0; !transfers.stream().allMatch(Transfer::isOver); spent += 100) {
            if (spent > atMostMillis) {
                throw new AssertionError("still open: "
                        + transfers.stream().filter(t -> !t.isOver()).count() + " of " + transfers.size());
            }
            run(100);
        }
    }
}
