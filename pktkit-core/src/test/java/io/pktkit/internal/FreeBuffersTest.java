// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class FreeBuffersTest {

    private static final int LARGEST = FreeBuffers.SMALLEST << 9;

    @Test
    void shouldRoundUpToAPowerOfTwo() {
        assertEquals(256, FreeBuffers.capacityFor(0));
        assertEquals(256, FreeBuffers.capacityFor(256));
        assertEquals(512, FreeBuffers.capacityFor(257));
        assertEquals(512, FreeBuffers.capacityFor(512));
        assertEquals(2048, FreeBuffers.capacityFor(1500));
        assertEquals(LARGEST, FreeBuffers.capacityFor(LARGEST));
        assertEquals(LARGEST + 1, FreeBuffers.capacityFor(LARGEST + 1), "not kept, so not rounded");
    }

    @Test
    void shouldGiveOutAgainWhatCameBack() {
        FreeBuffers buffers = new FreeBuffers(4096);
        ByteBuffer first = buffers.take(1000);
        assertEquals(1024, first.capacity());
        first.position(10).limit(20);

        buffers.give(first);
        ByteBuffer again = buffers.take(1024);

        assertSame(first, again);
        assertEquals(0, again.position());
        assertEquals(1024, again.limit());
        assertNotSame(first, buffers.take(1024), "it is out");
    }

    @Test
    void shouldKeepSoManyBytesOfASizeAndNoMore() {
        FreeBuffers buffers = new FreeBuffers(4 * 1024);
        ByteBuffer[] out = new ByteBuffer[5];
        for (int i = 0; i < out.length; i++) {
            out[i] = buffers.take(1024);
        }
        for (ByteBuffer buffer : out) {
            buffers.give(buffer);
        }
        for (int i = 3; i >= 0; i--) {
            assertSame(out[i], buffers.take(1024), "the latest that was kept comes first");
        }
        ByteBuffer fresh = buffers.take(1024);
        for (ByteBuffer buffer : out) {
            assertNotSame(buffer, fresh);
        }
    }

    @Test
    void shouldNotKeepWhatIsNoneOfItsSizes() {
        FreeBuffers buffers = new FreeBuffers(1 << 20);
        for (int capacity : new int[] {1, 255, 300, LARGEST * 2, LARGEST + 1}) {
            ByteBuffer odd = ByteBuffer.allocate(capacity);
            buffers.give(odd);
            assertNotSame(odd, buffers.take(capacity), "capacity " + capacity);
        }
        ByteBuffer largest = ByteBuffer.allocate(LARGEST);
        buffers.give(largest);
        assertSame(largest, buffers.take(LARGEST));
    }

    @Test
    void shouldForgetThemAll() {
        FreeBuffers buffers = new FreeBuffers(4096);
        ByteBuffer first = buffers.take(256);
        buffers.give(first);

        buffers.clear();

        assertNotSame(first, buffers.take(256));
    }
}
