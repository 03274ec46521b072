// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A thread's reusable frame buffers, one for each level of nesting: while a frame is lent to a handler, the handler may
 * make the same thread send another, through this adapter or a different one. Owned by its thread. A buffer grows to
 * the largest frame that its level has seen, at most 64 KiB and a bit.
 */
final class FrameBuffers {

    /** As deep as adapters may send from within each other's handlers; hubs and links cut loops before. */
    static final int MAX_DEPTH = 32;

    private static final int INITIAL_BYTES = 2048;
    private static final ThreadLocal<FrameBuffers> CURRENT = ThreadLocal.withInitial(FrameBuffers::new);

    private final @Nullable Level[] levels = new Level[MAX_DEPTH];
    private int depth;

    private FrameBuffers() {}

    /**
     * Goes one level deeper on the calling thread, until the level is closed.
     *
     * @param length how many bytes are needed
     * @return the level, with a buffer of that length or more; null if it would be too deep
     */
    static @Nullable Level enter(int length) {
        return CURRENT.get().deeper(length);
    }

    private @Nullable Level deeper(int length) {
        if (depth == MAX_DEPTH) {
            return null;
        }
        Level level = levels[depth];
        if (level == null || level.buffer.capacity() < length) {
            level = new Level(this, Math.max(INITIAL_BYTES, length));
            levels[depth] = level;
        }
        depth++;
        return level;
    }

    /** A buffer and the view that it is lent through. */
    static final class Level implements AutoCloseable {
        final ByteBuffer buffer;
        final Frame frame = new Frame();
        private final FrameBuffers owner;

        Level(FrameBuffers owner, int capacity) {
            this.owner = owner;
            this.buffer = ByteBuffer.allocate(capacity);
        }

        /** Goes back. Levels are closed in the reverse order of their entering. */
        @Override
        public void close() {
            owner.depth--;
        }
    }
}
