// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * A TAI64N label as it is in an initiation. Ordered as its 12 bytes are, since what a peer sends need not be a real time.
 *
 * @param seconds the first 8 bytes
 * @param nanos the last 4
 */
public record Tai64n(long seconds, int nanos) implements Comparable<Tai64n> {

    /** The length of a label. */
    public static final int LENGTH = 12;

    /** Before every other label. */
    public static final Tai64n ZERO = new Tai64n(0, 0);

    /** The label of 1970-01-01, with the ten leap seconds of then, as the reference has it. */
    private static final long EPOCH = 0x4000_0000_0000_000AL;

    /** The low 24 bits of the nanoseconds are cleared, so that a label tells no more than 1/60 of a second. */
    private static final int STEP = 1 << 24;

    private static final int NANOS_PER_SECOND = 1_000_000_000;

    /**
     * Makes a label of a wall clock's time.
     *
     * @param time the time
     * @return its label, whitened
     */
    public static Tai64n of(Instant time) {
        return new Tai64n(EPOCH + time.getEpochSecond(), time.getNano() & -STEP);
    }

    /**
     * Reads a label.
     *
     * @param from the array
     * @param offset where it begins
     * @return the label
     */
    public static Tai64n read(byte[] from, int offset) {
        ByteBuffer buffer = ByteBuffer.wrap(from);
        return new Tai64n(buffer.getLong(offset), buffer.getInt(offset + Long.BYTES));
    }

    /** {@return the next label that is whitened} */
    public Tai64n next() {
        // 0 when it has run over, which no time of ours does.
        int next = (nanos & -STEP) + STEP;
        return next != 0 && Integer.compareUnsigned(next, NANOS_PER_SECOND) < 0
                ? new Tai64n(seconds, next)
                : new Tai64n(seconds + 1, 0);
    }

    /**
     * Tells whether this is later.
     *
     * @param other the other label
     * @return whether it is, strictly
     */
    public boolean isAfter(Tai64n other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Tai64n other) {
        int order = Long.compareUnsigned(seconds, other.seconds);
        return order != 0 ? order : Integer.compareUnsigned(nanos, other.nanos);
    }

    void write(byte[] to, int offset) {
        ByteBuffer buffer = ByteBuffer.wrap(to);
        buffer.putLong(offset, seconds);
        buffer.putInt(offset + Long.BYTES, nanos);
    }
}
