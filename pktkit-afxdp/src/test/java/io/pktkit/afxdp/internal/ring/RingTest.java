// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arithmetic of rings, with a ring whose other side is played here. */
class RingTest {

    private static final int ENTRIES = 8;
    private static final int PRODUCER = 0;
    private static final int CONSUMER = 64;
    private static final int FLAGS = 128;
    private static final int FIRST = 192;

    private final ByteBuffer memory =
            ByteBuffer.allocateDirect(FIRST + ENTRIES * 16).order(ByteOrder.nativeOrder());

    private Layout layout(int flags) {
        return new Layout(memory, ENTRIES, PRODUCER, CONSUMER, flags, FIRST, 16);
    }

    private void start(int cursor) {
        memory.putInt(PRODUCER, cursor).putInt(CONSUMER, cursor);
    }

    /** 2^32 is passed within a few turns from the last two. */
    @ParameterizedTest
    @ValueSource(ints = {0, 5, Integer.MAX_VALUE - 10, -3, -20})
    void shouldCarryAllInOrderAcrossTheWrap(int first) {
        start(first);
        ProducerRing producer = new ProducerRing(layout(FLAGS));
        ConsumerRing consumer = new ConsumerRing(layout(FLAGS));
        ArrayDeque<Long> model = new ArrayDeque<>();
        long seed = 0x41_0000L + first;
        Random random = new Random(seed);
        long next = 0;
        int wanted = first;
        for (int round = 0; round < 2000; round++) {
            int count = random.nextInt(ENTRIES + 2);
            for (int i = 0; i < count && !producer.isFull(); i++) {
                producer.put(next, (int) next);
                model.add(next++);
                wanted++;
            }
            assertEquals(model.size() == ENTRIES, producer.isFull(), "seed=" + seed);
            producer.submit();
            assertEquals(0, producer.unpublished());
            assertEquals(wanted, producer.cursor(), "what is published is what was written, seed=" + seed);
            assertEquals(model.size(), producer.unread());
            int take = Math.min(consumer.available(), random.nextInt(ENTRIES + 1));
            for (int i = 0; i < take; i++) {
                long expected = model.remove();
                assertEquals(expected, consumer.address(i), "seed=" + seed);
                assertEquals((int) expected, consumer.length(i));
            }
            consumer.release(take);
            assertEquals(wanted - model.size(), consumer.cursor());
        }
    }

    @Test
    void shouldShowNothingBeforeItIsSubmitted() {
        start(-1);
        ProducerRing producer = new ProducerRing(layout(FLAGS));
        ConsumerRing consumer = new ConsumerRing(layout(FLAGS));
        producer.put(4096, 60);

        assertEquals(0, consumer.available());
        assertEquals(1, producer.unpublished());
        producer.submit();
        assertEquals(1, consumer.available());
        assertEquals(0, producer.cursor(), "-1 and one more");
    }

    /** What was read and not released is the reader's still. */
    @Test
    void shouldBeFullUntilReleased() {
        start(0);
        ProducerRing producer = new ProducerRing(layout(FLAGS));
        ConsumerRing consumer = new ConsumerRing(layout(FLAGS));
        for (int i = 0; i < ENTRIES; i++) {
            assertFalse(producer.isFull());
            producer.put(i, i);
        }
        producer.submit();
        assertEquals(ENTRIES, consumer.available());
        assertTrue(producer.isFull());
        consumer.release(1);
        assertFalse(producer.isFull());
    }

    /** As when the memory was taken back and reads as zeros. */
    @ParameterizedTest
    @ValueSource(ints = {ENTRIES + 1, -1, Integer.MIN_VALUE})
    void shouldReadNothingByCursorsThatCannotBe(int ahead) {
        start(100);
        ConsumerRing consumer = new ConsumerRing(layout(FLAGS));
        memory.putInt(PRODUCER, 100 + ahead);

        assertEquals(0, consumer.available());
    }

    @Test
    void shouldCallTheKernelAsTheFlagAsks() {
        ProducerRing ring = new ProducerRing(layout(FLAGS));
        assertFalse(ring.needsWakeup());
        memory.putInt(FLAGS, 1);
        assertTrue(ring.needsWakeup());
        assertTrue(new ProducerRing(layout(-1)).needsWakeup(), "a kernel without the flag is called always");
    }

    @Test
    void shouldRefuseALayoutThatDoesNotFit() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Layout(memory, 2 * ENTRIES, PRODUCER, CONSUMER, -1, FIRST, 16));
        assertThrows(IllegalArgumentException.class, () -> new Layout(memory, 7, PRODUCER, CONSUMER, -1, FIRST, 16));
        ByteBuffer big = ByteBuffer.allocateDirect(4096).order(ByteOrder.BIG_ENDIAN);
        ByteBuffer little = ByteBuffer.allocateDirect(4096).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer wrong = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? little : big;
        assertThrows(
                IllegalArgumentException.class, () -> new Layout(wrong, ENTRIES, PRODUCER, CONSUMER, -1, FIRST, 16));
    }
}
