// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseTest {

    private final TestNet net = new TestNet();

    @Test
    void shouldSendNothingAfterClose() {
        net.resolve(PEER_MAC, PEER4);
        net.adapter.close();

        net.emitTo(PEER4, 1);
        net.arpRequest(PEER_MAC, PEER4, HOST4);
        boolean taken = net.injectIp(PEER_MAC, MAC, PacketBuilder.udp(PEER4, 1, HOST4, 2, ByteBuffer.allocate(1)));

        assertFalse(taken);
        assertTrue(net.frames.isEmpty());
        assertTrue(net.host.packets.isEmpty());
        assertEquals(2, net.dropped(DropReason.CLOSED));
        assertEquals(1, net.host.stats().dropped(DropReason.NO_HANDLER), "nobody is attached to the host any more");
    }

    @Test
    void shouldStopTimers() {
        net.emitTo(PEER4, 1);
        net.take();

        net.adapter.close();

        assertEquals(0, net.time.pending());
        net.advance(600);
        assertTrue(net.frames.isEmpty());
        assertTrue(net.host.packets.isEmpty(), "not even that the packet was lost");
    }

    @Test
    void shouldForgetNeighboursAndWhatWaits() {
        net.resolve(PEER_MAC, PEER4);
        net.resolve(PEER_MAC, TestNet.PEER6);
        net.emitTo(IpAddress.parse("10.0.0.3"), 1);
        net.emitTo(IpAddress.parse("2001:db8::3"), 1);

        net.adapter.close();

        assertTrue(net.adapter.neighbors().isEmpty());
        assertEquals(0, net.queuedBytes());
    }

    @Test
    void shouldTellTheHostNothingMoreWhenItClosesTheAdapterMeanwhile() {
        var host = new AbstractL3Device() {
            @Nullable
            L2Adapter adapter;

            int told;

            @Override
            public boolean send(Packet packet) {
                told++;
                if (adapter != null) {
                    adapter.close();
                }
                return true;
            }

            void emit(ByteBuffer packet) {
                deliver(new Packet().wrap(packet));
            }
        };
        host.setPrefix(IpPrefix.parse(HOST4 + "/24"));
        host.adapter = L2Adapter.builder(host).macAddress(MAC).timers(net.time).build();
        host.emit(TestNet.udp(PEER4, 1));
        host.emit(TestNet.udp(PEER4, 2));

        net.advance(3);

        assertEquals(1, host.told, "two packets were lost");
    }

    @Test
    void shouldNotCloseTheHost() {
        net.adapter.close();

        assertFalse(net.host.done().toCompletableFuture().isDone());
    }

    @Test
    void shouldCompleteDoneAndBeIdempotent() {
        net.adapter.close();
        net.adapter.close();

        assertTrue(net.adapter.done().toCompletableFuture().isDone());
        assertThrows(IllegalStateException.class, () -> net.adapter.startDhcp());
    }

    @Test
    void shouldLeaveTheHostToTheNextAdapter() {
        IllegalStateException taken = assertThrows(
                IllegalStateException.class,
                () -> L2Adapter.builder(net.host).timers(net.time).build());
        assertTrue(Objects.requireNonNull(taken.getMessage()).contains(MAC.toString()), taken.getMessage());
        net.adapter.close();
        L2Adapter next = L2Adapter.builder(net.host).timers(net.time).build();
        next.attach(frame -> net.frames.add(frame.toBytes()));
        net.frames.clear(); // what it says of its addresses

        net.emitTo(PEER4, 1);

        assertEquals(next.macAddress(), net.takeOne().source());
    }

    @Test
    void shouldBeADeviceOnItsUpperSideWithoutAHost() {
        L2Adapter adapter =
                L2Adapter.builder().macAddress(MAC).mtu(9000).timers(net.time).build();
        List<Packet> up = new ArrayList<>();
        List<byte[]> frames = new ArrayList<>();
        adapter.attach(frame -> frames.add(frame.toBytes()));
        Attachment<Packet> ip = adapter.ip().attach(packet -> up.add(packet));
        adapter.ip().setPrefix(IpPrefix.parse(HOST4 + "/24"));
        frames.clear(); // what it says of its addresses

        adapter.send(new Frame()
                .wrap(FrameBuilder.frame(
                        MAC, PEER_MAC, EtherType.IPV4, PacketBuilder.udp(PEER4, 1, HOST4, 2, ByteBuffer.allocate(1)))));
        ip.send(new Packet().wrap(TestNet.udp(PEER4, 1)));

        assertEquals(1, up.size());
        assertEquals(1, frames.size(), "a request for the neighbour");
        assertEquals(9000, adapter.mtu());
        assertEquals(9000, adapter.ip().mtu());
        assertThrows(IllegalStateException.class, () -> net.adapter.ip());
        adapter.ip().close();
        assertTrue(adapter.done().toCompletableFuture().isDone());
        assertFalse(ip.send(new Packet().wrap(TestNet.udp(PEER4, 1))));
    }

    @Test
    void shouldDrawLocalUnicastMacByDefault() {
        L2Adapter one = L2Adapter.builder().timers(net.time).build();
        L2Adapter two = L2Adapter.builder().timers(net.time).build();

        assertTrue(one.macAddress().isLocal() && one.macAddress().isUnicast());
        assertNotEquals(one.macAddress(), two.macAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"00:00:00:00:00:00", "01:00:00:00:00:01", "ff:ff:ff:ff:ff:ff"})
    void shouldRefuseMacThatIsNoStations(String mac) {
        L2Adapter.Builder builder = L2Adapter.builder(net.host);

        assertThrows(IllegalArgumentException.class, () -> builder.macAddress(MacAddress.parse(mac)));
    }
}
