// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.DropCounters;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a device did. Any thread; counting takes no lock and, once the threads that count have met, allocates
 * nothing.
 *
 * <p>"Received" is what came out of the device towards its handler, "sent" is what went in through {@code send}.
 */
public final class DeviceStats {

    private static final Snapshot ZERO = new Snapshot(0, 0, 0, 0, 0, new DropCounters(), new DropCounters());

    private final LongAdder receivedPackets = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();
    private final LongAdder sentPackets = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final DropCounters receiveDrops = new DropCounters();
    private final DropCounters sendDrops = new DropCounters();

    /** What was counted before the last reset: subtracting it loses no count that happens during the reset. */
    private volatile Snapshot base = ZERO;

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
        receiveDrops.increment(reason);
    }

    /**
     * Counts one that {@code send} refused.
     *
     * @param reason why
     */
    public void sendDropped(DropReason reason) {
        sendDrops.increment(reason);
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
        base = since(ZERO);
    }

    /**
     * Copies the counters. Each is exact, but they are not read at one instant.
     *
     * @return what was counted since the last reset
     */
    public Snapshot snapshot() {
        return since(base);
    }

    private Snapshot since(Snapshot start) {
        return new Snapshot(
                receivedPackets.sum() - start.receivedPackets,
                receivedBytes.sum() - start.receivedBytes,
                sentPackets.sum() - start.sentPackets,
                sentBytes.sum() - start.sentBytes,
                errors.sum() - start.errors,
                receiveDrops.minus(start.receiveDrops),
                sendDrops.minus(start.sendDrops));
    }

    /** The counters at one time. Immutable. */
    public static final class Snapshot {

        private final long receivedPackets;
        private final long receivedBytes;
        private final long sentPackets;
        private final long sentBytes;
        private final long errors;
        private final DropCounters receiveDrops;
        private final DropCounters sendDrops;

        private Snapshot(
                long receivedPackets,
                long receivedBytes,
                long sentPackets,
                long sentBytes,
                long errors,
                DropCounters receiveDrops,
                DropCounters sendDrops) {
            this.receivedPackets = receivedPackets;
            this.receivedBytes = receivedBytes;
            this.sentPackets = sentPackets;
            this.sentBytes = sentBytes;
            this.errors = errors;
            this.receiveDrops = receiveDrops;
            this.sendDrops = sendDrops;
        }

        /** {@return frames or packets that the handler took} */
        public long receivedPackets() {
            return receivedPackets;
        }

        /** {@return bytes that the handler took} */
        public long receivedBytes() {
            return receivedBytes;
        }

        /** {@return frames or packets that were sent} */
        public long sentPackets() {
            return sentPackets;
        }

        /** {@return bytes that were sent} */
        public long sentBytes() {
            return sentBytes;
        }

        /** {@return failures of the device or its handler} */
        public long errors() {
            return errors;
        }

        /** {@return what came in and went no further, for any reason} */
        public long receiveDropped() {
            return receiveDrops.sum();
        }

        /** {@return what {@code send} refused, for any reason} */
        public long sendDropped() {
            return sendDrops.sum();
        }

        /**
         * What came in and went no further for one reason.
         *
         * @param reason why
         * @return the count
         */
        public long receiveDropped(DropReason reason) {
            return receiveDrops.get(reason);
        }

        /**
         * What {@code send} refused for one reason.
         *
         * @param reason why
         * @return the count
         */
        public long sendDropped(DropReason reason) {
            return sendDrops.get(reason);
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
            for (DropReason reason : DropReason.values()) {
                if (dropped(reason) != 0) {
                    text.append(", ").append(reason).append(' ').append(dropped(reason));
                }
            }
            return text.toString();
        }
    }
}
