// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.MacAddress;
import org.junit.jupiter.api.Test;

/** What a frame may find when its port changes between two steps of its forwarding. */
class ForwardingTableTest {

    private final L2Hub hub = new L2Hub(new ManualTime());
    private final HubPort port = hub.connect(new Station(1));

    @Test
    void shouldLearnNothingForAPortThatWasJustClosed() {
        VlanRules rules = port.rules();
        port.close();

        assertEquals(DropReason.CLOSED, hub.table().see(port, rules, 0, Station.mac(1)));

        assertEquals(0, hub.macTableSize());
    }

    @Test
    void shouldLearnNothingByRulesThatWereJustReplaced() {
        VlanRules before = port.rules();
        port.setMode(PortMode.access(10));

        assertNull(hub.table().see(port, before, 0, Station.mac(1)));
        assertEquals(0, hub.macTableSize());

        assertNull(hub.table().see(port, port.rules(), 10, Station.mac(1)));
        assertEquals(1, hub.macTableSize());
    }

    @Test
    void shouldLetNobodyInByRulesThatWereJustReplaced() {
        port.setSecurity(PortSecurity.only(MacAddress.of(Station.mac(7))));
        VlanRules before = port.rules();
        port.setMode(PortMode.access(10));

        assertEquals(DropReason.PORT_SECURITY, hub.table().see(port, before, 0, Station.mac(1)));
    }
}
