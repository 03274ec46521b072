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
    void shouldRefuseSettingsThatMeanNothing() {
        assertThrows(IllegalArgumentException.class, () -> PortSecurity.sticky(-1));
        assertThrows(IllegalArgumentException.class, () -> PortSecurity.only(MacAddress.BROADCAST));
    }

    private static void from(Station station, int source) {
        station.inject(Station.frame(0xFFFF_FFFF_FFFFL, Station.mac(source), "0800"));
    }
}
