// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.internal.ring.ConsumerRing;
import io.pktkit.afxdp.internal.ring.ProducerRing;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.nativeio.Errno;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sending, with a kernel that is played: when it is called, and that no chunk is ever lost. */
class QueueSenderTest {

    private final FakeKernel kernel = new FakeKernel();
    private int drives;

    private final QueueSender sender = sender(true);

    private QueueSender sender(boolean copies) {
        return new QueueSender(
                kernel.chunks,
                FakeKernel.CHUNK,
                new ProducerRing(kernel.tx),
                new ConsumerRing(kernel.completion),
                copies,
                kernel::kick,
                () -> drives++);
    }

    private static Frame frame(String payload) {
        byte[] bytes = new byte[14 + payload.length()];
        System.arraycopy(payload.getBytes(StandardCharsets.US_ASCII), 0, bytes, 14, payload.length());
        return new Frame().wrap(ByteBuffer.wrap(bytes));
    }

    private @Nullable DropReason send(String payload) {
        return sender.send(frame(payload));
    }

    @Test
    void shouldSendAtOnceOutsideABurst() {
        assertNull(send("one"));

        assertEquals(List.of("one"), kernel.sent);
        assertEquals(1, kernel.kicks);
        assertTrue(sender.isPublished());
        assertEquals(FakeKernel.ENTRIES - 1, sender.freeChunks());
        kernel.complete();
        assertEquals(FakeKernel.ENTRIES, sender.freeChunks());
    }

    /** Counts that are no multiple of a batch, as where others leaked: all that was reserved is submitted. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 8})
    void shouldPublishABurstWhole(int count) {
        List<String> expected = new ArrayList<>();
        for (int round = 0; round < 100; round++) {
            Burst burst = Burst.open();
            try {
                for (int i = 0; i < count; i++) {
                    assertNull(send(round + "." + i));
                    expected.add(round + "." + i);
                }
                assertFalse(sender.isPublished(), "it waits for the end");
            } finally {
                burst.close();
            }
            assertTrue(sender.isPublished());
            assertEquals(0, FakeKernel.unread(kernel.tx));
            kernel.complete();
            assertEquals(FakeKernel.ENTRIES, sender.freeChunks(), "round=" + round);
        }
        assertEquals(expected, kernel.sent);
        assertEquals(100, kernel.kicks);
    }

    @Test
    void shouldDropWhenNothingComesBackAndGoOnWhenItDoes() {
        for (int i = 0; i < FakeKernel.ENTRIES; i++) {
            assertNull(send("a" + i));
        }
        assertEquals(DropReason.QUEUE_FULL, send("no"));
        kernel.complete();
        assertNull(send("b"));
        assertEquals("b", kernel.sent.get(FakeKernel.ENTRIES));
    }

    /** In a burst that is longer than the ring nothing moves until the kernel is called: it is, when the ring is full. */
    @Test
    void shouldCallTheKernelWhenTheRingIsFullOfWhatItWasNotTold() {
        Burst burst = Burst.open();
        try {
            for (int i = 0; i < FakeKernel.ENTRIES; i++) {
                assertNull(send("a" + i));
            }
            assertEquals(0, kernel.kicks);
            assertEquals(DropReason.QUEUE_FULL, send("one more"), "sent, and not completed");
            assertEquals(1, kernel.kicks);
            kernel.complete();
            assertNull(send("and now"));
        } finally {
            burst.close();
        }
        assertEquals(FakeKernel.ENTRIES + 1, kernel.sent.size());
    }

    @Test
    void shouldCallAgainWhileACallMovesSomething() {
        kernel.budget = 3;
        Burst burst = Burst.open();
        try {
            for (int i = 0; i < FakeKernel.ENTRIES; i++) {
                assertNull(send("a" + i));
            }
        } finally {
            burst.close();
        }
        assertEquals(FakeKernel.ENTRIES, kernel.sent.size());
        assertEquals(3, kernel.kicks);
        assertEquals(0, drives);
    }

    /** A kernel that takes nothing now is called by the queue's thread until it has. */
    @Test
    void shouldLeaveTheRestToTheThread() {
        kernel.budget = 0;
        assertNull(send("later"));
        assertEquals(2, kernel.kicks);
        assertEquals(1, drives);
        assertTrue(sender.isDriven());
        sender.drive();
        assertTrue(sender.isDriven());
        kernel.budget = 1;
        sender.drive();
        assertFalse(sender.isDriven());
        assertEquals(List.of("later"), kernel.sent);
        assertEquals(1, drives);
    }

    @Test
    void shouldNotCallAKernelThatDoesNotAskForIt() {
        FakeKernel.wakeup(kernel.tx, false);
        assertNull(send("polled"));
        assertEquals(0, kernel.kicks);
        assertTrue(sender.isDriven(), "somebody looks after it");
        kernel.kick();
        sender.drive();
        assertFalse(sender.isDriven());
    }

    /** A driver with zero-copy reads when it comes to it: one bell a batch. */
    @Test
    void shouldRingADriverOnce() {
        QueueSender driver = sender(false);
        kernel.budget = 0;
        assertNull(driver.send(frame("bell")));
        assertEquals(1, kernel.kicks);
        assertTrue(driver.isDriven());
    }

    @Test
    void shouldSayThatTheLinkIsDown() {
        kernel.error = Errno.ENETDOWN;
        assertNull(send("first"), "nobody could know");
        assertEquals(DropReason.LINK_DOWN, send("second"));
        assertFalse(sender.isDriven(), "nothing can be done until it is up");
        kernel.error = 0;
        assertNull(send("third"));
        assertEquals(List.of("first", "third"), kernel.sent);
    }

    /** The kernel may come to the rest by itself, as when the queue's thread waits for frames. */
    @Test
    void shouldNotStayDownWhenTheRestWasSentMeanwhile() {
        kernel.error = Errno.ENETDOWN;
        assertNull(send("first"));
        kernel.error = 0;
        kernel.kick();
        assertNull(send("second"));
        assertEquals(List.of("first", "second"), kernel.sent);
    }

    @Test
    void shouldSendNothingOnceClosed() {
        kernel.budget = 0;
        assertNull(send("left"));
        int kicks = kernel.kicks;
        sender.close();
        assertEquals(DropReason.CLOSED, send("no"));
        sender.flush();
        sender.drive();
        assertEquals(kicks, kernel.kicks);
        assertFalse(sender.isDriven());
    }
}
