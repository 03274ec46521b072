// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Quota;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class StagedQueueTest {

    private final Quota budget = new Quota(4 << 20);
    private final StagedQueue queue = new StagedQueue(budget, 100_000);

    @Test
    void shouldKeepTheLast128() {
        for (int i = 0; i < 130; i++) {
            assertEquals(i < 128 ? 0 : 1, queue.add(packet(i, 100), 3, 100));
        }
        for (int i = 2; i < 130; i++) {
            ByteBuffer packet = Objects.requireNonNull(queue.poll());
            assertEquals(100, packet.remaining());
            assertEquals(16, packet.position());
            assertTrue(packet.capacity() >= packet.limit() + 31);
            assertEquals(i, packet.getInt(packet.position()));
        }
        assertNull(queue.poll());
        assertEquals(0, budget.used());
        assertEquals(0, queue.held());
    }

    @Test
    void shouldCountWhatIsHeldAndNotWhatWasAsked() {
        queue.add(packet(1, 1), 3, 1);
        assertTrue(queue.held() >= 1 + 32 + 16);
        assertEquals(queue.held(), budget.used());
        queue.clear();
        assertEquals(0, budget.used());
    }

    @Test
    void shouldStayWithinItsBytes() {
        int dropped = 0;
        for (int i = 0; i < 100; i++) {
            dropped += queue.add(packet(i, 10_000), 3, 10_000);
            assertTrue(queue.held() <= 100_000);
        }
        assertEquals(100 - 9, dropped);
        assertEquals(9, queue.clear());
    }

    @Test
    void shouldRefuseWhatNeverFits() {
        assertEquals(1, queue.add(packet(1, 100_000), 3, 100_000));
        assertTrue(queue.isEmpty());
        assertEquals(0, budget.used());
    }

    @Test
    void shouldTakeWhatJustFits() {
        queue.add(packet(1, 1000), 3, 1000);
        int cost = queue.held();
        StagedQueue tight = new StagedQueue(budget, cost);
        assertEquals(0, tight.add(packet(1, 1000), 3, 1000));
        assertEquals(1, new StagedQueue(budget, cost - 1).add(packet(1, 1000), 3, 1000));
    }

    /** An eighth is nobody's, and of what others leave of the rest a quarter is for one. */
    @Test
    void shouldHoldAQuarterOfWhatOthersLeave() {
        queue.add(packet(1, 1000), 3, 1000);
        int cost = queue.held();
        int eighths = 3 * cost;
        int others = 7 * eighths - 4 * 3 * cost;
        for (int more = 0; more <= 1; more++) {
            Quota tight = new Quota(8 * eighths);
            assertTrue(tight.tryAcquire(others + more));
            StagedQueue one = new StagedQueue(tight, 1 << 20);
            for (int i = 0; i < 10; i++) {
                one.add(packet(i, 1000), 3, 1000);
            }
            assertEquals((3 - more) * cost, one.held());
        }
    }

    @Test
    void shouldFindRoomForNewcomersHoweverManyHoldAllTheyCan() {
        List<StagedQueue> others = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            StagedQueue other = new StagedQueue(budget, 1 << 20);
            for (int k = 0; k < 128; k++) {
                other.add(packet(k, 1400), 3, 1400);
            }
            others.add(other);
        }
        assertTrue(budget.used() <= budget.limit());
        for (StagedQueue other : others) {
            assertFalse(other.isEmpty());
        }
        assertEquals(0, queue.add(packet(1, 1400), 3, 1400));
    }

    private static ByteBuffer packet(int number, int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length + 10);
        buffer.putInt(3, number);
        return buffer;
    }
}
