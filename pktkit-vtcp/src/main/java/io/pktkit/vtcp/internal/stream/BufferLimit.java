// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import io.pktkit.device.ByteBudget;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes one buffer may hold, and what of the budget it has for that. What it is granted on top of its initial size is
 * reserved with the grant, since a window that was announced may be filled; what its array takes beyond that is reserved when
 * it takes it, where the settings say so. Both double, so that the budget is asked seldom, but of sizes that are no power of
 * two the array of a {@link ByteRing} is the larger one.
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

    /** What is reserved for the array beyond {@link #grown} and the smallest one; or {@link #UNCOUNTED}. */
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

    private int charge(int capacity) {
        return Math.max(0, capacity - grown() - ByteRing.SMALLEST);
    }

    /** What the bookkeeping beside the buffer is to be reserved from, null if only growth is. */
    public @Nullable ByteBudget memoryForAll() {
        return held == UNCOUNTED ? null : memory;
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

    /** Gives back what is not needed, now that the array is no larger than this. */
    void shrinkTo(long needed, int capacity) {
        int reserved = reserved();
        while (bytes > initial && Math.max(initial, bytes / 2) >= needed) {
            bytes = Math.max(initial, bytes / 2);
        }
        if (held != UNCOUNTED) {
            held = charge(capacity);
        }
        memory.release(reserved - reserved());
    }

    private int reserved() {
        return grown() + Math.max(0, held);
    }

    /**
     * The buffer takes no more. What its array still has stays reserved until {@link #shrinkTo} says otherwise, the rest goes back, and
     * nothing is granted again.
     */
    void close(int capacity) {
        int reserved = reserved();
        initial = Math.max(initial, bytes);
        if (held != UNCOUNTED) {
            held = Math.min(reserved, Math.max(0, capacity - ByteRing.SMALLEST));
        }
        memory.release(reserved - Math.max(0, held));
        bytes = initial;
        max = initial;
    }
}
