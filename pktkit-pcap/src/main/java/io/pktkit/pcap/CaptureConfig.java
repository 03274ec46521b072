// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.pcap.internal.write.RecordRing;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded, and how much. Immutable: each {@code with} gives another.
 *
 * @param format the format
 * @param snapLength bytes of each packet at most, 1 to 262 144
 * @param filter which packets; null for all
 * @param queueBytes room for packets on their way to the file, allocated once; 524 288 or more
 * @param maxFileBytes how long a file becomes at most, 1 048 576 or more; 0 for no limit
 * @param maxFiles how many files there are at most when one is full: with one, recording stops; with more, the oldest makes way
 * @param epochNanos the clock: nanoseconds since 1970
 */
public record CaptureConfig(
        CaptureFormat format,
        int snapLength,
        @Nullable CaptureFilter filter,
        int queueBytes,
        long maxFileBytes,
        int maxFiles,
        LongSupplier epochNanos) {

    /** As much of a packet as is recorded if nothing else is said: the largest there is. */
    public static final int DEFAULT_SNAP_LENGTH = 262_144;

    /** pcapng, all of everything, 8 MiB of room, one file without a limit, the clock of the system. */
    public static final CaptureConfig DEFAULT =
            new CaptureConfig(CaptureFormat.PCAPNG, DEFAULT_SNAP_LENGTH, null, 8 << 20, 0, 1, EpochClock::nowNanos);

    private static final int LEAST_FILE = 1 << 20;
    private static final int MOST_FILES = 99_999;

    /**
     * Checks the ranges.
     *
     * @param format see above
     * @param snapLength see above
     * @param filter see above
     * @param queueBytes see above
     * @param maxFileBytes see above
     * @param maxFiles see above
     * @param epochNanos see above
     */
    public CaptureConfig {
        if (snapLength < 1 || snapLength > DEFAULT_SNAP_LENGTH) {
            throw new IllegalArgumentException(
                    "snapLength must be in [1, " + DEFAULT_SNAP_LENGTH + "]: snapLength=" + snapLength);
        }
        if (queueBytes < RecordRing.LEAST_CAPACITY || queueBytes > 1 << 30) {
            throw new IllegalArgumentException(
                    "queueBytes must be in [" + RecordRing.LEAST_CAPACITY + ", 2^30]: queueBytes=" + queueBytes);
        }
        if (maxFileBytes != 0 && maxFileBytes < LEAST_FILE) {
            throw new IllegalArgumentException(
                    "maxFileBytes must be 0 or " + LEAST_FILE + " or more: maxFileBytes=" + maxFileBytes);
        }
        if (maxFiles < 1 || maxFiles > MOST_FILES || (maxFiles > 1 && maxFileBytes == 0)) {
            throw new IllegalArgumentException("maxFiles must be in [1, " + MOST_FILES
                    + "], and more than one need a limit: maxFiles=" + maxFiles);
        }
    }

    /**
     * Changes the format.
     *
     * @param other the format
     * @return the changed settings
     */
    public CaptureConfig withFormat(CaptureFormat other) {
        return new CaptureConfig(other, snapLength, filter, queueBytes, maxFileBytes, maxFiles, epochNanos);
    }

    /**
     * Changes how much of each packet is recorded.
     *
     * @param bytes 1 to 262 144
     * @return the changed settings
     */
    public CaptureConfig withSnapLength(int bytes) {
        return new CaptureConfig(format, bytes, filter, queueBytes, maxFileBytes, maxFiles, epochNanos);
    }

    /**
     * Changes which packets are recorded.
     *
     * @param other the filter; null for all
     * @return the changed settings
     */
    public CaptureConfig withFilter(@Nullable CaptureFilter other) {
        return new CaptureConfig(format, snapLength, other, queueBytes, maxFileBytes, maxFiles, epochNanos);
    }

    /**
     * Changes the room for packets on their way.
     *
     * @param bytes 524 288 or more
     * @return the changed settings
     */
    public CaptureConfig withQueueBytes(int bytes) {
        return new CaptureConfig(format, snapLength, filter, bytes, maxFileBytes, maxFiles, epochNanos);
    }

    /**
     * Records into files of limited length.
     *
     * @param bytes of each at most, 1 048 576 or more
     * @param files how many at most
     * @return the changed settings
     */
    public CaptureConfig withFiles(long bytes, int files) {
        return new CaptureConfig(format, snapLength, filter, queueBytes, bytes, files, epochNanos);
    }

    /**
     * Changes the clock.
     *
     * @param clock gives nanoseconds since 1970; called on the way of each packet
     * @return the changed settings
     */
    public CaptureConfig withClock(LongSupplier clock) {
        return new CaptureConfig(format, snapLength, filter, queueBytes, maxFileBytes, maxFiles, clock);
    }
}
