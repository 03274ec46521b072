// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.Timers;
import io.pktkit.wg.internal.session.Keypair;
import io.pktkit.wg.internal.session.Limits;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows of the timer table, each just before its limit, at it, and after. The wire has no delay. */
class TimerTableTest {

    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1000 * MILLI;

    private final World world = new World(1);
    private Host a;
    private Host b;
    private long start;

    /** b responds to the session that a initiates at the start, and after that nothing is on the wire. */
    @BeforeEach
    void establish() {
        world.delay = 0;
        a = world.host("192.0.2.1");
        b = world.host("192.0.2.2");
        World.join(a, b);
        a.engine.initiate(a.peer, world.now, a);
        world.run(Duration.ZERO);
        start = world.now;
        assertEquals(1, a.count(1));
        assertEquals(1, b.count(2));
        assertEquals(1, a.count(4));
        assertTrue(b.peer.hasSession(world.now));
        a.forget();
        b.forget();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 200, 333})
    void shouldRepeatAnInitiationAfterFiveSecondsAndJitter(int jitter) {
        world.jitterMillis = jitter;
        a.connected = false;
        at(a, start + 5 * SECOND);
        a.engine.initiate(a.peer, world.now, a);
        byte[] first = a.last(1);
        long due = world.now + 5 * SECOND + jitter * MILLI;
        at(a, due - 1);
        assertEquals(1, a.count(1));
        at(a, due);
        assertEquals(2, a.count(1));
        byte[] second = a.last(1);
        assertFalse(Arrays.equals(first, 8, 40, second, 8, 40), "a new ephemeral key");
        assertFalse(Arrays.equals(first, 4, 8, second, 4, 8), "a new index");
        b.receive(second, a.endpoint);
        assertEquals(1, b.count(2));
        b.receive(first, a.endpoint);
        assertEquals(1, b.engine.drops(WgDrop.REPLAYED_INITIATION), "the timestamp of the second is greater");
    }

    @Test
    void shouldGiveUpAfterTwentyInitiations() {
        AtomicInteger lost = new AtomicInteger();
        Host c = lonely(lost);
        assertEquals(SendResult.STAGED, c.send(a, 100));
        assertEquals(SendResult.STAGED, c.send(a, 100));
        long begun = world.now;
        runAlone(c, begun + 95 * SECOND);
        assertEquals(20, c.count(1));
        assertEquals(begun + 19 * 5 * SECOND, c.sentAt.get(19));
        assertEquals(0, c.engine.drops(WgDrop.STAGED));
        assertEquals(0, lost.get());
        runAlone(c, begun + 100 * SECOND - 1);
        assertEquals(0, lost.get());
        runAlone(c, begun + 100 * SECOND);
        assertEquals(1, lost.get());
        assertEquals(2, c.engine.drops(WgDrop.STAGED));
        assertEquals(1, c.engine.indexCount());
        runAlone(c, begun + 640 * SECOND - 1);
        assertEquals(1, c.engine.indexCount());
        runAlone(c, begun + 640 * SECOND);
        assertEquals(0, c.engine.indexCount(), "what is left of the attempt is wiped");
        runAlone(c, begun + 10_000 * SECOND);
        assertEquals(20, c.count(1));
        assertEquals(Timers.NEVER, c.engine.nextDeadlineNanos());
        assertEquals(1, lost.get());
    }

    @Test
    void shouldBeginAgainAfterGivingUp() {
        Host c = lonely(new AtomicInteger());
        c.send(a, 100);
        runAlone(c, world.now + 200 * SECOND);
        assertEquals(20, c.count(1));
        c.send(a, 100);
        runAlone(c, world.now + 200 * SECOND);
        assertEquals(40, c.count(1));
    }

    @Test
    void shouldReplaceAnOldKeyWhenSending() {
        at(a, start + 120 * SECOND);
        a.send(b, 10);
        assertEquals(0, a.count(1));
        at(a, start + 120 * SECOND + 1);
        a.send(b, 10);
        assertEquals(1, a.count(1));
        a.send(b, 10);
        assertEquals(1, a.count(1));
    }

    @Test
    void shouldNotReplaceAnOldKeyAsTheResponder() {
        for (long seconds = 1; seconds < 180; seconds++) {
            at(b, start + seconds * SECOND);
            assertEquals(SendResult.SENT, b.send(a, 10));
            world.run(Duration.ZERO);
        }
        assertEquals(0, b.count(1));
    }

    @Test
    void shouldReplaceAKeyThatWasUsedOften() {
        current(b).skipTo(Limits.REKEY_AFTER_MESSAGES - 1);
        at(b, start + 10 * SECOND);
        b.send(a, 10);
        assertEquals(0, b.count(1), "that was message 2^60 - 1");
        b.send(a, 10);
        assertEquals(1, b.count(1));
    }

    @Test
    void shouldReplaceAKeyInItsLastMinuteOnceWhenDataComes() {
        a.connected = false;
        b.connected = false;
        at(a, start + 165 * SECOND);
        assertEquals(SendResult.SENT, b.send(a, 10));
        a.receive(b.last(4), b.endpoint);
        assertEquals(0, a.count(1));
        at(a, start + 165 * SECOND + 1);
        b.send(a, 10);
        a.receive(b.last(4), b.endpoint);
        assertEquals(1, a.count(1));
        b.send(a, 10);
        a.receive(b.last(4), b.endpoint);
        assertEquals(1, a.count(1));
        assertEquals(3, a.packets.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 333})
    void shouldMakeANewSessionWhenNothingComesBack(int jitter) {
        world.jitterMillis = jitter;
        a.connected = false;
        at(a, start + 20 * SECOND);
        a.send(b, 10);
        long due = world.now + 15 * SECOND + jitter * MILLI;
        at(a, due - 5 * SECOND);
        a.send(b, 10);
        at(a, due - 1);
        assertEquals(0, a.count(1));
        at(a, due);
        assertEquals(1, a.count(1));
    }

    @Test
    void shouldNotMakeANewSessionWhenAKeepaliveComesBack() {
        a.connected = false;
        at(a, start + 20 * SECOND);
        a.send(b, 10);
        at(a, start + 34 * SECOND);
        b.engine.sendKeepalive(b.peer, world.now, b);
        world.run(Duration.ZERO);
        at(a, start + 100 * SECOND);
        assertEquals(0, a.count(1));
    }

    /** Timers count what is authentic only, or anybody on the way could keep a dead session alive. */
    @Test
    void shouldNotTakeWhatIsForgedForASignOfLife() {
        a.connected = false;
        b.connected = false;
        b.engine.sendKeepalive(b.peer, start + SECOND, b);
        byte[] forged = b.last(4);
        forged[forged.length - 1] ^= 1;
        at(a, start + 20 * SECOND);
        a.send(b, 10);
        long due = a.engine.nextDeadlineNanos();
        assertEquals(start + 35 * SECOND, due);
        world.now = start + 34 * SECOND;
        a.receive(forged, b.endpoint);
        assertEquals(1, a.engine.drops(WgDrop.BAD_TAG));
        assertEquals(due, a.engine.nextDeadlineNanos());
        at(a, due);
        assertEquals(1, a.count(1));
    }

    @Test
    void shouldNotMakeANewSessionForAKeepalive() {
        a.connected = false;
        at(a, start + 20 * SECOND);
        a.engine.sendKeepalive(a.peer, world.now, a);
        at(a, start + 100 * SECOND);
        assertEquals(0, a.count(1));
        assertEquals(1, a.count(4));
    }

    @Test
    void shouldConfirmDataAfterTenSeconds() {
        at(a, start + 20 * SECOND);
        a.send(b, 10);
        world.run(Duration.ZERO);
        at(b, start + 30 * SECOND - 1);
        assertEquals(0, b.count(4));
        at(b, start + 30 * SECOND);
        assertEquals(1, b.count(4));
        assertEquals(32, b.last().length);
        world.run(Duration.ofSeconds(100));
        assertEquals(1, b.count(4), "once");
        assertEquals(1, a.count(4), "and a keepalive is not confirmed");
    }

    @Test
    void shouldConfirmAgainWhenMoreDataCameMeanwhile() {
        at(a, start + 20 * SECOND);
        a.send(b, 10);
        world.run(Duration.ofSeconds(5));
        a.send(b, 10);
        world.run(Duration.ofSeconds(5));
        assertEquals(1, b.count(4));
        at(b, start + 40 * SECOND - 1);
        assertEquals(1, b.count(4));
        at(b, start + 40 * SECOND);
        assertEquals(2, b.count(4));
        world.run(Duration.ofSeconds(60));
        assertEquals(2, b.count(4));
    }

    @Test
    void shouldTakeAnythingSentForAConfirmation() {
        at(a, start + 20 * SECOND);
        a.send(b, 10);
        world.run(Duration.ofSeconds(1));
        a.send(b, 10);
        world.run(Duration.ofSeconds(1));
        b.send(a, 10);
        a.connected = false;
        at(b, start + 60 * SECOND);
        assertEquals(1, b.count(4), "only the packet");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 25, 65_535})
    void shouldSendPersistentKeepalives(int seconds) {
        // Far from the limits of the session for the long one.
        a.peer.setPersistentKeepalive(seconds, world.now);
        at(a, start);
        assertEquals(1, a.count(4), "the first at once");
        if (seconds < 100) {
            at(a, start + seconds * SECOND - 1);
            assertEquals(1, a.count(4));
            at(a, start + seconds * SECOND);
            assertEquals(2, a.count(4));
        } else {
            at(a, start + 1000 * SECOND);
            assertEquals(1, a.sent.size());
            at(a, start + seconds * SECOND - 1);
            assertEquals(1, a.sent.size());
            at(a, start + seconds * SECOND);
            assertEquals(1, a.count(1), "there is no session any more, so one is asked for");
        }
        a.peer.setPersistentKeepalive(0, world.now);
        world.run(Duration.ZERO);
        int sent = a.sent.size();
        world.run(Duration.ofSeconds(3));
        assertEquals(sent, a.sent.size());
    }

    @Test
    void shouldCountSentAndReceivedForPersistentKeepalives() {
        a.peer.setPersistentKeepalive(25, world.now);
        at(a, start);
        a.forget();
        at(a, start + 20 * SECOND);
        b.engine.sendKeepalive(b.peer, world.now, b);
        world.run(Duration.ZERO);
        at(a, start + 40 * SECOND);
        a.engine.sendKeepalive(a.peer, world.now, a);
        a.forget();
        at(a, start + 65 * SECOND - 1);
        assertEquals(0, a.sent.size());
        at(a, start + 65 * SECOND);
        assertEquals(1, a.sent.size());
    }

    @Test
    void shouldKeepOnTryingForAPersistentKeepaliveAtItsPace() {
        Host c = lonely(new AtomicInteger());
        c.peer.setPersistentKeepalive(25, world.now);
        long begun = world.now;
        runAlone(c, begun + 95 * SECOND);
        assertEquals(20, c.count(1));
        runAlone(c, begun + 120 * SECOND - 1);
        assertEquals(20, c.count(1));
        runAlone(c, begun + 120 * SECOND);
        assertEquals(21, c.count(1), "25 s after the last initiation");
    }

    @Test
    void shouldGiveUpThoughPersistentKeepalivesComeFasterThanRepetitions() {
        AtomicInteger lost = new AtomicInteger();
        Host c = lonely(lost);
        c.peer.setPersistentKeepalive(1, world.now);
        runAlone(c, world.now + 101 * SECOND);
        assertEquals(1, lost.get());
        runAlone(c, world.now + 500 * SECOND);
        assertTrue(c.count(1) > 100, "and begins again");
    }

    @Test
    void shouldInitiateAtMostEveryFiveSeconds() {
        a.connected = false;
        at(a, start + 5 * SECOND - 1);
        a.engine.initiate(a.peer, world.now, a);
        assertEquals(0, a.count(1));
        at(a, start + 5 * SECOND);
        assertEquals(1, a.count(1), "it was remembered");
        for (int i = 0; i < 49; i++) {
            at(a, start + 5 * SECOND + i * (100 * MILLI));
            a.engine.initiate(a.peer, world.now, a);
        }
        assertEquals(1, a.count(1));
    }

    @Test
    void shouldRefuseAnOldSession() {
        a.connected = false;
        b.connected = false;
        at(a, start + 180 * SECOND - 1);
        assertEquals(SendResult.SENT, a.send(b, 10));
        byte[] early = a.last(4);
        assertEquals(SendResult.SENT, b.send(a, 10));
        b.receive(early, a.endpoint);
        assertEquals(1, b.packets.size());
        assertEquals(SendResult.SENT, a.send(b, 10));
        byte[] late = a.last(4);
        world.now = start + 180 * SECOND;
        b.receive(late, a.endpoint);
        assertEquals(1, b.packets.size());
        assertEquals(1, b.engine.drops(WgDrop.KEY_EXPIRED));
        assertEquals(SendResult.STAGED, a.send(b, 10));
        assertEquals(SendResult.STAGED, b.send(a, 10));
        assertEquals(1, b.count(1));
    }

    @Test
    void shouldRefuseAUsedUpSession() {
        current(a).skipTo(Limits.REJECT_AFTER_MESSAGES - 1);
        at(a, start + 10 * SECOND);
        b.connected = false;
        assertEquals(SendResult.SENT, a.send(b, 10));
        world.run(Duration.ZERO);
        assertEquals(1, b.packets.size(), "the last counter there is");
        assertEquals(SendResult.STAGED, a.send(b, 10));
        assertEquals(1, a.count(1));
        assertFalse(a.peer.hasSession(world.now));
    }

    @Test
    void shouldWipeKeysAfterNineMinutes() {
        at(a, start + 540 * SECOND - 1);
        assertEquals(1, a.engine.indexCount());
        at(a, start + 540 * SECOND);
        assertEquals(0, a.engine.indexCount());
        assertEquals(Timers.NEVER, a.engine.nextDeadlineNanos());
        assertNotEquals(null, a.peer.stats().lastHandshake());
    }

    @Test
    void shouldAskOnceForASessionWhenAKeepaliveIsDueWithoutOne() {
        a.connected = false;
        b.connected = false;
        at(a, start + 175 * SECOND);
        a.send(b, 10);
        byte[] first = a.last(4);
        a.send(b, 10);
        b.receive(first, a.endpoint);
        b.receive(a.last(4), a.endpoint);
        at(b, start + 185 * SECOND);
        assertEquals(0, b.count(4));
        assertEquals(1, b.count(1));
        runAlone(b, start + 10_000 * SECOND);
        assertEquals(20, b.count(1));
    }

    @Test
    void shouldBeSilentForTenMinutesWhenIdle() {
        world.run(Duration.ofMinutes(10));
        assertEquals(0, a.sent.size());
        assertEquals(0, b.sent.size());
    }

    @Test
    void shouldFallSilentAfterAnExchange() {
        a.send(b, 10);
        world.run(Duration.ofSeconds(1));
        b.send(a, 10);
        world.run(Duration.ofSeconds(30));
        a.forget();
        b.forget();
        world.run(Duration.ofMinutes(10));
        assertEquals(0, a.sent.size() + b.sent.size());
    }

    /** A third host whose peer is a, and which reaches nobody. */
    private Host lonely(AtomicInteger lost) {
        Host c = world.host("192.0.2.3", world.config().listener(new WgPeerListener() {
            @Override
            public void sessionLost(WgPeer peer) {
                lost.incrementAndGet();
            }
        }));
        c.connected = false;
        c.peer = c.identity.addPeer(a.identity.publicKey(), World.options(a), world.now);
        return c;
    }

    private static Keypair current(Host host) {
        return Objects.requireNonNull(host.peer.keypairs.current());
    }

    /** Sets the clock and lets one host do what is due; what others send is left on the wire. */
    private void at(Host host, long time) {
        world.now = time;
        while (host.engine.nextDeadlineNanos() != Timers.NEVER && host.engine.nextDeadlineNanos() - time <= 0) {
            host.engine.onTimer(time, host);
        }
    }

    /** Lets one host run with the clock, so that it acts at its own times. */
    private void runAlone(Host host, long until) {
        while (host.engine.nextDeadlineNanos() != Timers.NEVER && host.engine.nextDeadlineNanos() - until <= 0) {
            at(host, Math.max(world.now, host.engine.nextDeadlineNanos()));
        }
        world.now = until;
    }
}
