// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.pktkit.device.DropReason;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.PortSecurity;
import io.pktkit.hub.guard.AddressBinding;
import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;

/** Two guests, Alice and Mallory, on a network with a gateway; time is virtual. */
abstract class GuestNetwork {

    static final long GATEWAY = 0x02_dd_00_00_00_01L;
    static final String GATEWAY_V4 = "10.0.0.1";
    static final String V4 = "10.0.0.5";
    static final String V6 = "fe80::5";

    final ManualTime time = new ManualTime();
    final L2Hub hub = new L2Hub(time);
    final AddressBindings bindings = AddressBindings.create(time);
    final Guest gateway = new Guest(GATEWAY);
    final Guest alice = new Guest(0x02_00_00_00_00_0aL);
    final Guest mallory = new Guest(0x02_00_00_00_00_66L);
    final HubPort portGateway = hub.connect(gateway);
    final HubPort portAlice = hub.connect(alice);
    final HubPort portMallory = hub.connect(mallory);

    @BeforeEach
    void guard() {
        portGateway.setSecurity(PortSecurity.only(MacAddress.of(GATEWAY)));
        bindings.protect(IpAddress.parse(GATEWAY_V4));
        portAlice.setGuest(GuestProfile.DEFAULT, bindings);
        portMallory.setGuest(GuestProfile.DEFAULT, bindings);
    }

    /** Answers ARP requests and solicitations for what it has. */
    static void answer(Guest guest, Frame frame) {
        byte[] bytes = frame.toBytes();
        if (frame.destinationMac() == guest.station && frame.etherType() == 0x0806) {
            guest.inject(Frames.to(frame.sourceMac(), Frames.arp(guest.station, 2, guest.station, V4, "0.0.0.0")));
        } else if (frame.destinationMac() == guest.station && bytes.length == 78 && bytes[54] == (byte) 135) {
            guest.inject(Frames.advertisement(guest.station, V6, V6));
        }
    }

    final void assertPasses(Guest from, byte[] frame) {
        long dropped = hub.stats().dropped();
        from.inject(frame);
        assertEquals(dropped, hub.stats().dropped(), hub.stats().toString());
        assertArrayEquals(frame, gateway.inbox.get(gateway.inbox.size() - 1));
    }

    final void assertDropped(HubPort port, GuardReason reason, Guest from, byte[] frame) {
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

    static AddressBinding binding(String address, Guest holder, Origin origin, boolean inUse) {
        return new AddressBinding(IpAddress.parse(address), MacAddress.of(holder.station), origin, inUse);
    }

    final void assertIsArpQuestion(byte[] question) {
        Frame frame = new Frame().wrap(ByteBuffer.wrap(question));
        assertEquals(alice.station, frame.destinationMac());
        assertEquals(60, question.length);
        io.pktkit.wire.ArpPacket arp = new io.pktkit.wire.ArpPacket().wrap(frame);
        assertEquals(1, arp.operation());
        assertEquals("0.0.0.0", arp.senderAddress().toString());
        assertEquals(V4, arp.targetAddress().toString());
        assertEquals(frame.sourceMac(), arp.senderMac());
    }
}
