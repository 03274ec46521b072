// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.device.L3Device;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.SettingsSource;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import org.junit.jupiter.api.Test;

/** One device for all clients: whose packets go where, and what nobody may send. */
class SharedDeviceTest {

    /** Alice has a fixed address and a network behind her, bob a part of that network. */
    private static final SettingsSource SITES = (client, toAll) -> {
        ClientSettings.Builder settings = toAll.toBuilder();
        if (client.name().equals("alice")) {
            settings.address(IpPrefix.parse("10.8.0.77/24"), IpAddress.parse("10.8.0.1"))
                    .clientNetwork(IpPrefix.parse("172.16.0.0/16"));
        } else {
            settings.clientNetwork(IpPrefix.parse("172.16.9.0/24"));
        }
        return settings.build();
    };

    @Test
    void shouldSendToWhomAnAddressOrTheLongestNetworkBelongs() {
        try (VirtualServer rig = new VirtualServer(config -> config.settings(SITES), true)) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.connected("192.0.2.11", "bob");
            L3Device device = rig.server.device();
            assertEquals(IpPrefix.parse("10.8.0.1/24"), device.prefix(IpFamily.IPV4));
            for (String to : new String[] {"10.8.0.77", "172.16.0.5", "172.16.255.255"}) {
                byte[] packet = VirtualServer.packet("192.0.2.99", to);
                assertTrue(rig.sent(device, packet, alice), to);
                assertArrayEquals(packet, alice.received.get(alice.received.size() - 1));
            }
            for (String to : new String[] {"10.8.0.2", "172.16.9.5"}) {
                assertTrue(rig.sent(device, VirtualServer.packet("192.0.2.99", to), bob), to);
            }
            int before = rig.delivered.size();
            assertFalse(rig.sent(device, VirtualServer.packet("192.0.2.99", "10.8.0.3"), alice));
            assertEquals(1, device.stats().dropped(DropReason.NO_ROUTE));
            assertEquals(before + 1, rig.delivered.size(), "that nobody is there is told");

            bob.client.say("EXIT");
            bob.client.flush(rig.time.nowNanos());
            rig.settle();
            assertTrue(rig.sent(device, VirtualServer.packet("192.0.2.99", "172.16.9.5"), alice), "the wider network");
        }
    }

    @Test
    void shouldTakeOnlyWhatIsFromTheClientItself() {
        try (VirtualServer rig = new VirtualServer(config -> config.settings(SITES), true)) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            rig.connected("192.0.2.11", "bob");
            assertTrue(alice.reaches(VirtualServer.packet("10.8.0.77", "192.0.2.99")));
            assertTrue(alice.reaches(VirtualServer.packet("172.16.1.2", "192.0.2.99")));
            assertTrue(alice.reaches(VirtualServer.packet("10.8.0.77", "10.8.0.1")), "the server's own address");
            for (String source : new String[] {"10.8.0.2", "10.8.0.1", "172.17.0.1", "172.16.9.5"}) {
                assertFalse(alice.reaches(VirtualServer.packet(source, "192.0.2.99")), source);
            }
            assertEquals(4, rig.server.drops(OvpnDrop.SPOOFED));
        }
    }

    @Test
    void shouldKeepClientsApartUnlessAsked() {
        for (boolean asked : new boolean[] {false, true}) {
            try (VirtualServer rig =
                    new VirtualServer(config -> config.settings(SITES).clientToClient(asked), true)) {
                VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
                VirtualServer.VirtualPeer bob = rig.connected("192.0.2.11", "bob");
                for (String to : new String[] {"10.8.0.2", "172.16.9.5"}) {
                    bob.received.clear();
                    alice.received.clear();
                    byte[] packet = VirtualServer.packet("10.8.0.77", to);
                    assertFalse(alice.reaches(packet), "it does not come out at our end");
                    assertEquals(asked ? 1 : 0, bob.received.size(), to);
                    assertEquals(asked ? 0 : 1, alice.received.size(), "a refusal comes back");
                }
            }
        }
    }

    @Test
    void shouldForgetAClientAndEndWithTheServer() {
        VirtualServer rig = new VirtualServer(config -> {}, true);
        VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
        L3Device device = rig.server.device();
        byte[] packet = VirtualServer.packet("192.0.2.99", "10.8.0.2");
        assertTrue(rig.sent(device, packet, alice));
        VirtualServer.VirtualPeer again = rig.connected("192.0.2.12", "alice");
        assertTrue(rig.sent(device, packet, again));
        rig.close();
        assertFalse(rig.sent(device, packet, again));
        try (VirtualServer tenants = new VirtualServer()) {
            assertThrows(IllegalStateException.class, tenants.server::device);
        }
    }
}
