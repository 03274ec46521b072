// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.DropCounters;
import io.pktkit.internal.StripedCounters;
import io.pktkit.internal.ThreadState;

/**
 * Counts what a device did. Any thread; counting takes no lock, and allocates only when a thread counts here for the
 * first time.
 *
 * <p>"Received" is what came out of the device towards its handler, "sent" is what went in through {@code send}.
 */
public final class DeviceStats {

    private static final Snapshot ZERO =
            new Snapshot(0, 0, 0, 0, 0, 0, 0, 0, DropCounters.Totals.ZERO, DropCounters.Totals.ZERO);

    private static final int RECEIVED_PACKETS = 0;
    private static final int RECEIVED_BYTES = 1;
    private static final int SENT_PACKETS = 2;
    private static final int SENT_BYTES = 3;
    private static final int ERRORS = 4;
    private static final int RECEIVED_SUPER_SEGMENTS = 5;
    private static final int SENT_SUPER_SEGMENTS = 6;
    private static final int CUT_SUPER_SEGMENTS = 7;

    private final StripedCounters counts = new StripedCounters(CUT_SUPER_SEGMENTS + 1);
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
        received(ThreadState.current(), bytes);
    }

    void received(ThreadState thread, int bytes) {
        counts.addSized(thread, RECEIVED_PACKETS, bytes);
    }

    /**
     * Counts a frame or packet that was sent.
     *
     * @param bytes its length
     */
    public void sent(int bytes) {
        sent(ThreadState.current(), bytes);
    }

    void sent(ThreadState thread, int bytes) {
        counts.addSized(thread, SENT_PACKETS, bytes);
    }

    /** Counts a super-segment among what the handler took: see {@link io.pktkit.wire.Pdu#segmentSize()}. */
    public void receivedSuperSegment() {
        counts.add(ThreadState.current(), RECEIVED_SUPER_SEGMENTS, 1);
    }

    /** Counts a super-segment among what was sent: it left whole. */
    public void sentSuperSegment() {
        counts.add(ThreadState.current(), SENT_SUPER_SEGMENTS, 1);
    }

    /** Counts a super-segment that was cut in software, because who was to get it does not take it whole. */
    public void cutSuperSegment() {
        counts.add(ThreadState.current(), CUT_SUPER_SEGMENTS, 1);
    }

    /**
     * Counts one that came in and went no further.
     *
     * @param reason why
     */
    public void receiveDropped(DropReason reason) {
        receiveDrops.increment(ThreadState.current(), reason);
    }

    /**
     * Counts one that {@code send} refused.
     *
     * @param reason why
     */
    public void sendDropped(DropReason reason) {
        sendDrops.increment(ThreadState.current(), reason);
    }

    /** Counts a failure of the device itself, or of its handler. */
    public void error() {
        counts.add(ThreadState.current(), ERRORS, 1);
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
                counts.sum(RECEIVED_PACKETS) - start.receivedPackets,
                counts.sum(RECEIVED_BYTES) - start.receivedBytes,
                counts.sum(SENT_PACKETS) - start.sentPackets,
                counts.sum(SENT_BYTES) - start.sentBytes,
                counts.sum(ERRORS) - start.errors,
                counts.sum(RECEIVED_SUPER_SEGMENTS) - start.receivedSuperSegments,
                counts.sum(SENT_SUPER_SEGMENTS) - start.sentSuperSegments,
                counts.sum(CUT_SUPER_SEGMENTS) - start.cutSuperSegments,
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
        private final long receivedSuperSegments;
        private final long sentSuperSegments;
        private final long cutSuperSegments;
        private final DropCounters.Totals receiveDrops;
        private final DropCounters.Totals sendDrops;

        private Snapshot(
                long receivedPackets,
                long receivedBytes,
                long sentPackets,
                long sentBytes,
                long errors,
                long receivedSuperSegments,
                long sentSuperSegments,
                long cutSuperSegments,
                DropCounters.Totals receiveDrops,
                DropCounters.Totals sendDrops) {
            this.receivedPackets = receivedPackets;
            this.receivedBytes = receivedBytes;
            this.sentPackets = sentPackets;
            this.sentBytes = sentBytes;
            this.errors = errors;
            this.receivedSuperSegments = receivedSuperSegments;
            this.sentSuperSegments = sentSuperSegments;
            this.cutSuperSegments = cutSuperSegments;
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

        /** {@return super-segments among what the handler took; each counts as one packet too} */
        public long receivedSuperSegments() {
            return receivedSuperSegments;
        }

        /** {@return super-segments among what was sent whole; each counts as one packet too} */
        public long sentSuperSegments() {
            return sentSuperSegments;
        }

        /** {@return super-segments that were cut in software on their way in or out; their pieces count as packets} */
        public long cutSuperSegments() {
            return cutSuperSegments;
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
            if ((receivedSuperSegments | sentSuperSegments | cutSuperSegments) != 0) {
                text.append(", super-segments ")
                        .append(receivedSuperSegments)
                        .append(" in ")
                        .append(sentSuperSegments)
                        .append(" out ")
                        .append(cutSuperSegments)
                        .append(" cut");
            }
            for (DropReason reason : DropReason.values()) {
                if (dropped(reason) != 0) {
                    text.append(", ").append(reason).append(' ').append(dropped(reason));
                }
            }
            return text.toString();
        }
    }
}
