// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.DropReason;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.PortMode;
import io.pktkit.hub.VlanSet;
import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Two guests claim one address, or one station. */
class GuestConflictTest extends GuestNetwork {

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

    @Test
    void shouldAskForIpv6BySolicitation() {
        String address = "2001:db8::12:3456";
        alice.inject(Frames.dad(alice.station, address));
        time.advance(Duration.ofSeconds(3)); // it looks for duplicates until then
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
        alice.habit = GuestNetwork::answer;
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
        alice.habit = GuestNetwork::answer;
        alice.inject(Frames.announcement(alice.station, V4));
        alice.inbox.clear();

        for (int millis = 0; millis <= 2000; millis += 20) {
            mallory.inject(Frames.tcp(mallory.station, V4));
            time.advance(Duration.ofMillis(20));
        }

        assertEquals(5, alice.inbox.size());
        assertEquals(101, portMallory.guarded(GuardReason.IN_USE));
    }

    /** A question would be one more station that wants the address, RFC 4862 section 5.4.3 and RFC 5227 section 2.1.1. */
    @Test
    void shouldNotAskAHolderThatLooksForDuplicatesItself() {
        alice.inject(Frames.dad(alice.station, V6));
        alice.inject(Frames.arpProbe(alice.station, V4));
        alice.inbox.clear();

        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.advertisement(mallory.station, V6, V6));
        time.advance(Duration.ofMillis(2999));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.advertisement(mallory.station, V6, V6));
        assertEquals(0, alice.inbox.size());
        time.advance(Duration.ofMillis(1));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.advertisement(mallory.station, V6, V6));
        assertEquals(1, alice.inbox.size());
        time.advance(Duration.ofMillis(3999));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.announcement(mallory.station, V4));
        assertEquals(1, alice.inbox.size());
        time.advance(Duration.ofMillis(1));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.announcement(mallory.station, V4));
        assertEquals(2, alice.inbox.size());
    }

    @Test
    void shouldNotAskAStationThatLooksForDuplicatesWhoElseUsesItsMac() {
        alice.inject(Frames.dad(alice.station, V6));
        alice.inbox.clear();

        mallory.inject(Frames.tcp(alice.station, "10.0.0.66"));
        assertEquals(0, alice.inbox.size());
        alice.inject(Frames.tcp(alice.station, V4));
        mallory.inject(Frames.tcp(alice.station, "10.0.0.66"));

        assertEquals(1, alice.inbox.size(), "asked for the address that it has for sure");
    }

    @Test
    void shouldPassDuplicateAddressDetectionSoThatTheHolderAnswers() {
        alice.inject(Frames.dad(alice.station, V6));
        time.advance(Duration.ofSeconds(3)); // it has looked for duplicates, and has the address
        alice.inbox.clear();

        assertPasses(mallory, Frames.dad(mallory.station, V6));
        assertEquals(2, alice.inbox.size(), "our question and the guest's own");
        assertEquals(binding(V6, alice, Origin.SNOOPED, true), bindings.find(IpAddress.parse(V6)));
        assertPasses(alice, Frames.advertisement(alice.station, V6, V6));
        time.advance(Duration.ofMillis(600));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.tcp(mallory.station, V6));
    }

    /** The second question would be an answer to the first, RFC 4862 section 5.4.3 and RFC 5227 section 2.1.1. */
    @Test
    void shouldKeepAQuestionFromWhoAsksTheSame() {
        alice.inject(Frames.dad(alice.station, V6));
        alice.inject(Frames.arpProbe(alice.station, V4));
        alice.inbox.clear();

        time.advance(Duration.ofMillis(2999));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.dad(mallory.station, V6));
        time.advance(Duration.ofSeconds(4));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.arpProbe(mallory.station, V4));
        assertEquals(0, alice.inbox.size());
        assertPasses(alice, Frames.dad(alice.station, V6));
        time.advance(Duration.ofMillis(1));
        assertPasses(mallory, Frames.arpProbe(mallory.station, V4));
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
        alice.habit = GuestNetwork::answer;
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
        portAlice.setMode(PortMode.trunk(VlanSet.of(20)));
        time.advance(Duration.ofMinutes(6));
        assertEquals(1, alice.inbox.size());
    }

    /** Its port was moved, and it goes on with its address there: else a quiet one would lose it to the first who wants it. */
    @Test
    void shouldAskAGuestWhoseAccessPortWasMovedWhereItIs() {
        portAlice.setMode(PortMode.access(10));
        alice.inject(Frames.announcement(alice.station, V4));
        portAlice.setMode(PortMode.access(20));
        portMallory.setMode(PortMode.access(20));
        alice.inject(Frames.tcp(alice.station, V4));
        time.advance(Duration.ofSeconds(3));
        alice.habit = GuestNetwork::answer;
        alice.inbox.clear();

        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.announcement(mallory.station, V4));

        assertIsArpQuestion(alice.inbox.get(0));
        assertEquals(0, new Frame().wrap(ByteBuffer.wrap(alice.inbox.get(0))).vlanId());
        time.advance(Duration.ofMillis(600));
        assertDropped(portMallory, GuardReason.IN_USE, mallory, Frames.announcement(mallory.station, V4));
    }

    @Test
    void shouldKeepTheVlansOfATransparentGuestApart() {
        portGateway.setMode(PortMode.access(10));
        gateway.inbox.clear();

        alice.inject(Frames.tagged(0x8100, 10, Frames.announcement(alice.station, V4)));
        alice.inject(Frames.tagged(0x8100, 20, Frames.announcement(alice.station, V4)));

        assertEquals(1, gateway.inbox.size());
        assertEquals(2, portAlice.macCount());
    }
}
