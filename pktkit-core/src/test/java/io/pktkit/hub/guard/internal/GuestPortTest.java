// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.PortMode;
import io.pktkit.hub.PortSecurity;
import io.pktkit.hub.VlanSet;
import io.pktkit.hub.guard.AddressBinding;
import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two guests, Alice and Mallory, on a network with a gateway. */
class GuestPortTest {

    private static final long GATEWAY = 0x02_dd_00_00_00_01L;
    private static final String GATEWAY_V4 = "10.0.0.1";
    private static final String V4 = "10.0.0.5";
    private static final String V6 = "fe80::5";

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);
    private final AddressBindings bindings = AddressBindings.create(time);
    private final Guest gateway = new Guest(GATEWAY);
    private final Guest alice = new Guest(0x02_00_00_00_00_0aL);
    private final Guest mallory = new Guest(0x02_00_00_00_00_66L);
    private final HubPort portGateway = hub.connect(gateway);
    private final HubPort portAlice = hub.connect(alice);
    private final HubPort portMallory = hub.connect(mallory);

    @BeforeEach
    void guard() {
        portGateway.setSecurity(PortSecurity.only(MacAddress.of(GATEWAY)));
        bindings.protect(IpAddress.parse(GATEWAY_V4));
        portAlice.setGuest(GuestProfile.DEFAULT, bindings);
        portMallory.setGuest(GuestProfile.DEFAULT, bindings);
    }

    // What is bound, and how.

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
        alice.habit = GuestPortTest::answer;
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

    // Leases and static bindings.

    @Test
    void shouldLetTheHolderOfALeaseWin() {
        mallory.habit = GuestPortTest::answer;
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

    // Conflicts.

    @Test
    void shouldAskTheHolderAndLetTheClaimantHaveWhatNobodyAnswersFor() {
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inbox.clear();
        gateway.inbox.clear();

        mallory.inject(Frames.announcement(mallory.station, V4));

        assertEquals(1, alice.inbox.size());
        assertEquals(0, gateway.inbox.size());
        assertIsArpQuestion(alice.inbox.get(0));
        time.advance(Duration.ofMillis(499));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.announcement(mallory.station, V4));
        assertEquals(1, alice.inbox.size(), "one question");
        time.advance(Duration.ofMillis(1));
        assertPasses(mallory, Frames.announcement(mallory.station, V4));
        assertEquals(binding(V4, mallory, Origin.SNOOPED, true), bindings.find(IpAddress.parse(V4)));
        assertDropped(portAlice, GuardReason.IN_USE, alice, Frames.tcp(alice.station, V4));
        for (int i = 0; i < 16; i++) { // what she has lost takes no room
            assertPasses(alice, Frames.tcp(alice.station, "10.0.1." + i));
        }
    }

    private void assertIsArpQuestion(byte[] question) {
        Frame frame = new Frame().wrap(ByteBuffer.wrap(question));
        assertEquals(alice.station, frame.destinationMac());
        assertEquals(60, question.length);
        io.pktkit.wire.ArpPacket arp = new io.pktkit.wire.ArpPacket().wrap(frame);
        assertEquals(1, arp.operation());
        assertEquals("0.0.0.0", arp.senderAddress().toString());
        assertEquals(V4, arp.targetAddress().toString());
        assertEquals(frame.sourceMac(), arp.senderMac());
    }

    @Test
    void shouldAskForIpv6BySolicitation() {
        String address = "2001:db8::12:3456";
        alice.inject(Frames.dad(alice.station, address));
        alice.inbox.clear();

        mallory.inject(Frames.tcp(mallory.station, address));

        Frame frame = new Frame().wrap(ByteBuffer.wrap(alice.inbox.get(0)));
        assertEquals(alice.station, frame.destinationMac());
        Packet packet = frame.packet();
        assertEquals("::", packet.source().toString());
        assertEquals("ff02::1:ff12:3456", packet.destination().toString());
        assertEquals(255, packet.hopLimit());
        assertEquals(io.pktkit.wire.ChecksumStatus.VALID, packet.verifyTransportChecksum());
        byte[] bytes = alice.inbox.get(0);
        assertEquals((byte) 135, bytes[54]);
        byte[] target = new byte[16];
        System.arraycopy(bytes, 62, target, 0, 16);
        assertEquals(address, IpAddress.of(target).toString());
        assertEquals(78, bytes.length);
    }

    @Test
    void shouldKeepTheAnswerToItself() {
        alice.habit = GuestPortTest::answer;
        alice.inject(Frames.announcement(alice.station, V4));
        gateway.inbox.clear();

        mallory.inject(Frames.announcement(mallory.station, V4));

        assertEquals(0, gateway.inbox.size());
        assertEquals(1, portAlice.guarded(GuardReason.ANSWER));
        time.advance(Duration.ofSeconds(1));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.announcement(mallory.station, V4));
        assertEquals(2, portAlice.guarded(GuardReason.ANSWER));
    }

    @Test
    void shouldAskTwiceASecondAtMost() {
        alice.habit = GuestPortTest::answer;
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inbox.clear();

        for (int millis = 0; millis <= 2000; millis += 20) {
            mallory.inject(Frames.tcp(mallory.station, V4));
            time.advance(Duration.ofMillis(20));
        }

        assertEquals(5, alice.inbox.size());
        assertEquals(101, portMallory.guarded(GuardReason.IN_USE));
    }

    @Test
    void shouldPassDuplicateAddressDetectionSoThatTheHolderAnswers() {
        alice.inject(Frames.dad(alice.station, V6));
        alice.inbox.clear();

        assertPasses(mallory, Frames.dad(mallory.station, V6));
        assertEquals(2, alice.inbox.size(), "the guest's own question, and ours");
        assertEquals(binding(V6, alice, Origin.SNOOPED, true), bindings.find(IpAddress.parse(V6)));
        assertPasses(alice, Frames.advertisement(alice.station, V6, V6));
        time.advance(Duration.ofMillis(600));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.tcp(mallory.station, V6));
    }

    @Test
    void shouldLetALeaseMoveWithItsStation() {
        bindings.bindLease(IpAddress.parse(V4), MacAddress.of(alice.station));
        alice.inject(Frames.announcement(alice.station, V4));
        Guest elsewhere = new Guest(alice.station);
        HubPort portElsewhere = hub.connect(elsewhere);
        portElsewhere.setGuest(GuestProfile.DEFAULT, bindings);

        elsewhere.inject(Frames.announcement(alice.station, V4));
        assertEquals(1, portElsewhere.dropped(DropReason.MOVE_DAMPED));
        time.advance(Duration.ofMillis(500));
        elsewhere.inject(Frames.announcement(alice.station, V4)); // the station is here now
        time.advance(Duration.ofMillis(500));

        assertPasses(elsewhere, Frames.announcement(alice.station, V4));
        assertEquals(0, portAlice.macCount());
        assertEquals(1, portElsewhere.macCount());
    }

    @Test
    void shouldRouseAStationWhoseAddressSomebodyElseUses() {
        alice.habit = GuestPortTest::answer;
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inbox.clear();

        mallory.inject(Frames.frame(alice.station, 0x88b5, new byte[46]));
        assertEquals(1, alice.inbox.size());
        for (int i = 0; i < 100; i++) { // Alice says nothing of her own accord
            mallory.inject(Frames.frame(alice.station, 0x88b5, new byte[46]));
            time.advance(Duration.ofMillis(100));
        }

        assertEquals(1, portAlice.macCount());
        assertEquals(0, portMallory.macCount());
        assertEquals(101, portMallory.dropped(DropReason.MOVE_DAMPED));
        assertEquals(50, alice.inbox.size(), "five questions a second");
    }

    // Bounds and ageing.

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
        alice.habit = GuestPortTest::answer;
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
        alice.habit = GuestPortTest::answer;
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

    // VLANs.

    @Test
    void shouldAskInTheVlanOfTheHolder() {
        portAlice.setMode(PortMode.trunk(VlanSet.of(10)));
        portMallory.setMode(PortMode.access(10));
        alice.inject(Frames.tagged(0x8100, 10, Frames.announcement(alice.station, V4)));
        alice.inbox.clear();

        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.announcement(mallory.station, V4));

        assertEquals(1, alice.inbox.size());
        Frame question = new Frame().wrap(ByteBuffer.wrap(alice.inbox.get(0)));
        assertEquals(10, question.vlanId());
        assertEquals(0x0806, question.etherType());
        // Not in a VLAN that the port has left.
        portAlice.setMode(PortMode.access(20));
        time.advance(Duration.ofMinutes(6));
        assertEquals(1, alice.inbox.size());
    }

    // What guests do.

    /** Answers ARP requests and solicitations for what it has. */
    private static void answer(Guest guest, Frame frame) {
        byte[] bytes = frame.toBytes();
        if (frame.destinationMac() == guest.station && frame.etherType() == 0x0806) {
            guest.inject(Frames.to(frame.sourceMac(), Frames.arp(guest.station, 2, guest.station, V4, "0.0.0.0")));
        } else if (frame.destinationMac() == guest.station && bytes.length == 78 && bytes[54] == (byte) 135) {
            guest.inject(Frames.advertisement(guest.station, V6, V6));
        }
    }

    private void assertPasses(Guest from, byte[] frame) {
        long dropped = hub.stats().dropped();
        from.inject(frame);
        assertEquals(dropped, hub.stats().dropped(), hub.stats().toString());
        assertArrayEquals(frame, gateway.inbox.get(gateway.inbox.size() - 1));
    }

    private void assertDropped(HubPort port, GuardReason reason, Guest from, byte[] frame) {
        long counted = port.guarded(reason);
        long dropped = port.dropped(DropReason.GUARDED);
        int inbox = gateway.inbox.size();
        from.inject(frame);
        assertEquals(counted + 1, port.guarded(reason), reason.toString());
        assertEquals(dropped + 1, port.dropped(DropReason.GUARDED));
        // An answer of the holder to our question may go to all nodes; what was dropped does not.
        for (byte[] got : gateway.inbox.subList(inbox, gateway.inbox.size())) {
            assertFalse(java.util.Arrays.equals(frame, got));
        }
    }

    private static AddressBinding binding(String address, Guest holder, Origin origin, boolean inUse) {
        return new AddressBinding(IpAddress.parse(address), MacAddress.of(holder.station), origin, inUse);
    }
}
