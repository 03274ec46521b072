// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

/**
 * The counters that were received, as in RFC 6479: a ring of 8192 bits, of which the block that is being filled leaves
 * 8128 to look back. A jump ahead clears at most the ring. Counters are unsigned.
 *
 * <p>What is looked up before decryption is looked up again when it is marked, since another thread may have received the
 * same in between.
 */
public final class ReplayWindow {

    private static final int BLOCK_SHIFT = 6;
    private static final int BLOCKS = 128;
    private static final int WINDOW = (BLOCKS - 1) << BLOCK_SHIFT;

    private final long[] ring = new long[BLOCKS];
    private long last;

    /** Creates a window that has seen nothing. */
    public ReplayWindow() {}

    /**
     * Tells whether a counter is new.
     *
     * @param counter the counter
     * @return false if it was received, is too old, or is over the limit
     */
    public boolean isNew(long counter) {
        if (Long.compareUnsigned(counter, Limits.REJECT_AFTER_MESSAGES) >= 0) {
            return false;
        }
        if (Long.compareUnsigned(counter, last) > 0) {
            return true;
        }
        return Long.compareUnsigned(last - counter, WINDOW) <= 0
                && (ring[(int) (counter >>> BLOCK_SHIFT) & (BLOCKS - 1)] & (1L << counter)) == 0;
    }

    /**
     * Marks a counter that was authenticated.
     *
     * @param counter the counter
     * @return false if it is not new; nothing is marked then
     */
    public boolean mark(long counter) {
        if (!isNew(counter)) {
            return false;
        }
        long block = counter >>> BLOCK_SHIFT;
        if (Long.compareUnsigned(counter, last) > 0) {
            long from = last >>> BLOCK_SHIFT;
            long blocks = Math.min(block - from, BLOCKS);
            for (long i = 1; i <= blocks; i++) {
                ring[(int) (from + i) & (BLOCKS - 1)] = 0;
            }
            last = counter;
        }
        ring[(int) block & (BLOCKS - 1)] |= 1L << counter;
        return true;
    }

    /** {@return the highest counter that was marked, 0 if none} */
    public long last() {
        return last;
    }
}
