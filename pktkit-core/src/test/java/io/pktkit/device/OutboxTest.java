// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {

    private final Outbox outbox = new Outbox(4, 2048);
    private final List<Integer> seen = new ArrayList<>();

    @Test
    void shouldDeliverInOrderAndReuseBuffers() {
        ByteBuffer first = put(1);
        put(2);

        assertTrue(outbox.drain(this::note));
        ByteBuffer again = outbox.reserve(8);

        assertEquals(List.of(1, 2), seen);
        assertEquals(0, outbox.size());
        assertNotSame(first, again);
        outbox.commit(again, Outbox.HEADROOM, 8);
        assertSame(first, outbox.reserve(8));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1984, 1985, 65_535, 70_000})
    void shouldLendWhatWasAskedForBehindTheHeadroom(int length) {
        Outbox large = new Outbox();
        ByteBuffer buffer = large.reserve(length);

        assertEquals(Outbox.HEADROOM, buffer.position());
        assertEquals(length, buffer.remaining());
        buffer.put(new byte[length]);
        assertTrue(large.commit(buffer, 24, length + 40));
        large.drain((delivered, offset, size) -> {
            assertEquals(24, delivered.position());
            assertEquals(length + 40, delivered.remaining());
            assertEquals(24, offset);
            assertEquals(length + 40, size);
        });
    }

    @Test
    void shouldDropAndCountWhatDoesNotFit() {
        for (int i = 0; i < 4; i++) {
            put(i);
        }
        assertEquals(0, outbox.room(1));

        assertFalse(outbox.commit(outbox.reserve(8), Outbox.HEADROOM, 8));

        assertEquals(1, outbox.dropped());
        outbox.drain(this::note);
        assertEquals(List.of(0, 1, 2, 3), seen);
        assertTrue(outbox.append(ByteBuffer.allocate(900), 0, 900)); // with headroom 1 KiB of buffer
        assertEquals(4 - 1, outbox.room(1));
        assertEquals(0, outbox.room(1985));
        assertEquals(1, outbox.room(1024 - Outbox.HEADROOM));
        assertFalse(outbox.append(ByteBuffer.allocate(1000), 0, 1000), "by the bytes of its buffer");
        assertTrue(outbox.append(ByteBuffer.allocate(100), 0, 100));
    }

    /** 1985 bytes and the headroom are one more than 2 KiB: a buffer must not be many times as large. */
    @ParameterizedTest
    @ValueSource(ints = {1, 192, 193, 1984, 1985, 8948, 65_535, 200_000})
    void shouldBoundTheMemoryThatItHoldsAndNotWhatIsInIt(int length) {
        Outbox large = new Outbox();
        ByteBuffer packet = ByteBuffer.allocate(length);
        java.util.Set<ByteBuffer> held = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
        int count = 0;
        while (large.append(packet, 0, length)) {
            count++;
        }

        large.drain((buffer, offset, size) -> held.add(buffer));

        long bytes = held.stream().mapToLong(ByteBuffer::capacity).sum();
        assertEquals(count, held.size());
        assertTrue(bytes <= Outbox.DEFAULT_MAX_BYTES, bytes + " bytes in " + count + " buffers");
        assertTrue(
                count == Outbox.DEFAULT_MAX_PACKETS || 2 * bytes > Outbox.DEFAULT_MAX_BYTES - 200_000,
                "and it holds much of what it may: " + bytes + " bytes in " + count + " buffers");
    }

    @Test
    void shouldLeaveADrainInsideADrainToTheOuterOne() {
        put(1);
        List<Boolean> inner = new ArrayList<>();

        outbox.drain((buffer, offset, length) -> {
            note(buffer, offset, length);
            if (seen.size() < 3) {
                put(seen.size() + 1);
                inner.add(outbox.drain((b, o, l) -> seen.add(-1)));
            }
        });

        assertEquals(List.of(1, 2, 3), seen);
        assertEquals(List.of(false, false), inner);
    }

    @Test
    void shouldGoOnAfterASinkThatThrows() {
        put(1);
        put(2);

        outbox.drain((buffer, offset, length) -> {
            note(buffer, offset, length);
            throw new IllegalStateException("a sink that fails");
        });

        assertEquals(List.of(1, 2), seen);
        assertTrue(outbox.drain(this::note), "and it is not stuck");
    }

    @Test
    void shouldRefuseACommitOfWhatIsNotReserved() {
        ByteBuffer once = outbox.reserve(8);
        outbox.commit(once, Outbox.HEADROOM, 8);

        assertThrows(IllegalStateException.class, () -> outbox.commit(once, Outbox.HEADROOM, 8));
        ByteBuffer other = outbox.reserve(8);
        assertThrows(IllegalArgumentException.class, () -> outbox.commit(other, 2047, 2));
        assertThrows(IllegalArgumentException.class, () -> outbox.commit(other, -1, 2));
        assertThrows(IllegalArgumentException.class, () -> outbox.reserve(-1));
    }

    @Test
    void shouldTakeTheSmallestOfEverything() {
        Outbox small = new Outbox(1, 1);
        assertEquals(0, small.room(1), "a buffer of 256 bytes is more than one byte");
        assertThrows(IllegalArgumentException.class, () -> new Outbox(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Outbox(1, 0));

        ByteBuffer all = outbox.reserve(0);
        assertTrue(outbox.commit(all, all.capacity(), 0));
        ByteBuffer none = outbox.reserve(0);
        assertTrue(outbox.commit(none, 0, none.capacity()));
        assertEquals(2, outbox.size());
    }

    @Test
    void shouldTakeBackWhatIsNotSent() {
        ByteBuffer given = outbox.reserve(100);
        assertSame(given, outbox.reserve(100), "one that was never committed");

        Outbox full = new Outbox(1, 4096);
        full.commit(full.reserve(8), Outbox.HEADROOM, 8);
        ByteBuffer refused = full.reserve(8);
        assertFalse(full.commit(refused, Outbox.HEADROOM, 8));
        assertSame(refused, full.reserve(8), "one that found no room");
        assertEquals(1, full.dropped());
    }

    @Test
    void shouldDrainAsFramesAndPacketsAndSayWhoDoes() {
        List<Object> drained = new ArrayList<>();
        put(1);
        assertTrue(outbox.drainPackets(packet -> {
            drained.add(packet.length());
            drained.add(outbox.drainPackets(nested -> drained.add("nested")));
        }));
        put(2);
        assertTrue(outbox.drainFrames(frame -> {
            drained.add(frame.length());
            drained.add(outbox.drainFrames(nested -> drained.add("nested")));
        }));

        assertEquals(4, drained.size(), drained.toString());
        assertEquals(List.of(false, false), List.of(drained.get(1), drained.get(3)));
    }

    @Test
    void shouldDropEverythingWhenClosed() {
        put(1);
        ByteBuffer reserved = outbox.reserve(8);

        outbox.close();
        outbox.close();

        assertFalse(outbox.commit(reserved, Outbox.HEADROOM, 8));
        outbox.drain(this::note);
        assertEquals(List.of(), seen);
        assertEquals(2, outbox.dropped());
        assertEquals(0, outbox.room(1));
    }

    @Test
    void shouldCloseFromWithinASink() {
        put(1);
        put(2);

        outbox.drain((buffer, offset, length) -> {
            note(buffer, offset, length);
            outbox.close();
        });

        assertEquals(List.of(1), seen);
    }

    @Test
    void shouldKeepTheOrderOfTheLockAcrossThreadsAndStrandNothing() throws InterruptedException {
        int threads = 4;
        int each = 20_000;
        Outbox shared = new Outbox(threads * each, Integer.MAX_VALUE);
        Object ownersLock = new Object();
        AtomicInteger next = new AtomicInteger();
        AtomicInteger expected = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        CountDownLatch start = new CountDownLatch(1);
        Thread[] producers = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            producers[t] = new Thread(() -> {
                try {
                    start.await();
                    for (int i = 0; i < each; i++) {
                        synchronized (ownersLock) {
                            ByteBuffer buffer = shared.reserve(4).putInt(Outbox.HEADROOM, next.getAndIncrement());
                            assertTrue(shared.commit(buffer, Outbox.HEADROOM, 4));
                        }
                        shared.drain((buffer, offset, length) -> {
                            if (!expected.compareAndSet(buffer.getInt(offset), buffer.getInt(offset) + 1)) {
                                failure.compareAndSet(null, new AssertionError("out of order at " + expected));
                            }
                        });
                    }
                } catch (InterruptedException | RuntimeException | Error broken) {
                    failure.compareAndSet(null, broken);
                }
            });
            producers[t].start();
        }

        start.countDown();
        for (Thread producer : producers) {
            producer.join();
        }

        assertEquals(null, failure.get());
        assertEquals(threads * each, expected.get());
        assertEquals(0, shared.size());
    }

    @Test
    void shouldKeepWhatTheBytesDoNotTell() {
        Outbox large = new Outbox();
        for (int i = 0; i < 40; i++) { // more than the ring begins with
            large.commit(large.reserve(8), Outbox.HEADROOM, 8, i % 4 * 500, i % 3 == 0);
        }
        List<String> facts = new ArrayList<>();
        large.drainPackets(packet -> facts.add(packet.segmentSize() + " " + packet.checksumPending()));
        large.commit(large.reserve(60), Outbox.HEADROOM, 60, 700, true);
        large.drainFrames(frame -> facts.add(frame.segmentSize() + " " + frame.checksumPending()));
        large.commit(large.reserve(8), Outbox.HEADROOM, 8);
        large.drainPackets(packet -> facts.add(packet.segmentSize() + " " + packet.checksumPending()));

        for (int i = 0; i < 40; i++) {
            assertEquals(i % 4 * 500 + " " + (i % 3 == 0), facts.get(i));
        }
        assertEquals(List.of("700 true", "0 false"), facts.subList(40, 42));
    }

    @Test
    void shouldKeepSixteenBuffersOfAnySize() {
        Outbox large = new Outbox();
        Set<ByteBuffer> burst = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 16; i++) {
            ByteBuffer buffer = large.reserve(65_000);
            burst.add(buffer);
            large.commit(buffer, Outbox.HEADROOM, 65_000);
        }
        large.drain((buffer, offset, length) -> {});

        for (int i = 0; i < 16; i++) {
            ByteBuffer buffer = large.reserve(65_000);
            assertTrue(burst.contains(buffer), "a new one: " + i);
            large.commit(buffer, Outbox.HEADROOM, 65_000);
        }
    }

    @Test
    void shouldRefuseAPacketThatEndsBehindItsBuffer() {
        ByteBuffer buffer = outbox.reserve(8);
        int most = buffer.capacity();

        assertThrows(IllegalArgumentException.class, () -> outbox.commit(buffer, most - 1, 2));
        assertThrows(IllegalArgumentException.class, () -> outbox.commit(buffer, 0, -1));
        assertTrue(outbox.commit(buffer, most - 1, 1));
    }

    @Test
    void shouldCountAllThatAClosedOneDropped() {
        put(1);
        put(2);
        put(3);

        outbox.close();

        assertEquals(3, outbox.dropped());
        assertEquals(0, outbox.size());
    }

    @Test
    @Timeout(60)
    void shouldDeliverWhatIsQueuedBeforeItFinishesWhoeverDrains() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        put(1);
        Thread drainer = new Thread(() -> outbox.drain((buffer, offset, length) -> {
            inside.countDown();
            try {
                release.await();
            } catch (InterruptedException interrupt) {
                return; // it misses the packet then
            }
            note(buffer, offset, length);
        }));
        drainer.start();
        inside.await();
        put(2);
        put(3);
        Thread closer = new Thread(outbox::finish);
        closer.start();
        while (outbox.room(1) > 0) {
            Thread.onSpinWait();
        }
        assertFalse(outbox.append(ByteBuffer.allocate(8), 0, 8), "it takes no more");
        release.countDown();

        closer.join();

        assertEquals(List.of(1, 2, 3), seen);
        drainer.join();
        assertEquals(1, outbox.dropped());
    }

    @Test
    void shouldFinishFromWithinASink() {
        put(1);
        put(2);

        outbox.drain((buffer, offset, length) -> {
            note(buffer, offset, length);
            outbox.finish();
        });

        assertEquals(List.of(1), seen);
        assertEquals(1, outbox.dropped());
    }

    private ByteBuffer put(int value) {
        ByteBuffer buffer = outbox.reserve(8).putInt(Outbox.HEADROOM, value);
        outbox.commit(buffer, Outbox.HEADROOM, 8);
        return buffer;
    }

    private void note(ByteBuffer buffer, int offset, int length) {
        assertEquals(8, length);
        seen.add(buffer.getInt(offset));
    }
}
