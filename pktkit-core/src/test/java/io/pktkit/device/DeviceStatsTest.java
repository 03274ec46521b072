// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeviceStatsTest {

    @Test
    void shouldCountAndStartOver() {
        DeviceStats stats = new DeviceStats();
        stats.received(10);
        stats.sent(20);
        stats.sent(30);
        stats.error();
        stats.receiveDropped(DropReason.VLAN);
        stats.sendDropped(DropReason.VLAN);
        stats.sendDropped(DropReason.LOOP);

        DeviceStats.Snapshot before = stats.snapshot();
        stats.reset();
        stats.sent(1);

        assertEquals(10, before.receivedBytes());
        assertEquals(2, before.sentPackets());
        assertEquals(50, before.sentBytes());
        assertEquals(1, before.receiveDropped());
        assertEquals(2, before.sendDropped());
        assertEquals(2, before.dropped(DropReason.VLAN));
        assertTrue(before.toString().contains("LOOP 1"), before.toString());
        assertEquals(1, stats.snapshot().sentPackets());
        assertEquals(0, stats.snapshot().sendDropped());
        assertEquals(0, stats.dropped(DropReason.VLAN));
    }

    @Test
    void shouldNeverGiveMorePlacesThanThereAre() throws InterruptedException {
        Quota quota = new Quota(1000);
        AtomicInteger taken = new AtomicInteger();
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int n = 0; n < 10_000; n++) {
                    if (quota.tryAcquire(3)) {
                        taken.addAndGet(3);
                    }
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(999, taken.get());
        assertEquals(999, quota.used());
        assertTrue(quota.tryAcquire());
        assertFalse(quota.tryAcquire());
        assertFalse(quota.tryAcquire(Integer.MAX_VALUE));
        quota.release(1000);
        assertThrows(IllegalStateException.class, quota::release);
        assertEquals(0, quota.used());
    }

    @Test
    void shouldFlushOnceAtTheEndOfTheOutermostScope() {
        AtomicInteger flushes = new AtomicInteger();
        Burst.BatchDevice device = () -> {
            flushes.incrementAndGet();
            assertFalse(Burst.isOpen());
        };
        assertFalse(Burst.flushLater(device), "no scope: send at once");

        Burst outer = Burst.open();
        Burst inner = Burst.open();
        assertTrue(Burst.flushLater(device));
        assertTrue(Burst.flushLater(() -> {
            throw new IllegalStateException("a flush that fails");
        }));
        assertTrue(Burst.flushLater(device));
        inner.close();
        assertEquals(0, flushes.get());
        outer.close();

        assertEquals(1, flushes.get());
        assertThrows(IllegalStateException.class, outer::close);
    }

    @Test
    void shouldBoundTheDevicesOfAScope() {
        AtomicInteger flushes = new AtomicInteger();
        Burst burst = Burst.open();
        int accepted = 0;
        for (int i = 0; i < 300; i++) {
            accepted += Burst.flushLater(new Counting(flushes)) ? 1 : 0;
        }
        burst.close();

        assertEquals(Burst.MAX_DEVICES, accepted);
        assertEquals(Burst.MAX_DEVICES, flushes.get());
    }

    private record Counting(AtomicInteger flushes) implements Burst.BatchDevice {
        @Override
        public void flush() {
            flushes.incrementAndGet();
        }
    }

    @Test
    void shouldStartEveryCounterOver() {
        DeviceStats stats = new DeviceStats();
        count(stats);
        stats.reset();
        assertEquals(
                "received 0 (0 bytes), sent 0 (0 bytes), errors 0",
                stats.snapshot().toString());

        count(stats);

        DeviceStats.Snapshot snapshot = stats.snapshot();
        assertEquals(1, snapshot.receivedPackets());
        assertEquals(10, snapshot.receivedBytes());
        assertEquals(1, snapshot.errors());
        assertEquals(1, snapshot.receivedSuperSegments());
        assertEquals(2, snapshot.sentSuperSegments());
        assertEquals(3, snapshot.cutSuperSegments());
        assertEquals(
                "received 1 (10 bytes), sent 1 (20 bytes), errors 1, super-segments 1 in 2 out 3 cut",
                snapshot.toString());
    }

    @Test
    void shouldTellOfSuperSegmentsOfAnyKind() {
        DeviceStats in = new DeviceStats();
        in.receivedSuperSegment();
        DeviceStats out = new DeviceStats();
        out.sentSuperSegment();
        DeviceStats cut = new DeviceStats();
        cut.cutSuperSegment();

        assertTrue(in.snapshot().toString().endsWith("super-segments 1 in 0 out 0 cut"), in.snapshot()::toString);
        assertTrue(out.snapshot().toString().endsWith("super-segments 0 in 1 out 0 cut"), out.snapshot()::toString);
        assertTrue(cut.snapshot().toString().endsWith("super-segments 0 in 0 out 1 cut"), cut.snapshot()::toString);
    }

    private static void count(DeviceStats stats) {
        stats.received(10);
        stats.sent(20);
        stats.error();
        stats.receivedSuperSegment();
        for (int i = 0; i < 2; i++) {
            stats.sentSuperSegment();
        }
        for (int i = 0; i < 3; i++) {
            stats.cutSuperSegment();
        }
    }
}
