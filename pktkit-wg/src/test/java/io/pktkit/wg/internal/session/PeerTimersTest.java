// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.Timers;
import io.pktkit.wg.internal.session.PeerTimers.Action;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class PeerTimersTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final RandomGenerator SAME = () -> 0x5555_5555_5555_5555L;

    private final long jitter = new Jitter(SAME).next();
    private final PeerTimers timers = new PeerTimers(new Jitter(SAME));

    @Test
    void shouldRepeatAnInitiationLaterByTheJitter() {
        assertTrue(jitter > 0);
        assertTrue(timers.claimInitiation(0, true));
        long first = Limits.REKEY_TIMEOUT + jitter;

        assertNull(timers.takeDue(first - 1));
        assertSame(Action.RETRANSMIT, timers.takeDue(first));
        assertNull(timers.takeDue(2 * first - 1));
        assertSame(Action.RETRANSMIT, timers.takeDue(2 * first));
    }

    @Test
    void shouldBeInitiatingUntilTheHandshakeIsComplete() {
        assertFalse(timers.isInitiating());
        assertTrue(timers.claimInitiation(0, true));
        assertTrue(timers.isInitiating());

        timers.handshakeComplete();

        assertFalse(timers.isInitiating());
    }

    @Test
    void shouldAskForOneHandshakeInTheLastMinuteOfASession() {
        assertTrue(timers.claimLastMinute());
        assertFalse(timers.claimLastMinute());

        timers.handshakeComplete();

        assertTrue(timers.claimLastMinute());
    }

    @Test
    void shouldCountTheIntervalOfKeepalivesFromWhatWasReceivedToo() {
        timers.persistentInterval(25 * SECOND, 0);
        assertSame(Action.PERSISTENT_KEEPALIVE, timers.takeDue(0));
        timers.sent(0);
        timers.received(10 * SECOND);

        assertNull(timers.takeDue(35 * SECOND - 1));
        assertSame(Action.PERSISTENT_KEEPALIVE, timers.takeDue(35 * SECOND));
    }

    @Test
    void shouldAskForAWakeUpOnceForEachEarlierTime() {
        assertEquals(Timers.NEVER, timers.takeEarlierWakeUp());
        timers.expiresAt(20 * SECOND);
        assertEquals(20 * SECOND, timers.expiresAt());
        assertEquals(20 * SECOND, timers.takeEarlierWakeUp());
        assertEquals(Timers.NEVER, timers.takeEarlierWakeUp());

        timers.oweKeepalive(0);

        assertEquals(Limits.KEEPALIVE_TIMEOUT, timers.takeEarlierWakeUp());
        assertEquals(Timers.NEVER, timers.takeEarlierWakeUp());
        timers.wokenUp();
        assertEquals(Limits.KEEPALIVE_TIMEOUT, timers.takeEarlierWakeUp());
    }
}
