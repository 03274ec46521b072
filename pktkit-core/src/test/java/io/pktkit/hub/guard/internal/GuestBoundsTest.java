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
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How much a guest holds, and for how long. */
class GuestBoundsTest extends GuestNetwork {

    @Test
    void shouldForgetASilentHolderThatDoesNotAnswer() {
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inbox.clear();
        time.advance(Duration.ofSeconds(299));
        assertEquals(0, alice.inbox.size());

        time.advance(Duration.ofSeconds(1));
        assertEquals(1, alice.inbox.size());
        assertIsArpQuestion(alice.inbox.get(0));
        assertEquals(1, bindings.size());
        time.advance(Duration.ofSeconds(30));

        assertEquals(0, bindings.size());
        assertEquals(0, portAlice.macCount());
        time.advance(Duration.ofMinutes(6));
        assertEquals(0, time.pending(), "nothing known, no timer");
        assertPasses(mallory, Frames.tcp(mallory.station, V4));
        assertDropped(portAlice, GuardReason.IN_USE, alice, Frames.tcp(alice.station, V4));
    }

    @Test
    void shouldKeepAHolderThatAnswersOrSpeaks() {
        alice.habit = GuestNetwork::answer;
        alice.inject(Frames.announcement(alice.station, V4));
        time.advance(Duration.ofHours(1));
        assertEquals(1, bindings.size());

        alice.habit = (guest, frame) -> {};
        alice.inbox.clear();
        for (int minute = 0; minute < 20; minute++) {
            alice.inject(Frames.tcp(alice.station, V4));
            time.advance(Duration.ofMinutes(1));
        }
        assertEquals(1, bindings.size());
        assertEquals(0, alice.inbox.size());
    }

    @Test
    void shouldKeepLeasesHoweverSilent() {
        bindings.bindLease(IpAddress.parse(V4), MacAddress.of(alice.station));
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inbox.clear();

        time.advance(Duration.ofHours(1));

        assertEquals(1, bindings.size());
        assertEquals(0, alice.inbox.size());
        bindings.release(IpAddress.parse(V4));
        assertEquals(0, bindings.size());
        assertEquals(0, time.pending());
    }

    @Test
    void shouldGiveUpWhatAPortHadWhenItIsClosed() {
        bindings.bindLease(IpAddress.parse(V4), MacAddress.of(alice.station));
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inject(Frames.dad(alice.station, V6));
        assertEquals(2, bindings.size());

        portAlice.close();

        assertEquals(1, bindings.size());
        assertEquals(binding(V4, alice, Origin.LEASE, false), bindings.find(IpAddress.parse(V4)));
        assertPasses(mallory, Frames.tcp(mallory.station, V6));
        assertFalse(portAlice.isGuest());
        portAlice.setGuest(GuestProfile.DEFAULT, bindings);
        assertFalse(portAlice.isGuest());
    }

    /** A frame may be on its way while its port is closed. */
    @Test
    void shouldBindNothingToAGuardThatIsClosed() {
        BindingTable table = new BindingTable(time);
        PortGuard guard = new PortGuard(table, GuestProfile.DEFAULT, (vlan, question) -> {});
        guard.close();

        BindingTable.Outcome outcome = table.claim(guard, IpAddress.parse(V4), alice.station, 0, false);

        assertEquals(GuardReason.UNBOUND, outcome.refusal());
        assertEquals(0, table.size());
    }

    @Test
    void shouldTrustAPortAgainWhenTold() {
        mallory.inject(Frames.announcement(mallory.station, V4));
        portMallory.clearGuest();
        portMallory.clearGuest();

        assertEquals(0, bindings.size());
        assertPasses(mallory, Frames.announcement(mallory.station, GATEWAY_V4));
        assertEquals(0, portMallory.guarded(GuardReason.PROTECTED));
    }

    @Test
    void shouldBoundTheAddressesOfAPort() {
        for (int i = 0; i < 16; i++) {
            assertPasses(mallory, Frames.tcp(mallory.station, "10.0.1." + i));
        }
        assertDropped(portMallory, GuardReason.ADDRESS_LIMIT, mallory, Frames.tcp(mallory.station, "10.0.1.16"));
        assertPasses(mallory, Frames.arpProbe(mallory.station, "10.0.1.16"));
        assertPasses(mallory, Frames.tcp(mallory.station, "10.0.1.0"));
        assertEquals(16, bindings.size());

        // A lease goes before; the one that was silent for longest makes way.
        time.advance(Duration.ofSeconds(30));
        for (int i = 0; i < 16; i++) {
            if (i != 3) {
                assertPasses(mallory, Frames.tcp(mallory.station, "10.0.1." + i));
            }
        }
        bindings.bindLease(IpAddress.parse("10.0.1.99"), MacAddress.of(mallory.station));
        assertPasses(mallory, Frames.tcp(mallory.station, "10.0.1.99"));
        assertNull(bindings.find(IpAddress.parse("10.0.1.3")));
        assertEquals(16, bindings.size());

        // So does an address of its own that it has not used for a minute.
        time.advance(Duration.ofSeconds(59));
        assertDropped(portMallory, GuardReason.ADDRESS_LIMIT, mallory, Frames.tcp(mallory.station, "10.0.1.17"));
        time.advance(Duration.ofSeconds(1));
        assertPasses(mallory, Frames.tcp(mallory.station, "10.0.1.17"));
        assertEquals(16, bindings.size());
        assertNull(bindings.find(IpAddress.parse("10.0.1.0")), "of those that were silent for as long, the first");
        assertNotNull(bindings.find(IpAddress.parse("10.0.1.15")));
        assertNotNull(bindings.find(IpAddress.parse("10.0.1.99")));
    }

    @Test
    void shouldNotMakeRoomForALeaseByOtherLeases() {
        for (int i = 0; i < 17; i++) {
            bindings.bindLease(IpAddress.parse("10.0.1." + i), MacAddress.of(mallory.station));
        }
        for (int i = 0; i < 16; i++) {
            assertPasses(mallory, Frames.tcp(mallory.station, "10.0.1." + i));
        }
        assertDropped(portMallory, GuardReason.ADDRESS_LIMIT, mallory, Frames.tcp(mallory.station, "10.0.1.16"));
        time.advance(Duration.ofMinutes(10));
        assertDropped(portMallory, GuardReason.ADDRESS_LIMIT, mallory, Frames.tcp(mallory.station, "10.0.1.16"));
    }

    @Test
    void shouldBoundTheTableAndRefreshAndMoveAtItsCap() {
        alice.inject(Frames.announcement(alice.station, V4));
        time.advance(Duration.ofSeconds(1));
        alice.inject(Frames.dad(alice.station, V6));
        for (int i = 2; i < AddressBindings.MAX_BINDINGS; i++) {
            assertTrue(bindings.bindLease(IpAddress.ofIpv4(0x0B00_0000 + i), MacAddress.of(0x02_10_00_00_00_00L + i)));
        }
        assertEquals(AddressBindings.MAX_BINDINGS, bindings.size());

        assertDropped(portMallory, GuardReason.ADDRESS_LIMIT, mallory, Frames.tcp(mallory.station, "10.0.0.6"));
        assertPasses(alice, Frames.tcp(alice.station, V4));
        mallory.inject(Frames.announcement(mallory.station, V4));
        time.advance(Duration.ofMillis(500));
        assertPasses(mallory, Frames.announcement(mallory.station, V4)); // a move needs no room

        // A lease displaces what was found out, and nothing else.
        assertTrue(bindings.bindLease(IpAddress.parse("10.0.0.7"), MacAddress.of(alice.station)));
        assertNull(bindings.find(IpAddress.parse(V6)), "silent for longest");
        assertTrue(bindings.bindLease(IpAddress.parse("10.0.0.9"), MacAddress.of(alice.station)));
        assertNull(bindings.find(IpAddress.parse(V4)));
        assertFalse(bindings.bindLease(IpAddress.parse("10.0.0.8"), MacAddress.of(alice.station)));
        assertTrue(bindings.bindLease(IpAddress.parse("10.0.0.7"), MacAddress.of(mallory.station)));
        assertEquals(AddressBindings.MAX_BINDINGS, bindings.size());
    }

    /** Each of them in turn, in an order that no hash has by chance. */
    @Test
    void shouldDisplaceWhoWasSilentForLongest() {
        for (int i = 0; i < 12; i++) {
            alice.inject(Frames.announcement(alice.station, "10.0.2." + (i * 5 % 12)));
            time.advance(Duration.ofMillis(10));
        }
        int leases = 0;
        while (bindings.size() < AddressBindings.MAX_BINDINGS) {
            assertTrue(bindings.bindLease(
                    IpAddress.ofIpv4(0x0B00_0000 + leases), MacAddress.of(0x02_10_00_00_00_00L + leases)));
            leases++;
        }
        for (int i = 0; i < 12; i++) {
            String oldest = "10.0.2." + (i * 5 % 12);
            assertTrue(bindings.find(IpAddress.parse(oldest)) != null, oldest);
            assertTrue(bindings.bindLease(IpAddress.ofIpv4(0x0B10_0000 + i), MacAddress.of(0x02_20_00_00_00_00L + i)));
            assertNull(bindings.find(IpAddress.parse(oldest)), oldest);
        }
    }

    @Test
    void shouldBoundTheStationsOfAPort() {
        for (int i = 0; i < 6; i++) {
            mallory.inject(Frames.tcp(mallory.station + i, "10.0.1." + i));
        }

        assertEquals(4, portMallory.macCount());
        assertEquals(4, bindings.size());
        assertEquals(2, portMallory.dropped(DropReason.PORT_SECURITY));
    }

    @Test
    void shouldBoundTheClaimsOfAPort() {
        alice.habit = GuestNetwork::answer;
        alice.inject(Frames.announcement(alice.station, V4));
        for (int i = 0; i < 150; i++) {
            mallory.inject(Frames.tcp(mallory.station, V4));
        }

        assertEquals(100, portMallory.guarded(GuardReason.IN_USE));
        assertEquals(50, portMallory.guarded(GuardReason.CLAIM_RATE));
        assertEquals(150, portMallory.dropped(DropReason.GUARDED));
        time.advance(Duration.ofSeconds(1));
        assertPasses(mallory, Frames.tcp(mallory.station, "10.0.0.6"));
    }

    @Test
    void shouldLimitTheFloodsOfAGuest() {
        portMallory.setGuest(new GuestProfile(4, 16, true, 10, 3), bindings);
        for (int i = 0; i < 5; i++) {
            mallory.inject(Frames.announcement(mallory.station, V4));
        }
        assertEquals(2, portMallory.dropped(DropReason.RATE_LIMITED));
    }

    @Test
    void shouldLetTheStationsOfOneGuestShareAnAddress() {
        assertPasses(mallory, Frames.tcp(mallory.station, V4));
        assertPasses(mallory, Frames.tcp(mallory.station + 1, V4));
        assertPasses(mallory, Frames.tcp(mallory.station, V4));
        assertEquals(1, bindings.size());
    }

    @Test
    void shouldRefuseProfilesThatMeanNothing() {
        for (int[] bad : new int[][] {{0, 16, 1, 1}, {4, 0, 1, 1}, {4, 257, 1, 1}, {4, 16, 0, 1}, {4, 16, 1, 0}}) {
            assertThrows(IllegalArgumentException.class, () -> new GuestProfile(bad[0], bad[1], true, bad[2], bad[3]));
        }
        assertEquals(256, new GuestProfile(1, 256, true, 1, 1).maxAddresses());
    }
}
