// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpMemory;

/**
 * How many bytes one buffer may hold: its initial size, and what it was granted from the budget on top. It doubles, so
 * that the budget is asked seldom, and so that the array of a {@link ByteRing}, which doubles too, is what was reserved.
 */
final class BufferLimit {
    private final TcpMemory memory;
    private final int initial;
    private int max;
    private int bytes;

    BufferLimit(int initial, int max, TcpMemory memory) {
        this.initial = initial;
        this.max = max;
        this.memory = memory;
        this.bytes = initial;
    }

    int bytes() {
        return bytes;
    }

    /** What is reserved from the budget. */
    int grown() {
        return bytes - initial;
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

    /** The buffer takes no more: everything goes back, and nothing is granted again. */
    void close() {
        memory.release(grown());
        bytes = initial;
        max = initial;
    }
}
