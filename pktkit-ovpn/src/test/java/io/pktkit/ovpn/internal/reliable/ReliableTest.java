// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.reliable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.time.Timers;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReliableTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void shouldSendAgainAfterTwoFourEightSeconds() {
        SendWindow window = new SendWindow();
        assertEquals(0, window.add(Opcode.CONTROL_V1, new byte[] {1}, 0));
        assertSent(window, 0, 0);
        assertNull(window.nextDue(2 * SECOND - 1));
        for (long at : new long[] {2, 6, 14, 30, 62, 122, 182}) {
            assertEquals(at * SECOND, window.nextDeadlineNanos());
            assertSent(window, 0, at * SECOND);
        }
        assertEquals(7, window.retransmissions());
        assertTrue(window.acknowledge(0));
        assertEquals(Timers.NEVER, window.nextDeadlineNanos());
        assertTrue(window.isEmpty());
    }

    @Test
    void shouldSendAtOnceWhatThreeLaterAcknowledgmentsShowLost() {
        SendWindow window = new SendWindow();
        for (int i = 0; i < 5; i++) {
            window.add(Opcode.CONTROL_V1, new byte[0], 0);
            assertSent(window, i, 0);
        }
        assertTrue(window.acknowledge(1));
        assertTrue(window.acknowledge(2));
        assertFalse(window.acknowledge(2), "an acknowledgment that comes twice counts once");
        assertNull(window.nextDue(SECOND));
        assertTrue(window.acknowledge(3));
        assertSent(window, 0, SECOND);
        assertNull(window.nextDue(SECOND));
        assertTrue(window.acknowledge(4));
        assertNull(window.nextDue(SECOND), "it takes three more");
        assertEquals(1, window.retransmissions());
    }

    @Test
    void shouldHaveSixPacketsOnTheirWay() {
        SendWindow window = new SendWindow();
        for (int i = 0; i < 6; i++) {
            assertTrue(window.hasRoom());
            window.add(Opcode.CONTROL_V1, new byte[0], 0);
        }
        assertFalse(window.hasRoom());
        for (int i = 1; i < 6; i++) {
            window.acknowledge(i);
        }
        assertFalse(window.hasRoom(), "the receiver's window begins at 0");
        window.acknowledge(0);
        assertTrue(window.hasRoom());
        assertFalse(window.acknowledge(77), "of what was never sent");
    }

    @Test
    void shouldSendInTheOrderOfIdsWhereverTheyAreKept() {
        SendWindow window = new SendWindow();
        for (int i = 0; i < 6; i++) {
            window.add(Opcode.CONTROL_V1, new byte[0], 0);
        }
        assertThrows(IllegalStateException.class, () -> window.add(Opcode.CONTROL_V1, new byte[0], 0));
        assertFalse(window.isEmpty());
        window.acknowledge(0);
        assertEquals(6, window.add(Opcode.CONTROL_V1, new byte[0], 0));
        for (int i = 1; i <= 6; i++) {
            assertSent(window, i, 0);
        }
        window.acknowledge(2);
        assertFalse(window.hasRoom(), "1 to 7 are more than the receiver's window");
        assertFalse(window.hasFastRetransmit());
        window.acknowledge(3);
        window.acknowledge(4);
        assertTrue(window.hasFastRetransmit());
        assertSent(window, 1, 0);
        assertNull(window.nextDue(0));
        assertFalse(window.hasFastRetransmit());
    }

    @Test
    void shouldAcknowledgeOnceWhatIsOwedAgain() {
        Acks acks = new Acks();
        acks.owe(5);
        assertArrayEquals(new int[] {5}, acks.take(Acks.WITH_DATA));
        acks.owe(5);
        assertArrayEquals(new int[] {5}, acks.take(Acks.WITH_DATA));
    }

    @Test
    void shouldNotRepeatAtOnceWhatAnotherSent() {
        SendWindow window = new SendWindow();
        window.addSent(Opcode.CONTROL_HARD_RESET_SERVER_V2, 0);
        assertNull(window.nextDue(0));
        assertSent(window, 0, 2 * SECOND);
        assertEquals(1, window.retransmissions());
        assertEquals(1, window.add(Opcode.CONTROL_V1, new byte[0], 0));
    }

    private static void assertSent(SendWindow window, int id, long nowNanos) {
        SendWindow.Sent sent = window.nextDue(nowNanos);
        assertNotNull(sent, "at " + nowNanos);
        assertEquals(id, sent.id());
    }

    @Test
    void shouldPutPacketsInOrder() {
        ReceiveWindow window = new ReceiveWindow();
        assertEquals(ReceiveWindow.Result.KEPT, window.accept(packet(2)));
        assertEquals(ReceiveWindow.Result.KEPT, window.accept(packet(0)));
        assertEquals(ReceiveWindow.Result.DUPLICATE, window.accept(packet(2)));
        assertPolled(window, 0);
        assertNull(window.poll());
        assertEquals(ReceiveWindow.Result.KEPT, window.accept(packet(1)));
        assertPolled(window, 1);
        assertPolled(window, 2);
        assertEquals(ReceiveWindow.Result.DUPLICATE, window.accept(packet(1)), "to be acknowledged once more");
        assertEquals(ReceiveWindow.Result.KEPT, window.accept(packet(14)));
        assertEquals(ReceiveWindow.Result.OUT_OF_WINDOW, window.accept(packet(15)));
        assertEquals(ReceiveWindow.Result.DUPLICATE, window.accept(packet(-1)), "long ago");
    }

    @Test
    void shouldBeginBehindTheResetThatWasAnsweredStatelessly() {
        ReceiveWindow window = new ReceiveWindow();
        window.skipFirst();
        assertEquals(ReceiveWindow.Result.DUPLICATE, window.accept(packet(0)));
        assertEquals(ReceiveWindow.Result.KEPT, window.accept(packet(1)));
        assertPolled(window, 1);
    }

    private static ControlPacket packet(int id) {
        return new ControlPacket(Opcode.CONTROL_V1, 0, 1, new int[0], 0, id, new byte[0]);
    }

    private static void assertPolled(ReceiveWindow window, int id) {
        @Nullable ControlPacket packet = window.poll();
        assertNotNull(packet);
        assertEquals(id, packet.packetId());
    }

    @Test
    void shouldGiveRecentAcknowledgmentsAgainWhereThereIsRoom() {
        Acks acks = new Acks();
        acks.owe(0);
        assertArrayEquals(new int[] {0}, acks.take(Acks.WITH_DATA));
        assertFalse(acks.isOwing());
        acks.owe(1);
        acks.owe(1);
        assertArrayEquals(new int[] {1, 0}, acks.take(Acks.WITH_DATA));
        for (int id = 2; id < 8; id++) {
            acks.owe(id);
        }
        assertArrayEquals(new int[] {2, 3, 4, 5}, acks.take(Acks.WITH_DATA), "the owed ones first");
        assertTrue(acks.isOwing());
        assertArrayEquals(new int[] {6, 7, 5, 4, 3, 2, 1, 0}, acks.take(Acks.ALONE));
        assertFalse(acks.isOwing());
    }

    @Test
    void shouldOweEightAtMost() {
        Acks acks = new Acks();
        for (int id = 0; id < 10; id++) {
            acks.owe(id);
        }
        assertArrayEquals(new int[] {2, 3, 4, 5, 6, 7, 8, 9}, acks.take(Acks.ALONE));
    }
}
