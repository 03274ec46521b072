// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.util.Arrays;

/**
 * The numbers of packets that were received, as in RFC 6479: a ring of bits that is moved by blocks of 64, one of which is
 * being filled. A jump ahead clears at most the ring. Numbers are unsigned.
 *
 * <p>What is looked up before decryption is looked up again when it is marked, since another thread may have received the
 * same in between. For one thread at a time.
 */
public final class ReplayWindow {

    private static final int BLOCK_SHIFT = 6;

    private final long[] ring;
    private final int lookBack;
    private final long before;
    private long last;

    private ReplayWindow(int lookBack, long before) {
        if (lookBack < 1) {
            throw new IllegalArgumentException("at least 1: lookBack=" + lookBack);
        }
        // So many blocks as that many numbers and one more can begin or end in, rounded up for the mask.
        int blocks = ((lookBack + 63) >>> BLOCK_SHIFT) + 1;
        this.ring = new long[Integer.highestOneBit(blocks - 1) << 1];
        this.lookBack = lookBack;
        this.before = before;
        clear();
    }

    /**
     * Creates a window of numbers that begin with 0.
     *
     * @param lookBack how far behind the highest a number may be
     * @return the window, which has seen nothing
     */
    public static ReplayWindow fromZero(int lookBack) {
        return new ReplayWindow(lookBack, 0);
    }

    /**
     * Creates a window of numbers that begin with 1: 0 is never new.
     *
     * @param lookBack how far behind the highest a number may be
     * @return the window, which has seen nothing
     */
    public static ReplayWindow fromOne(int lookBack) {
        return new ReplayWindow(lookBack, 1);
    }

    /**
     * Tells whether a number is new.
     *
     * @param number the number
     * @return false if it was received or is too old
     */
    public boolean isNew(long number) {
        if (Long.compareUnsigned(number, last) > 0) {
            return true;
        }
        return Long.compareUnsigned(last - number, lookBack) <= 0 && (ring[block(number)] & (1L << number)) == 0;
    }

    /**
     * Marks a number that was authenticated.
     *
     * @param number the number
     * @return false if it is not new; nothing is marked then
     */
    public boolean mark(long number) {
        if (!isNew(number)) {
            return false;
        }
        if (Long.compareUnsigned(number, last) > 0) {
            long from = last >>> BLOCK_SHIFT;
            long blocks = Math.min((number >>> BLOCK_SHIFT) - from, ring.length);
            for (long i = 1; i <= blocks; i++) {
                ring[(int) (from + i) & (ring.length - 1)] = 0;
            }
            last = number;
        }
        ring[block(number)] |= 1L << number;
        return true;
    }

    /** Forgets all numbers. */
    public void clear() {
        Arrays.fill(ring, 0);
        ring[0] = before;
        last = 0;
    }

    /** {@return the highest number that was marked, 0 if none} */
    public long last() {
        return last;
    }

    private int block(long number) {
        return (int) (number >>> BLOCK_SHIFT) & (ring.length - 1);
    }
}
