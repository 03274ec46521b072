// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.L3Device;
import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.link.PipeL2;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IsolatedGuestsTest {

    private static final IpAddress OUTSIDE = IpAddress.parse("192.0.2.1");

    private final ManualTime time = new ManualTime();
    private final List<L3Device> namespaces = new ArrayList<>();
    private final List<L3Device> heard = new ArrayList<>();

    private final IsolatedGuests network = IsolatedGuests.builder(this::namespace, IpPrefix.parse("10.0.2.1/24"))
            .dhcp(DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"))
                    .router(IpAddress.parse("10.0.2.1"))
                    .build())
            .timers(time)
            .build();

    private Attachment<Packet> namespace(L3Device device) {
        namespaces.add(device);
        return device.attach(packet -> {
            if (packet.destination().equals(OUTSIDE)) {
                heard.add(device);
            }
        });
    }

    private L2Adapter guest(int number) {
        L2Adapter guest = L2Adapter.builder()
                .macAddress(MacAddress.of(0x02_00_00_00_00_00L + number))
                .timers(time)
                .build();
        guest.ip().attach(packet -> {});
        return guest;
    }

    private static void talk(L2Adapter guest) {
        ByteBuffer packet = PacketBuilder.udp(
                guest.ip().prefix(IpFamily.IPV4).address(), 1, OUTSIDE, 2, ByteBuffer.wrap(new byte[10]));
        guest.ip().send(new Packet().wrap(packet, 0, packet.limit()));
    }

    @Test
    void shouldGiveEachGuestTheSameAddressAndANamespaceOfItsOwn() throws IOException {
        List<L2Adapter> guests = List.of(guest(1), guest(2));
        for (L2Adapter guest : guests) {
            network.connect(guest);
            guest.startDhcp(DhcpClientConfig.builder(guest.macAddress()).build());
        }
        time.advance(Duration.ofSeconds(10));

        assertEquals(2, namespaces.size());
        for (int i = 0; i < guests.size(); i++) {
            L2Adapter guest = guests.get(i);
            assertNotNull(guest.lease());
            assertEquals("10.0.2.3", guest.ip().prefix(IpFamily.IPV4).address().toString());
            talk(guest);
            time.advance(Duration.ofSeconds(1));
            assertEquals(i + 1, heard.size());
            assertSame(namespaces.get(i), heard.get(i));
        }
        guests.forEach(L2Adapter::close);
    }

    @Test
    void shouldTakeAGuestsNetworkDownWithItsPlace() throws IOException {
        PipeL2 guest = new PipeL2(MacAddress.of(0x02_00_00_00_00_01L));
        Attachment<Frame> place = network.connect(guest);
        assertSame(guest, place.device());

        place.close();
        place.close();

        assertTrue(namespaces.get(0).done().toCompletableFuture().isDone(), "the gateway");
        assertFalse(guest.done().toCompletableFuture().isDone(), "the guest's device stays its owner's");
        network.connect(guest).close();
        assertEquals(2, namespaces.size());
    }

    @Test
    void shouldLeaveNothingOfAGuestThatIsGoneAlready() {
        PipeL2 guest = new PipeL2(MacAddress.of(0x02_00_00_00_00_01L));
        guest.close();

        assertThrows(IllegalStateException.class, () -> network.connect(guest));

        assertTrue(namespaces.get(0).done().toCompletableFuture().isDone());
    }
}
