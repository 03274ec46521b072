// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The fence is there in both directions, however one attaches and sends, and nothing else is changed. */
class JoinedDeviceTest {

    private static final MacAddress ONE = MacAddress.parse("02:00:00:00:00:01");
    private static final int DHCP_SERVER = 67;
    private static final int ANY = 4000;

    private final List<String> seen = new ArrayList<>();
    private final Card card = new Card();
    private final JoinedDevice joined = new JoinedDevice(card, new ServiceFence(Set.of(), false));

    private final class Card extends AbstractL2Device {
        Card() {
            super(ONE);
        }

        @Override
        public boolean send(Frame frame) {
            seen.add("out");
            return true;
        }

        boolean inject(int port) {
            return deliver(udpTo(port));
        }

        Set<Offload> taken() {
            return receiverOffloads();
        }

        void changeMtuTo(int bytes) {
            changeMtu(bytes);
        }
    }

    private final class Network implements Receiver<Frame> {
        @Override
        public void receive(Frame frame) {
            seen.add("in");
        }

        @Override
        public Set<Offload> offloads() {
            return Set.of(Offload.CHECKSUM);
        }

        @Override
        public void deviceChanged() {
            seen.add("changed");
        }
    }

    @Test
    void shouldFenceTheFirstFrameToo() {
        Attachment<Frame> place = joined.attach(new Network(), prepared -> {
            assertFalse(prepared.send(udpTo(DHCP_SERVER)));
            assertTrue(prepared.send(udpTo(ANY)));
        });

        card.inject(DHCP_SERVER);
        card.inject(ANY);
        assertFalse(place.send(udpTo(DHCP_SERVER)));
        assertFalse(joined.send(udpTo(DHCP_SERVER)));
        assertTrue(joined.send(udpTo(ANY)));

        assertEquals(List.of("out", "in", "out"), seen);
        assertEquals(3, card.stats().snapshot().sendDropped(DropReason.FILTERED));
        assertEquals(1, card.stats().snapshot().receiveDropped(DropReason.FILTERED));
    }

    @Test
    void shouldFenceWithTheShorterAttachToo() {
        Attachment<Frame> place = joined.attach(new Network());

        card.inject(DHCP_SERVER);

        assertFalse(place.send(udpTo(DHCP_SERVER)));
        assertEquals(List.of(), seen);
    }

    @Test
    void shouldTellTheDeviceAndTheNetworkWhatTheyTellEachOther() {
        joined.attach(new Network());

        assertEquals(Set.of(Offload.CHECKSUM), card.taken());
        card.changeMtuTo(9000);
        assertEquals(9000, joined.mtu());
        assertEquals(List.of("changed"), seen);
    }

    private static Frame udpTo(int port) {
        ByteBuffer packet = PacketBuilder.udp(
                IpAddress.parse("10.0.2.9"), ANY, IpAddress.parse("10.0.2.2"), port, ByteBuffer.allocate(20));
        return new Frame().wrap(FrameBuilder.frame(ONE, ONE, EtherType.IPV4, packet));
    }
}
