// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SendQueueTest {

    private static byte[] shown(ByteBuffer[] parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ByteBuffer part : parts) {
            byte[] piece = new byte[part.remaining()];
            part.duplicate().get(piece);
            bytes.writeBytes(piece);
        }
        return bytes.toByteArray();
    }

    /** Against a plain run of bytes, with frames of all lengths, also while the ring grows under who takes. */
    @Test
    void shouldKeepTheBytesInOrder() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            int limit = SendQueue.LEAST_LIMIT << random.nextInt(4);
            SendQueue queue = new SendQueue(limit);
            byte[] model = new byte[0];
            for (int step = 0; step < 300; step++) {
                String where = "seed=" + seed + " round=" + round + " step=" + step;
                byte[] frame = new byte[14 + random.nextInt(random.nextInt(8) == 0 ? 65_522 : 2000)];
                random.nextBytes(frame);
                ByteBuffer[] before = queue.readable();
                byte[] seen = shown(before);

                boolean fits = model.length + 4 + frame.length <= limit;
                assertEquals(fits, queue.offer(ByteBuffer.wrap(frame), 0, frame.length), where);
                if (fits) {
                    byte[] longer = Arrays.copyOf(model, model.length + 4 + frame.length);
                    ByteBuffer.wrap(longer)
                            .position(model.length)
                            .putInt(frame.length)
                            .put(frame);
                    model = longer;
                }
                assertArrayEquals(seen, shown(before), "what was shown is good until it is taken: " + where);
                int taken = random.nextInt(seen.length + 1);
                queue.taken(taken);
                model = Arrays.copyOfRange(model, taken, model.length);
                if (random.nextInt(20) == 0) {
                    queue.taken(shown(queue.readable()).length);
                    model = new byte[0];
                }
                assertArrayEquals(model, shown(queue.readable()), where);
                assertEquals(model.length == 0, queue.isEmpty(), where);
            }
        }
    }

    @Test
    void shouldTakeTheLongestFrameAtTheLeastLimit() {
        SendQueue queue = new SendQueue(SendQueue.LEAST_LIMIT);
        ByteBuffer longest = ByteBuffer.allocate(FrameDecoder.LONGEST_FRAME);

        assertTrue(queue.offer(longest, 0, longest.capacity()));
        assertFalse(queue.offer(longest, 0, longest.capacity()), "two are more than the limit");
        assertTrue(queue.offer(longest, 0, SendQueue.LEAST_LIMIT - 2 * 4 - longest.capacity()), "to the last byte");
        assertFalse(queue.offer(longest, 0, 14));
    }
}
