// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What guests may send, and which bindings let them. */
class GuestPortTest extends GuestNetwork {

    @Test
    void shouldBindWhatAGuestUsesFirst() {
        assertPasses(alice, Frames.tcp(alice.station, V4));
        assertPasses(alice, Frames.dad(alice.station, V6));
        assertPasses(alice, Frames.advertisement(alice.station, V6, "2001:db8::5"));

        assertEquals(3, bindings.size());
        assertEquals(binding(V4, alice, Origin.SNOOPED, true), bindings.find(IpAddress.parse(V4)));
        assertEquals(binding(V6, alice, Origin.SNOOPED, true), bindings.find(IpAddress.parse(V6)));
        assertNotNull(bindings.find(IpAddress.parse("2001:db8::5")));
        assertNull(bindings.find(IpAddress.parse("10.0.0.6")));
    }

    @Test
    void shouldDropWhatMalloryClaimsOfAlices() {
        alice.habit = GuestNetwork::answer;
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inject(Frames.dad(alice.station, V6));
        byte[][] thefts = {
            Frames.tcp(mallory.station, V4),
            Frames.announcement(mallory.station, V4),
            Frames.arp(mallory.station, 2, mallory.station, V4, GATEWAY_V4),
            Frames.tcp(mallory.station, V6),
            Frames.advertisement(mallory.station, V6, V6),
            Frames.advertisement(mallory.station, "fe80::66", V6),
            Frames.solicitation(mallory.station, V6, "fe80::1"),
        };
        for (int round = 0; round < 5; round++) {
            for (byte[] theft : thefts) {
                assertDropped(portMallory, GuardReason.IN_USE, mallory, theft);
            }
            time.advance(Duration.ofMillis(700));
        }
        assertPasses(alice, Frames.tcp(alice.station, V4));
        assertPasses(alice, Frames.tcp(alice.station, V6));
    }

    @Test
    void shouldNotLearnTheStationOfAFrameThatPlainlyLies() {
        mallory.inject(Frames.arp(0x02_00_00_00_00_77L, 2, alice.station, V4, GATEWAY_V4));

        assertEquals(0, hub.macTableSize());
        assertEquals(1, hub.stats().dropped(DropReason.GUARDED));
    }

    @Test
    void shouldProtectTheGateway() {
        assertDropped(portMallory, GuardReason.PROTECTED, mallory, Frames.announcement(mallory.station, GATEWAY_V4));
        assertDropped(portMallory, GuardReason.PROTECTED, mallory, Frames.tcp(mallory.station, GATEWAY_V4));
        assertPasses(mallory, Frames.arpProbe(mallory.station, GATEWAY_V4)); // asks, and does not claim
        assertEquals(0, bindings.size());
        mallory.inject(Frames.frame(GATEWAY, 0x88b5, new byte[46]));
        assertEquals(1, portMallory.dropped(DropReason.PORT_SECURITY));

        bindings.unprotect(IpAddress.parse(GATEWAY_V4));
        assertPasses(mallory, Frames.announcement(mallory.station, GATEWAY_V4));
        bindings.protect(IpAddress.parse(GATEWAY_V4));
        assertDropped(portMallory, GuardReason.PROTECTED, mallory, Frames.announcement(mallory.station, GATEWAY_V4));
        assertFalse(bindings.bindLease(IpAddress.parse(GATEWAY_V4), MacAddress.of(mallory.station)));
        assertFalse(bindings.bindStatic(IpAddress.parse(GATEWAY_V4), MacAddress.of(mallory.station)));
    }

    @Test
    void shouldDropRogueServersAndRouters() {
        mallory.inject(Frames.announcement(mallory.station, V4));
        mallory.inject(Frames.dad(mallory.station, V6));
        assertDropped(
                portMallory, GuardReason.DHCP_SERVER, mallory, Frames.udp(mallory.station, V4, 67, "10.0.0.9", 68));
        assertDropped(
                portMallory,
                GuardReason.ROUTER,
                mallory,
                Frames.ipv6(mallory.station, V6, 58, Frames.routerAdvertisement()));
        assertEquals(2, portMallory.dropped(DropReason.GUARDED));
        assertEquals(0, portAlice.dropped(DropReason.GUARDED));
    }

    @Test
    void shouldLetTheHolderOfALeaseWin() {
        mallory.habit = GuestNetwork::answer;
        mallory.inject(Frames.announcement(mallory.station, V4));

        assertTrue(bindings.bindLease(IpAddress.parse(V4), MacAddress.of(alice.station)));

        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.tcp(mallory.station, V4));
        assertEquals(binding(V4, alice, Origin.LEASE, false), bindings.find(IpAddress.parse(V4)));
        assertPasses(alice, Frames.tcp(alice.station, V4));
        assertEquals(binding(V4, alice, Origin.LEASE, true), bindings.find(IpAddress.parse(V4)));
        time.advance(Duration.ofHours(1));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.tcp(mallory.station, V4));
        assertPasses(alice, Frames.tcp(alice.station, V4));
        assertPasses(mallory, Frames.arpProbe(mallory.station, V4)); // may ask
    }

    @Test
    void shouldLetStaticBindingsWinOverLeases() {
        assertTrue(bindings.bindStatic(IpAddress.parse(V4), MacAddress.of(alice.station)));
        assertFalse(bindings.bindLease(IpAddress.parse(V4), MacAddress.of(mallory.station)));
        assertTrue(bindings.bindLease(IpAddress.parse(V4), MacAddress.of(alice.station)));
        assertEquals(binding(V4, alice, Origin.STATIC, false), bindings.find(IpAddress.parse(V4)));

        assertTrue(bindings.bindStatic(IpAddress.parse(V4), MacAddress.of(mallory.station)));
        assertEquals(binding(V4, mallory, Origin.STATIC, false), bindings.find(IpAddress.parse(V4)));
        assertTrue(bindings.bindLease(IpAddress.parse("10.0.0.7"), MacAddress.of(alice.station)));
        assertTrue(bindings.bindLease(IpAddress.parse("10.0.0.7"), MacAddress.of(mallory.station)));
        assertTrue(bindings.bindStatic(IpAddress.parse("10.0.0.7"), MacAddress.of(mallory.station)));
        assertEquals(binding("10.0.0.7", mallory, Origin.STATIC, false), bindings.find(IpAddress.parse("10.0.0.7")));
        for (MacAddress nobody : new MacAddress[] {MacAddress.ZERO, MacAddress.BROADCAST}) {
            assertThrows(IllegalArgumentException.class, () -> bindings.bindStatic(IpAddress.parse(V4), nobody));
        }
    }

    @Test
    void shouldKeepAnAddressInUseWhenItsLeaseIsTold() {
        alice.inject(Frames.announcement(alice.station, V4));

        bindings.bindLease(IpAddress.parse(V4), MacAddress.of(alice.station));

        assertEquals(binding(V4, alice, Origin.LEASE, true), bindings.find(IpAddress.parse(V4)));
        bindings.release(IpAddress.parse(V4));
        assertNull(bindings.find(IpAddress.parse(V4)));
        assertPasses(alice, Frames.tcp(alice.station, V4));
        assertEquals(binding(V4, alice, Origin.SNOOPED, true), bindings.find(IpAddress.parse(V4)));
        bindings.release(IpAddress.parse(V4)); // ends no other than it should
        assertEquals(1, bindings.size());
    }

    @Test
    void shouldLetOnlyBoundAddressesInWithoutSnooping() {
        portAlice.setGuest(GuestProfile.DEFAULT.withSnooping(false), bindings);
        bindings.bindLease(IpAddress.parse(V4), MacAddress.of(alice.station));

        assertPasses(alice, Frames.discover(alice.station));
        assertPasses(alice, Frames.arpProbe(alice.station, V4));
        assertPasses(alice, Frames.tcp(alice.station, V4));
        assertDropped(portAlice, GuardReason.UNBOUND, alice, Frames.tcp(alice.station, "10.0.0.6"));
        assertPasses(alice, Frames.arpProbe(alice.station, "10.0.0.6"));
        assertEquals(1, bindings.size());
    }
}
