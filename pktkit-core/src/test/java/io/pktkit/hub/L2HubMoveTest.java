// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Stations that move, and stations that others pretend to be. The victim has number 1 and is behind A at first. */
class L2HubMoveTest {

    private static final long ALL = 0xFFFF_FFFF_FFFFL;
    private static final int VICTIM = 1;
    private static final int WATCHER = 9;

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);
    private final Station a = new Station(101);
    private final Station b = new Station(102);
    private final Station c = new Station(103);
    private final Station watcher = new Station(104);
    private final HubPort portA = hub.connect(a);
    private final HubPort portB = hub.connect(b);
    private final HubPort portC = hub.connect(c);
    private final HubPort portWatcher = hub.connect(watcher);

    @BeforeEach
    void learn() {
        from(watcher, WATCHER);
        from(a, VICTIM);
    }

    @Test
    void shouldMoveAStationThatIsSilentWhereItWas() {
        from(b, VICTIM);
        millis(499);
        from(b, VICTIM);
        assertBehind(a);

        millis(1);
        from(b, VICTIM);

        assertBehind(b);
        assertEquals(2, hub.stats().movesDamped());
        assertEquals(0, portA.macCount());
        assertEquals(1, portB.macCount());
    }

    @Test
    void shouldNotMoveAStationThatIsHeardWhereItWas() {
        for (int i = 0; i < 100; i++) {
            from(b, VICTIM);
            assertBehind(a);
            millis(499);
            from(a, VICTIM);
            millis(499);
            from(b, VICTIM);
            assertBehind(a);
        }
        assertEquals(200, hub.stats().movesDamped());
        assertEquals(0, portB.macCount());
    }

    @Test
    void shouldBeginTheWaitAnewWhenTheStationWasHeard() {
        from(b, VICTIM);
        millis(400);
        from(a, VICTIM);
        millis(400);
        from(b, VICTIM); // only now does the silence count again
        millis(499);
        from(b, VICTIM);
        assertBehind(a);

        millis(1);
        from(b, VICTIM);

        assertBehind(b);
    }

    @Test
    void shouldCountTheSilenceWhoeverClaims() {
        from(b, VICTIM);
        millis(300);
        from(c, VICTIM);
        millis(200);

        from(c, VICTIM);

        assertBehind(c);
    }

    @Test
    void shouldPassWhatOtherPortsSendMeanwhileAndDropWhatGuestsSend() {
        watcher.inbox.clear();
        from(b, VICTIM);
        assertEquals(1, watcher.inbox.size());

        portB.setGuest(io.pktkit.hub.guard.GuestProfile.DEFAULT, io.pktkit.hub.guard.AddressBindings.create(time));
        from(b, VICTIM);

        assertEquals(1, watcher.inbox.size());
        assertEquals(1, portB.dropped(DropReason.MOVE_DAMPED));
        assertEquals(1, hub.stats().dropped(DropReason.MOVE_DAMPED));
    }

    /** Each theft from a station that is silent for a while takes twice the silence of the one before. */
    @Test
    void shouldGiveAStationBackAtOnceAndWaitTwiceAsLongTheNextTime() {
        long wait = 500;
        for (int theft = 0; theft < 10; theft++) {
            from(b, VICTIM);
            millis(wait - 1);
            from(b, VICTIM);
            assertBehind(a);
            millis(1);
            from(b, VICTIM);
            assertBehind(b);

            from(a, VICTIM);
            assertBehind(a);
            wait = Math.min(2 * wait, 64_000);
        }
    }

    @Test
    void shouldHoldWhatCameHomeAgainstAnotherThiefToo() {
        move(b, 500);
        from(a, VICTIM);

        from(c, VICTIM);
        millis(999);
        from(c, VICTIM);

        assertBehind(a);
        millis(1);
        from(c, VICTIM);
        assertBehind(c);
    }

    @Test
    void shouldForgetADisputeThatRestedForFiveMinutes() {
        move(b, 500);
        from(a, VICTIM);
        rest(Duration.ofSeconds(299), a);
        from(b, VICTIM);
        millis(999);
        from(b, VICTIM);
        assertBehind(a);

        rest(Duration.ofMinutes(5), a);
        from(b, VICTIM);
        millis(500);
        from(b, VICTIM);

        assertBehind(b);
    }

    @Test
    void shouldBeAtHomeWhereItHasBeenForFiveMinutes() {
        move(b, 500);
        rest(Duration.ofMinutes(5), b);

        from(a, VICTIM);

        assertBehind(b);
        millis(500);
        from(a, VICTIM);
        assertBehind(a);
    }

    @Test
    void shouldMoveAtOnceWhenThePortIsClosed() {
        portA.close();

        from(b, VICTIM);

        assertBehind(b);
        assertEquals(0, hub.stats().movesDamped());
    }

    @Test
    void shouldMoveAStationWhenTheTableIsFull() {
        fillTable();

        move(c, 500);

        assertBehind(c);
        for (int i = 0; i < 240; i++) { // it stays there, and is refreshed, and the old entries age
            time.advance(Duration.ofSeconds(5));
            from(c, VICTIM);
        }
        assertBehind(c);
        assertEquals(0, portA.macCount());
        assertEquals(1, portC.macCount());
        assertEquals(2, hub.macTableSize(), "the victim and the watcher");
    }

    @Test
    void shouldRefreshAStationWhenTheTableIsFull() {
        fillTable();
        time.advance(Duration.ofSeconds(200));
        from(a, VICTIM);
        time.advance(Duration.ofSeconds(200));

        assertEquals(1, portA.macCount());
        assertBehind(a);
    }

    @Test
    void shouldRefreshAndMoveAwayAtThePortsLimit() {
        portA.setMacLimit(1);
        from(a, 2);
        assertEquals(1, hub.stats().learnRefused());
        time.advance(Duration.ofSeconds(200));
        from(a, VICTIM);
        time.advance(Duration.ofSeconds(200));
        assertEquals(1, portA.macCount());

        move(b, 500);

        assertBehind(b);
        from(a, 2);
        assertEquals(1, portA.macCount());
    }

    @Test
    void shouldLearnAgainWhenAFullTableHasAged() {
        fillTable();
        from(b, 0x77);
        assertEquals(1, hub.stats().learnRefused());
        time.advance(Duration.ofMinutes(6));

        from(b, 0x77);

        assertEquals(1, hub.macTableSize());
        assertEquals(1, portB.macCount());
    }

    /** A frame in the second half of an entry's life keeps it for as long again; one in the first half changes nothing. */
    @Test
    void shouldAgeFromTheRefreshOn() {
        time.advance(Duration.ofSeconds(150));
        from(a, VICTIM);
        time.advance(Duration.ofSeconds(299));
        assertEquals(1, portA.macCount());
        time.advance(Duration.ofSeconds(6));
        assertEquals(0, portA.macCount());
    }

    @Test
    void shouldRefreshAStationThatWasClaimed() {
        from(b, VICTIM);
        time.advance(Duration.ofSeconds(200));
        from(a, VICTIM);
        time.advance(Duration.ofSeconds(200));

        assertEquals(1, portA.macCount());
    }

    private void fillTable() {
        portWatcher.setMacLimit(ForwardingTable.MAX_ENTRIES);
        for (int i = 0; hub.macTableSize() < ForwardingTable.MAX_ENTRIES; i++) {
            from(watcher, 0x10_0000 + i);
        }
        assertEquals(0, hub.stats().learnRefused());
    }

    private void move(Station to, long wait) {
        from(to, VICTIM);
        millis(wait);
        from(to, VICTIM);
        assertBehind(to);
    }

    /** Lets time pass with nobody claiming; the station is heard, so that it does not age. */
    private void rest(Duration duration, Station at) {
        long seconds = duration.toSeconds();
        for (long i = 0; i < seconds; i++) {
            time.advance(Duration.ofSeconds(1));
            if (i % 60 == 0) {
                from(at, VICTIM);
            }
        }
    }

    private void assertBehind(Station expected) {
        for (Station station : new Station[] {a, b, c}) {
            station.inbox.clear();
        }
        watcher.inject(Station.frame(Station.mac(VICTIM), Station.mac(WATCHER), "0800"));
        for (Station station : new Station[] {a, b, c}) {
            assertEquals(station == expected ? 1 : 0, station.inbox.size(), "port of " + station.macAddress());
        }
        assertTrue(hub.stats().forwarded() > 0);
    }

    private void millis(long millis) {
        time.advance(Duration.ofMillis(millis));
    }

    private static void from(Station station, int source) {
        station.inject(Station.frame(ALL, Station.mac(source), "88b5"));
    }
}
