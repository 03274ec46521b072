// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where the parts of a ring are in its memory.
 *
 * @param memory direct, in the byte order of the machine
 * @param entries how many entries, a power of two
 * @param producer where the producer's cursor is, aligned to 4 bytes
 * @param consumer where the consumer's cursor is
 * @param flags where the flags are, or -1 for none
 * @param first where the first entry is, aligned to 8 bytes
 * @param entrySize bytes of an entry
 */
public record Layout(ByteBuffer memory, int entries, int producer, int consumer, int flags, int first, int entrySize) {

    private static final VarHandle CURSOR = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /** {@code XDP_RING_NEED_WAKEUP}. */
    private static final int NEED_WAKEUP = 1;

    /** Checks the layout. */
    public Layout {
        if (Integer.bitCount(entries) != 1) {
            throw new IllegalArgumentException("a ring has a power of two of entries: entries=" + entries);
        }
        if (memory.order() != ByteOrder.nativeOrder()
                || (long) first + (long) entries * entrySize > memory.capacity()) {
            throw new IllegalArgumentException("the ring does not fit its memory: memory=" + memory + " first=" + first
                    + " entries=" + entries + " entrySize=" + entrySize);
        }
    }

    int cursor(int at) {
        return (int) CURSOR.getAcquire(memory, at);
    }

    void cursor(int at, int value) {
        CURSOR.setRelease(memory, at, value);
    }

    int entry(int cursor) {
        return first + (cursor & (entries - 1)) * entrySize;
    }

    /** A full fence first: else the flag could be read before the cursor that was just published is seen. */
    boolean needsWakeup() {
        if (flags < 0) {
            return true;
        }
        VarHandle.fullFence();
        return ((int) CURSOR.getAcquire(memory, flags) & NEED_WAKEUP) != 0;
    }
}
