// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import io.pktkit.device.ByteBudget;

/**
 * How many bytes one buffer may hold, and what of the budget it has for that. Up to its initial size it reserves what its array
 * takes, where the settings say so; what it is granted on top of that is reserved with the grant, since a window that was announced may be filled. It doubles,
 * so that the budget is asked seldom, and so that the array of a {@link ByteRing}, which doubles too, is what was reserved.
 *
 * <p>The smallest array is free, or a connection that others have left nothing to could never go on; who has many connections
 * reserves that for each.
 */
public final class BufferLimit {
    private static final int UNCOUNTED = -1;

    private final ByteBudget memory;

    private int initial;
    private int max;
    private int bytes;

    /** What is reserved for the array up to the initial size, but for the smallest; or {@link #UNCOUNTED}. */
    private int held;

    public BufferLimit(int initial, int max, ByteBudget memory, boolean all) {
        this.memory = memory;
        this.initial = initial;
        this.max = max;
        this.bytes = initial;
        this.held = all ? 0 : UNCOUNTED;
    }

    public int bytes() {
        return bytes;
    }

    /** What is reserved from the budget beyond the initial size. */
    public int grown() {
        return bytes - initial;
    }

    /**
     * Reserves what an array of that size takes, as far as it is not reserved with a grant. That can be done without, and leaves the
     * last quarter for new connections and for what was promised.
     */
    boolean hold(int capacity) {
        int wanted = charge(capacity);
        if (held != UNCOUNTED && wanted > held) {
            if (!memory.tryGrow(wanted - held)) {
                return false;
            }
            held = wanted;
        }
        return true;
    }

    /** Whether {@link #hold} would succeed, if nobody else asked before. */
    boolean canHold(int capacity) {
        return held == UNCOUNTED || charge(capacity) - held <= memory.growable();
    }

    /** The array is not larger than this any more. */
    void holdOnly(int capacity) {
        int wanted = charge(capacity);
        if (wanted < held) {
            memory.release(held - wanted);
            held = wanted;
        }
    }

    private int charge(int capacity) {
        return Math.max(0, Math.min(capacity, initial) - ByteRing.SMALLEST);
    }

    /** Raises the limit towards what would be useful, as far as the budget has room for growth. */
    void growTo(long wanted) {
        while (bytes < Math.min(wanted, max) && memory.tryGrow(step())) {
            bytes += step();
        }
    }

    /** Raises the limit to what the peer was told it may send, if the budget has the room. */
    void coverTo(long promised) {
        while (bytes < Math.min(promised, max) && memory.tryReserve(step())) {
            bytes += step();
        }
    }

    private int step() {
        return Math.min(bytes, max - bytes);
    }

    /** Gives back what is not needed. */
    void shrinkTo(long needed) {
        int kept = bytes;
        while (kept > initial && Math.max(initial, kept / 2) >= needed) {
            kept = Math.max(initial, kept / 2);
        }
        memory.release(bytes - kept);
        bytes = kept;
    }

    /**
     * The buffer takes no more. What its array still has stays reserved until {@link #holdOnly} says otherwise, the rest goes back, and
     * nothing is granted again.
     */
    void close(int capacity) {
        int reserved = grown() + Math.max(0, held);
        initial = Math.max(initial, bytes);
        if (held != UNCOUNTED) {
            held = Math.min(reserved, Math.max(0, capacity - ByteRing.SMALLEST));
        }
        memory.release(reserved - Math.max(0, held));
        bytes = initial;
        max = initial;
    }
}
