// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.internal.crypto.TransportKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One session and its end, and the three that a peer has. */
class KeypairTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long LIMIT = 0xFFFF_FFFF_FFFF_DFFFL;
    private static final long START = -400 * SECOND;

    private static final class Key implements TransportKey {
        private boolean wiped;

        @Override
        public boolean seal(long counter, ByteBuffer buffer, int offset, int length) {
            return !wiped;
        }

        @Override
        public boolean open(long counter, ByteBuffer buffer, int offset, int length) {
            return !wiped;
        }

        @Override
        public void wipe() {
            wiped = true;
        }
    }

    private final IndexTable<String> table = new IndexTable<>();
    private final List<Keypair> displaced = new ArrayList<>();
    private final Keypairs three = new Keypairs(displaced::add);

    private Keypair keypair(boolean initiator) {
        return new Keypair(new Key(), new Key(), table.add("peer", new Random(2)), 77, initiator, START);
    }

    @Test
    void shouldCountUpToTheLimit() {
        Keypair pair = keypair(true);
        assertEquals(0, pair.nextCounter());
        assertEquals(1, pair.nextCounter());
        pair.skipTo(LIMIT - 1);
        assertTrue(pair.maySend(START));
        assertEquals(LIMIT - 1, pair.nextCounter());
        assertFalse(pair.maySend(START));
        assertTrue(pair.mayReceive(START));
        assertEquals(Keypair.NO_COUNTER, pair.nextCounter());
        assertEquals(Keypair.NO_COUNTER, pair.nextCounter());
    }

    @Test
    void shouldBeSentUnderAndReceivedUnderFor180Seconds() {
        Keypair pair = keypair(true);
        assertTrue(pair.maySend(START + 180 * SECOND - 1));
        assertTrue(pair.mayReceive(START + 180 * SECOND - 1));
        assertFalse(pair.maySend(START + 180 * SECOND));
        assertFalse(pair.mayReceive(START + 180 * SECOND));
        pair.stopSending();
        assertFalse(pair.maySend(START));
        assertTrue(pair.mayReceive(START));
    }

    @Test
    void shouldBeReplacedByItsInitiatorForItsAgeAndByBothForItsUse() {
        for (boolean initiator : new boolean[] {true, false}) {
            Keypair pair = keypair(initiator);
            assertFalse(pair.isStale(START + 120 * SECOND));
            assertEquals(initiator, pair.isStale(START + 120 * SECOND + 1));
            assertFalse(pair.isInLastMinute(START + 165 * SECOND));
            assertEquals(initiator, pair.isInLastMinute(START + 165 * SECOND + 1));
            pair.skipTo(1L << 60);
            assertFalse(pair.isStale(START));
            pair.skipTo((1L << 60) + 1);
            assertTrue(pair.isStale(START));
            pair.skipTo(-1L << 62);
            assertTrue(pair.isStale(START), "counters are unsigned");
        }
    }

    @Test
    void shouldTakeEachCounterOnceAndNoneFromTheLimitOn() {
        Keypair pair = keypair(true);
        assertTrue(pair.isNewest(0));
        assertTrue(pair.mark(0));
        assertFalse(pair.isNew(0));
        assertTrue(pair.mark(10_000));
        assertTrue(pair.isNewest(10_000));
        assertFalse(pair.isNewest(9_999));
        assertTrue(pair.isNew(10_000 - 8128));
        assertFalse(pair.isNew(10_000 - 8129));
        assertTrue(pair.mark(LIMIT - 1));
        assertFalse(pair.isNew(LIMIT));
        assertFalse(pair.mark(LIMIT));
        assertFalse(pair.mark(-1));
        assertTrue(pair.mark(LIMIT - 2));
        assertFalse(pair.isNewest(LIMIT - 2));
    }

    @Test
    void shouldDoNothingWhenDead() {
        Keypair pair = keypair(true);
        pair.kill();
        assertFalse(pair.mayReceive(START));
        assertFalse(pair.maySend(START));
        assertTrue(((Key) pair.send()).wiped);
        assertTrue(((Key) pair.receive()).wiped);
    }

    @Test
    void shouldBeSentUnderByTheResponderOnceTheInitiatorHasConfirmed() {
        assertTrue(three.isEmpty());
        Keypair first = keypair(false);
        three.responded(first);
        assertFalse(three.isEmpty());
        assertNull(three.current());
        Keypair second = keypair(false);
        three.responded(second);
        assertEquals(List.of(first), displaced, "one that was never confirmed");
        assertFalse(three.received(first));
        assertTrue(three.received(second));
        assertSame(second, three.current());
        assertFalse(three.isPrevious(second));
        assertFalse(three.received(second), "once");

        Keypair third = keypair(false);
        three.responded(third);
        assertSame(second, three.current());
        assertTrue(three.received(third));
        assertTrue(three.isPrevious(second));
        Keypair fourth = keypair(false);
        three.responded(fourth);
        assertEquals(List.of(first, second), displaced, "a session that begins ends the one before the current");
        assertFalse(three.isPrevious(second));
        assertTrue(three.received(fourth));
        assertTrue(three.isPrevious(third));
        assertTrue(first.nextCounter() >= 0 && !first.mayReceive(START), "what is displaced is killed");
    }

    @Test
    void shouldBeSentUnderByTheInitiatorAtOnce() {
        Keypair first = keypair(true);
        Keypair second = keypair(true);
        Keypair third = keypair(true);
        three.initiated(first);
        assertFalse(three.isEmpty());
        assertSame(first, three.current());
        three.initiated(second);
        assertTrue(three.isPrevious(first));
        three.initiated(third);
        assertEquals(List.of(first), displaced);
        assertTrue(three.isPrevious(second));
        assertSame(third, three.current());
    }

    /** The peer sends under the session that we responded to, until it hears of ours. */
    @Test
    void shouldKeepTheSessionThatCrossed() {
        Keypair old = keypair(true);
        Keypair crossed = keypair(false);
        Keypair ours = keypair(true);
        three.initiated(old);
        three.responded(crossed);
        three.initiated(ours);
        assertEquals(List.of(old), displaced);
        assertSame(ours, three.current());
        assertTrue(three.isPrevious(crossed));
        assertFalse(three.received(crossed));
        assertSame(ours, three.current());
    }

    @Test
    void shouldKillAllThree() {
        Keypair previous = keypair(true);
        Keypair current = keypair(true);
        Keypair next = keypair(false);
        three.responded(previous);
        three.received(previous);
        three.initiated(current);
        three.responded(next);
        assertEquals(List.of(previous), displaced);
        three.clear();
        assertEquals(List.of(previous, next, current), displaced);
        assertTrue(three.isEmpty());
        assertNull(three.current());
        three.clear();
        assertEquals(3, displaced.size());

        Keypair last = keypair(true);
        three.initiated(last);
        three.initiated(keypair(true));
        three.clear();
        assertEquals(5, displaced.size());
        assertFalse(three.isPrevious(last));
    }

    @Test
    void shouldStopSendingUnderWhatThereIs() {
        three.stopSending();
        Keypair current = keypair(true);
        Keypair next = keypair(false);
        three.initiated(current);
        three.stopSending();
        assertFalse(current.maySend(START));
        three.responded(next);
        three.stopSending();
        assertFalse(next.maySend(START));
        assertTrue(next.mayReceive(START));
        assertNotNull(three.current());
    }
}
