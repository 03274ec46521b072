// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a device did. Any thread; counting takes no lock and, once the threads that count have met, allocates
 * nothing.
 *
 * <p>"Received" is what came out of the device towards its handler, "sent" is what went in through {@code send}.
 */
public final class DeviceStats {

    private static final DropReason[] REASONS = DropReason.values();

    private final LongAdder receivedPackets = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();
    private final LongAdder sentPackets = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final AtomicLongArray receiveDrops = new AtomicLongArray(REASONS.length);
    private final AtomicLongArray sendDrops = new AtomicLongArray(REASONS.length);

    /** What was counted before the last reset: subtracting it loses no count that happens during the reset. */
    private volatile Snapshot base = new Snapshot();

    /** Creates counters that are all 0. */
    public DeviceStats() {}

    /**
     * Counts a frame or packet that the handler took.
     *
     * @param bytes its length
     */
    public void received(int bytes) {
        receivedPackets.increment();
        receivedBytes.add(bytes);
    }

    /**
     * Counts a frame or packet that was sent.
     *
     * @param bytes its length
     */
    public void sent(int bytes) {
        sentPackets.increment();
        sentBytes.add(bytes);
    }

    /**
     * Counts one that came in and went no further.
     *
     * @param reason why
     */
    public void receiveDropped(DropReason reason) {
        receiveDrops.getAndIncrement(reason.ordinal());
    }

    /**
     * Counts one that {@code send} refused.
     *
     * @param reason why
     */
    public void sendDropped(DropReason reason) {
        sendDrops.getAndIncrement(reason.ordinal());
    }

    /** Counts a failure of the device itself, or of its handler. */
    public void error() {
        errors.increment();
    }

    /**
     * Tells how many were dropped for a reason since the last reset, in both directions.
     *
     * @param reason why
     * @return the count
     */
    public long dropped(DropReason reason) {
        return snapshot().dropped(reason);
    }

    /** Makes all counters start from 0 again. Nothing that is counted meanwhile is lost. */
    public void reset() {
        base = read();
    }

    /**
     * Copies the counters. Each is exact, but they are not read at one instant.
     *
     * @return what was counted since the last reset
     */
    public Snapshot snapshot() {
        Snapshot since = base;
        return read().minus(since);
    }

    private Snapshot read() {
        Snapshot now = new Snapshot();
        now.receivedPackets = receivedPackets.sum();
        now.receivedBytes = receivedBytes.sum();
        now.sentPackets = sentPackets.sum();
        now.sentBytes = sentBytes.sum();
        now.errors = errors.sum();
        for (int i = 0; i < REASONS.length; i++) {
            now.receiveDrops[i] = receiveDrops.get(i);
            now.sendDrops[i] = sendDrops.get(i);
        }
        return now;
    }

    /** The counters at one time. Immutable once it is handed out. */
    public static final class Snapshot {

        private final long[] receiveDrops = new long[REASONS.length];
        private final long[] sendDrops = new long[REASONS.length];
        private long receivedPackets;
        private long receivedBytes;
        private long sentPackets;
        private long sentBytes;
        private long errors;

        private Snapshot() {}

        /**
         * Frames or packets that the handler took.
         *
         * @return the count
         */
        public long receivedPackets() {
            return receivedPackets;
        }

        /**
         * Bytes that the handler took.
         *
         * @return the count
         */
        public long receivedBytes() {
            return receivedBytes;
        }

        /**
         * Frames or packets that were sent.
         *
         * @return the count
         */
        public long sentPackets() {
            return sentPackets;
        }

        /**
         * Bytes that were sent.
         *
         * @return the count
         */
        public long sentBytes() {
            return sentBytes;
        }

        /**
         * Failures of the device or its handler.
         *
         * @return the count
         */
        public long errors() {
            return errors;
        }

        /**
         * What came in and went no further, for any reason.
         *
         * @return the count
         */
        public long receiveDropped() {
            return sum(receiveDrops);
        }

        /**
         * What {@code send} refused, for any reason.
         *
         * @return the count
         */
        public long sendDropped() {
            return sum(sendDrops);
        }

        /**
         * What came in and went no further for one reason.
         *
         * @param reason why
         * @return the count
         */
        public long receiveDropped(DropReason reason) {
            return receiveDrops[reason.ordinal()];
        }

        /**
         * What {@code send} refused for one reason.
         *
         * @param reason why
         * @return the count
         */
        public long sendDropped(DropReason reason) {
            return sendDrops[reason.ordinal()];
        }

        /**
         * What was dropped for one reason, in both directions.
         *
         * @param reason why
         * @return the count
         */
        public long dropped(DropReason reason) {
            return receiveDropped(reason) + sendDropped(reason);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(120);
            text.append("received ")
                    .append(receivedPackets)
                    .append(" (")
                    .append(receivedBytes)
                    .append(" bytes), sent ");
            text.append(sentPackets)
                    .append(" (")
                    .append(sentBytes)
                    .append(" bytes), errors ")
                    .append(errors);
            for (DropReason reason : REASONS) {
                if (dropped(reason) != 0) {
                    text.append(", ").append(reason).append(' ').append(dropped(reason));
                }
            }
            return text.toString();
        }

        private static long sum(long[] counts) {
            long sum = 0;
            for (long count : counts) {
                sum += count;
            }
            return sum;
        }

        private Snapshot minus(Snapshot since) {
            receivedPackets -= since.receivedPackets;
            receivedBytes -= since.receivedBytes;
            sentPackets -= since.sentPackets;
            sentBytes -= since.sentBytes;
            errors -= since.errors;
            for (int i = 0; i < receiveDrops.length; i++) {
                receiveDrops[i] -= since.receiveDrops[i];
                sendDrops[i] -= since.sendDrops[i];
            }
            return this;
        }
    }
}
