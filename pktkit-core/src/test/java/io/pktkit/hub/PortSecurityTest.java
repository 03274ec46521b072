// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortSecurityTest {

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);
    private final Station a = new Station(1);
    private final Station b = new Station(2);
    private final HubPort portA = hub.connect(a);
    private final HubPort portB = hub.connect(b);

    @Test
    void shouldLetOnlyTheFixedAddressesIn() {
        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1))));

        from(a, 1);
        from(a, 7);

        assertEquals(1, b.inbox.size());
        assertEquals(1, hub.stats().dropped(DropReason.PORT_SECURITY));
        assertEquals(1, portA.macCount());
    }

    @Test
    void shouldTickForStationsThatAgeOnly() {
        portA.setSecurity(PortSecurity.sticky(2));
        from(a, 1);
        assertEquals(0, time.pending(), "nothing that it knows ages");

        from(b, 2);
        assertEquals(1, time.pending());
        time.advance(Duration.ofMinutes(6));
        assertEquals(0, time.pending());
        assertEquals(0, portB.macCount(), "aged");
        assertEquals(1, portA.macCount());

        from(b, 2);
        portB.close();
        assertEquals(0, time.pending());
        assertEquals(1, portA.macCount());
    }

    @Test
    void shouldNeverRelearnAHeldAddressElsewhere() {
        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1))));

        from(b, 1); // before its owner was ever seen
        from(a, 1);
        from(b, 1);

        assertEquals(0, a.inbox.size());
        assertEquals(0, portB.macCount());
        assertEquals(2, hub.stats().securityViolations());
    }

    @Test
    void shouldTakeAHeldAddressBackFromWhereItWasLearned() {
        from(b, 1);
        assertEquals(1, portB.macCount());

        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1))));

        assertEquals(0, portB.macCount());
        from(b, 1);
        assertEquals(1, hub.stats().dropped(DropReason.PORT_SECURITY));
    }

    @Test
    void shouldKeepStickyAddressesForGood() {
        portA.setSecurity(PortSecurity.sticky(2));
        from(a, 1);
        from(a, 3);
        from(a, 4);

        time.advance(Duration.ofHours(1));

        assertEquals(2, portA.macCount());
        from(b, 3);
        assertEquals(2, hub.stats().dropped(DropReason.PORT_SECURITY));
        portA.setSecurity(null);
        assertEquals(0, portA.macCount());
        from(b, 3);
        assertEquals(1, portB.macCount());
    }

    @Test
    void shouldOnlyCountWhereItIsToldTo() {
        portA.setSecurity(new PortSecurity(1, false, Set.of(), PortSecurity.Violation.COUNT));

        from(a, 1);
        from(a, 3);

        assertEquals(2, b.inbox.size());
        assertEquals(1, portA.macCount());
        assertEquals(1, hub.stats().securityViolations());
        assertEquals(0, hub.stats().dropped());
    }

    @Test
    void shouldAgeWhatIsNotSticky() {
        portA.setSecurity(new PortSecurity(1, false, Set.of(), PortSecurity.Violation.DROP));
        from(a, 1);
        time.advance(Duration.ofMinutes(6));

        from(a, 3);

        assertEquals(1, b.inbox.stream().filter(f -> f.startsWith("03", 22)).count());
        assertEquals(0, hub.stats().dropped());
    }

    @Test
    void shouldNotCountFixedAddressesAsLearned() {
        portA.setSecurity(
                new PortSecurity(1, false, Set.of(MacAddress.of(Station.mac(1))), PortSecurity.Violation.DROP));

        from(a, 1);
        from(a, 3);
        from(a, 4);

        assertEquals(2, portA.macCount());
        assertEquals(1, hub.stats().dropped(DropReason.PORT_SECURITY));
    }

    @Test
    void shouldDropAnAddressTooManyAlsoWhereThereIsNoRoomForIt() {
        portA.setSecurity(new PortSecurity(1, false, Set.of(), PortSecurity.Violation.DROP));
        portA.setMacLimit(1);
        from(a, 1);

        from(a, 3);

        assertEquals(1, b.inbox.size());
        assertEquals(1, hub.stats().dropped(DropReason.PORT_SECURITY));
        assertEquals(0, hub.stats().learnRefused());
    }

    @Test
    void shouldRefuseAnAddressThatIsHeldAlready() {
        PortSecurity security = PortSecurity.only(MacAddress.of(Station.mac(1)));
        portA.setSecurity(security);

        assertThrows(IllegalArgumentException.class, () -> portB.setSecurity(security));
        portA.close();

        portB.setSecurity(security);
        from(b, 1);
        assertEquals(1, portB.macCount());
    }

    @Test
    void shouldDropSourcesThatAreNoStations() {
        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1))));

        inject(a, 0);
        inject(a, 0x03_00_00_00_00_01L);
        inject(a, 0xFFFF_FFFF_FFFFL);

        assertEquals(0, b.inbox.size());
        assertEquals(3, hub.stats().dropped(DropReason.PORT_SECURITY));
        assertEquals(3, portA.dropped(DropReason.PORT_SECURITY));
        assertEquals(3, hub.stats().securityViolations());
        portA.setSecurity(new PortSecurity(1, false, Set.of(), PortSecurity.Violation.COUNT));
        inject(a, 0);
        assertEquals(1, b.inbox.size());
        assertEquals(4, hub.stats().securityViolations());
    }

    @Test
    void shouldSendWhatIsForAHeldAddressToItsHolderOnly() {
        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1)), MacAddress.of(Station.mac(4))));
        Station c = new Station(3);
        hub.connect(c);

        for (int held : new int[] {1, 4}) { // neither was ever seen
            b.inject(Station.frame(Station.mac(held), Station.mac(2), "0800"));
        }

        assertEquals(2, a.inbox.size());
        assertEquals(0, c.inbox.size());
        assertEquals(2, hub.stats().forwarded());
    }

    @Test
    void shouldHoldAddressesEvenWhenTheTableIsFull() {
        MacAddress gateway = MacAddress.of(Station.mac(1));
        portA.setSecurity(PortSecurity.only(gateway));
        portB.setMacLimit(ForwardingTable.MAX_ENTRIES);
        for (int i = 0; i < ForwardingTable.MAX_ENTRIES; i++) {
            from(b, 0x1000 + i);
        }
        from(a, 1);
        from(b, 1);
        Station c = new Station(3);
        hub.connect(c);
        a.inbox.clear();

        b.inject(Station.frame(gateway.toLong(), Station.mac(0x1000), "0800"));

        assertEquals(ForwardingTable.MAX_ENTRIES, hub.macTableSize());
        assertEquals(1, a.inbox.size());
        assertEquals(0, c.inbox.size());
        assertEquals(1, portB.dropped(DropReason.PORT_SECURITY));
        assertEquals(1, hub.stats().learnRefused());
        assertEquals(0, portA.dropped(DropReason.PORT_SECURITY));
    }

    @Test
    void shouldGiveHeldAddressesBackWhenTheSettingsGo() {
        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1))));
        from(a, 1);
        portA.setSecurity(null);

        from(b, 1);

        assertEquals(1, portB.macCount());
        assertEquals(0, hub.stats().securityViolations());
    }

    @Test
    void shouldForgetOnlyWhatItIsToldTo() {
        from(b, 1);
        from(b, 5);
        from(a, 6);

        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1))));

        assertEquals(1, portB.macCount());
        assertEquals(0, portA.macCount());
        assertEquals(1, hub.macTableSize());
    }

    @Test
    void shouldHaveNoTimerWhenNothingIsKnown() {
        from(b, 1);
        assertEquals(1, time.pending());

        portA.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(1))));

        assertEquals(0, time.pending());
        from(b, 5);
        assertEquals(1, time.pending());
        portB.close();
        assertEquals(0, time.pending());
    }

    @Test
    void shouldRefuseSettingsThatMeanNothing() {
        assertThrows(IllegalArgumentException.class, () -> PortSecurity.sticky(-1));
        assertThrows(IllegalArgumentException.class, () -> PortSecurity.only(MacAddress.BROADCAST));
    }

    private static void from(Station station, int source) {
        inject(station, Station.mac(source));
    }

    private static void inject(Station station, long source) {
        station.inject(Station.frame(0xFFFF_FFFF_FFFFL, source, "0800"));
    }
}
