// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

@SuppressWarnings("ByteBufferBackingArray") // of buffers that are whole arrays
class DatagramQueueTest {
    private static final IpAddress IPV4 = IpAddress.parse("10.0.0.2");
    private static final IpAddress IPV6 = IpAddress.parse("fd00::2");

    private record Waiting(IpAddress address, int port, ByteBuffer payload) {
        Waiting(IpAddress address, int port, int length) {
            this(address, port, ByteBuffer.allocate(length));
        }

        int length() {
            return payload.capacity();
        }
    }

    private static boolean offer(DatagramQueue queue, Waiting one) {
        ByteBuffer source = ByteBuffer.allocate(one.length() + 3).put(3, one.payload.array());
        IpAddress address = one.address;
        return queue.offer(address.family(), address.high(), address.low(), one.port, source, 3, one.length());
    }

    @Test
    void shouldBehaveAsAPlainQueue() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteBudget budget = new ByteBudget(1 << 20);
        DatagramQueue queue = new DatagramQueue(budget);
        ArrayDeque<Waiting> model = new ArrayDeque<>();
        ByteBuffer target = ByteBuffer.allocate(70_000);
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(5) < 2) {
                byte[] payload = new byte[random.nextInt(100) == 0 ? random.nextInt(65_508) : random.nextInt(1500)];
                random.nextBytes(payload);
                Waiting one = new Waiting(
                        random.nextBoolean() ? IPV4 : IPV6, random.nextInt(65_536), ByteBuffer.wrap(payload));
                if (offer(queue, one)) {
                    model.add(one);
                }
            } else {
                Waiting expected = model.poll();
                assertEquals(expected == null ? -1 : expected.length(), queue.nextLength(), "seed=" + seed);
                assertEquals(expected != null, queue.poll(target.clear()), "seed=" + seed);
                if (expected != null) {
                    assertArrayEquals(
                            expected.payload.array(), Arrays.copyOf(target.array(), target.position()), "seed=" + seed);
                    assertEquals(expected.address, queue.address(), "seed=" + seed);
                    assertEquals(expected.port, queue.port(), "seed=" + seed);
                }
            }
            assertEquals(model.size(), queue.size(), "seed=" + seed);
            assertEquals(queue.reserved(), budget.used(), "seed=" + seed);
        }
        queue.clear();
        assertEquals(0, budget.used());
    }

    @Test
    void shouldHoldNoMoreThanItsBounds() {
        ByteBudget budget = new ByteBudget(1 << 20);
        DatagramQueue many = new DatagramQueue(budget);
        int taken = 0;
        while (offer(many, new Waiting(IPV4, 1, 0))) {
            taken++;
        }
        assertEquals(DatagramQueue.MAX_DATAGRAMS, taken);

        DatagramQueue large = new DatagramQueue(budget);
        taken = 0;
        while (offer(large, new Waiting(IPV6, 1, 60_000))) {
            taken++;
        }
        assertEquals(DatagramQueue.MAX_BYTES / (60_000 + DatagramQueue.OVERHEAD), taken);
        assertTrue(large.reserved() <= DatagramQueue.MAX_BYTES, "reserved=" + large.reserved());
    }

    @Test
    void shouldRefuseWhatTheBudgetHasNoRoomFor() {
        DatagramQueue queue = new DatagramQueue(new ByteBudget(8 << 10));

        assertTrue(offer(queue, new Waiting(IPV4, 1, 6000)));
        assertFalse(offer(queue, new Waiting(IPV4, 1, 6000)));
        assertEquals(1, queue.size());
    }

    @Test
    void shouldGiveMemoryBackThatABurstNeeded() {
        ByteBudget budget = new ByteBudget(1 << 20);
        DatagramQueue queue = new DatagramQueue(budget);
        ByteBuffer target = ByteBuffer.allocate(2000);
        for (int i = 0; i < 100; i++) {
            offer(queue, new Waiting(IPV4, 1, 1200));
        }
        while (queue.poll(target.clear())) {}
        long burst = budget.used();

        for (int i = 0; i < 10; i++) {
            offer(queue, new Waiting(IPV4, 1, 100));
            queue.poll(target.clear());
        }

        assertEquals(128 << 10, burst);
        assertEquals(2 << 10, budget.used());
    }
}
