// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FrameBuffersTest {

    private static ByteBuffer bufferFor(int length) {
        try (FrameBuffers.Level level = FrameBuffers.enter(length)) {
            assertNotNull(level);
            assertTrue(level.buffer.capacity() >= length, () -> "capacity=" + level.buffer.capacity());
            return level.buffer;
        }
    }

    @Test
    void shouldReuseABufferThatIsLongEnough() {
        ByteBuffer first = bufferFor(3000);

        assertSame(first, bufferFor(1));
        assertSame(first, bufferFor(3000));
    }

    @Test
    void shouldGrowForALongerFrameOnly() {
        ByteBuffer first = bufferFor(4000);

        ByteBuffer longer = bufferFor(4001);

        assertNotSame(first, longer);
        assertSame(longer, bufferFor(4000));
    }

    @Test
    void shouldGiveEachLevelItsOwnAndCountThemBack() {
        for (int round = 0; round < 3; round++) {
            assertEquals(FrameBuffers.MAX_DEPTH, deepest(null));
        }
    }

    private static int deepest(FrameBuffers.@Nullable Level outer) {
        try (FrameBuffers.Level level = FrameBuffers.enter(64)) {
            if (level == null) {
                return 0;
            }
            if (outer != null) {
                assertNotSame(outer.buffer, level.buffer);
                assertNotSame(outer.frame, level.frame);
            }
            return 1 + deepest(level);
        }
    }
}
