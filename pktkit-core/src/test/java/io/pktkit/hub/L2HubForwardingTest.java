// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class L2HubForwardingTest {

    private static final long GROUP = 0x01_00_5e_00_00_01L;
    private static final long ALL = 0xFFFF_FFFF_FFFFL;

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);
    private final Station a = new Station(1);
    private final Station b = new Station(2);
    private final Station c = new Station(3);
    private final HubPort portA = hub.connect(a);
    private final HubPort portB = hub.connect(b);
    private final HubPort portC = hub.connect(c);

    @Test
    void shouldFloodUnknownAndThenForwardToTheOnePort() {
        String toB = frame(2, 1);
        String toA = frame(1, 2);

        a.inject(toB);
        b.inject(toA);
        a.inject(toB);

        assertEquals(List.of(toB, toB), b.inbox);
        assertEquals(List.of(toB), c.inbox);
        assertEquals(List.of(toA), a.inbox);
        assertEquals(2, hub.stats().forwarded());
        assertEquals(1, hub.stats().unknownUnicasts());
        assertEquals(3, hub.stats().received());
        assertEquals(2, hub.macTableSize());
        assertEquals(1, portA.macCount());
    }

    @Test
    void shouldFloodGroupsToAllButTheSource() {
        b.inject(Station.frame(ALL, Station.mac(2), "0800"));
        b.inject(Station.frame(GROUP, Station.mac(2), "0800"));

        assertEquals(2, a.inbox.size());
        assertEquals(0, b.inbox.size());
        assertEquals(2, c.inbox.size());
        assertEquals(1, hub.stats().broadcasts());
        assertEquals(1, hub.stats().multicasts());
    }

    @Test
    void shouldFilterWhatIsForTheSideItCameFrom() {
        a.inject(frame(9, 1));
        a.inject(frame(9, 8)); // a second station behind the port of A
        clear();

        a.inject(frame(8, 1));
        a.inject(frame(1, 8));

        assertEquals(0, b.inbox.size() + c.inbox.size() + a.inbox.size());
        assertEquals(2, hub.stats().dropped(DropReason.FILTERED));
        assertEquals(2, hub.macTableSize());
    }

    @Test
    void shouldFollowAStationThatMoves() {
        a.inject(frame(9, 1));
        c.inject(frame(9, 1));
        time.advance(Duration.ofMillis(500));
        c.inject(frame(9, 1));
        clear();

        b.inject(frame(1, 2));

        assertEquals(0, a.inbox.size());
        assertEquals(1, c.inbox.size());
        assertEquals(0, portA.macCount());
        assertEquals(1, portC.macCount());
    }

    @Test
    void shouldLearnNeitherGroupsNorNobody() {
        a.inject(Station.frame(ALL, GROUP, "0800"));
        a.inject(Station.frame(ALL, 0, "0800"));

        assertEquals(0, hub.macTableSize());
        assertEquals(2, b.inbox.size());
    }

    @Test
    void shouldForgetAStationFiveMinutesAfterItWasLastSeen() {
        a.inject(frame(9, 1));

        time.advance(Duration.ofSeconds(299));
        assertEquals(1, hub.macTableSize());

        time.advance(Duration.ofSeconds(1));
        assertEquals(0, hub.macTableSize());
        assertEquals(0, portA.macCount());
        assertEquals(0, time.pending(), "no entries, no timer");
    }

    @Test
    void shouldKeepABusyStation() {
        for (int minute = 0; minute < 60; minute++) {
            a.inject(frame(9, 1));
            time.advance(Duration.ofMinutes(1));
        }
        clear();

        b.inject(frame(1, 2));

        assertEquals(1, a.inbox.size());
        assertEquals(0, c.inbox.size());
    }

    @Test
    void shouldMakeRoomByTheClockWhenNobodyLooksAnEntryUp() {
        for (int station = 0; station < 1024; station++) {
            a.inject(frame(9, 0x1000 + station));
        }
        assertEquals(1024, hub.macTableSize());
        time.advance(Duration.ofMinutes(6));

        a.inject(frame(9, 7));

        assertEquals(1, hub.macTableSize());
        assertEquals(1, portA.macCount());
    }

    @Test
    void shouldCapAPortAtItsLimitAndTheTableAtItsOwn() {
        for (int station = 0; station < 1100; station++) {
            a.inject(frame(9, 0x1000 + station));
        }
        assertEquals(1024, portA.macCount());
        assertEquals(76, hub.stats().learnRefused());

        portB.setMacLimit(100_000);
        for (int station = 0; station < 10_000; station++) {
            b.inject(frame(9, 0x10_0000 + station));
        }

        assertEquals(8192, hub.macTableSize());
        assertEquals(8192 - 1024, portB.macCount());
        assertEquals(1024, portA.macCount());
    }

    @Test
    void shouldCapMovesToo() {
        portC.setMacLimit(1);
        c.inject(frame(9, 3));
        a.inject(frame(9, 1));

        c.inject(frame(9, 1));
        time.advance(Duration.ofSeconds(1));
        c.inject(frame(9, 1));

        assertEquals(2, hub.stats().learnRefused());
        assertEquals(0, hub.stats().movesDamped());
        assertEquals(1, portC.macCount());
        assertEquals(1, portA.macCount());
        clear();
        b.inject(frame(1, 2));
        assertEquals(1, a.inbox.size());
    }

    @Test
    void shouldDropWhatADetachedDeviceBringsAndFloodWhatWasForIt() {
        a.inject(frame(9, 1));
        portA.close();
        portA.close();
        clear();

        a.inject(frame(2, 1));
        b.inject(frame(1, 2));

        assertEquals(0, a.inbox.size());
        assertEquals(1, c.inbox.size());
        assertEquals(1, hub.macTableSize());
        assertEquals(1, a.stats().dropped(DropReason.NO_HANDLER));
        assertEquals(2, hub.portCount());
    }

    @Test
    void shouldCountAFloodThatReachesNobodyAsDropped() {
        portB.close();
        portC.close();

        a.inject(frame(2, 1));

        assertEquals(1, hub.stats().dropped(DropReason.NO_RECEIVER));
        assertEquals(0, hub.stats().flooded());
    }

    @Test
    void shouldDropWhatIsTooShortForAHeader() {
        for (int length = 0; length < 14; length++) {
            a.inject(new byte[length]);
        }

        assertEquals(14, hub.stats().dropped(DropReason.TRUNCATED));
        assertEquals(14, hub.stats().received());
    }

    @Test
    void shouldKeepIsolatedPortsApart() {
        portA.setIsolated(true);
        portB.setIsolated(true);
        c.inject(frame(9, 3));
        b.inject(frame(9, 2));
        clear();

        a.inject(frame(3, 1));
        a.inject(frame(2, 1));
        a.inject(frame(7, 1));

        assertEquals(0, b.inbox.size());
        assertEquals(2, c.inbox.size());
    }

    @Test
    void shouldLimitFloodsOfOnePort() {
        portA.setFloodLimit(10, 2);

        for (int i = 0; i < 5; i++) {
            a.inject(frame(9, 1));
            b.inject(frame(9, 2));
        }

        assertEquals(3, hub.stats().dropped(DropReason.RATE_LIMITED));
        assertEquals(7, hub.stats().flooded());
        time.advance(Duration.ofSeconds(1));
        a.inject(frame(9, 1));
        assertEquals(8, hub.stats().flooded());
    }

    @Test
    void shouldTakeDepthsWithinTheLimitsOnly() {
        hub.setMaxForwardDepth(1);
        a.inject(frame(9, 1));
        hub.setMaxForwardDepth(io.pktkit.device.ForwardingDepth.MAX_LIMIT);
        a.inject(frame(9, 1));

        assertEquals(2, b.inbox.size());
        assertThrows(IllegalArgumentException.class, () -> hub.setMaxForwardDepth(0));
        assertThrows(
                IllegalArgumentException.class,
                () -> hub.setMaxForwardDepth(io.pktkit.device.ForwardingDepth.MAX_LIMIT + 1));
    }

    @Test
    void shouldDetachAllWhenClosed() {
        a.inject(frame(9, 1));
        clear();

        hub.close();
        a.inject(frame(9, 1));

        assertEquals(0, hub.portCount());
        assertEquals(0, b.inbox.size());
        assertEquals(0, hub.macTableSize());
        assertEquals(0, time.pending());
        assertEquals(1, a.stats().dropped(DropReason.NO_HANDLER));
    }

    @Test
    void shouldHaveNoTimerWhenAllIsForgotten() {
        a.inject(frame(9, 1));
        assertEquals(1, time.pending());

        portA.setMode(PortMode.access(10));

        assertEquals(0, time.pending());
    }

    @Test
    void shouldTellOfEachPortWhatWentNowhere() {
        a.inject(frame(9, 1));
        a.inject(frame(1, 8));
        b.inject(new byte[3]);

        assertEquals(1, portA.dropped(DropReason.FILTERED));
        assertEquals(0, portA.dropped(DropReason.TRUNCATED));
        assertEquals(1, portB.dropped(DropReason.TRUNCATED));
        assertEquals(
                "forwarded 0, flooded 1, refused 0, TRUNCATED 1, FILTERED 1",
                hub.stats().toString());
    }

    @Test
    void shouldRefuseTheSameDeviceTwice() {
        assertThrows(IllegalStateException.class, () -> hub.connect(a));
        assertEquals(3, hub.portCount());
    }

    @Test
    void shouldServeTheOtherPortsWhenOneThrowsOrRefuses() {
        L2Hub other = new L2Hub(time);
        Station source = new Station(10);
        Station last = new Station(13);
        other.connect(source);
        other.connect(new Failing(11));
        Station closed = new Station(12);
        other.connect(closed);
        closed.close();
        other.connect(last);
        long failures = L2Hub.FAILURES.count();

        source.inject(frame(9, 10));

        assertEquals(1, last.inbox.size());
        assertEquals(2, other.stats().refused());
        assertEquals(failures + 1, L2Hub.FAILURES.count());
        assertEquals(1, other.stats().flooded());
        assertEquals(0, io.pktkit.device.ForwardingDepth.current());
        assertTrue(other.stats().toString().contains("refused 2"));
    }

    private void clear() {
        a.inbox.clear();
        b.inbox.clear();
        c.inbox.clear();
    }

    private static String frame(int to, int from) {
        return Station.frame(Station.mac(to), Station.mac(from), "0800");
    }
}
