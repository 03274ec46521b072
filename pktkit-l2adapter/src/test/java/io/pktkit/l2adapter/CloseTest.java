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

import io.pktkit.device.DropReason;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
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
        assertEquals(3, net.dropped(DropReason.CLOSED));
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
        L2Adapter next = L2Adapter.builder(net.host).timers(net.time).build();
        next.setHandler(frame -> net.frames.add(frame.toBytes()));
        net.adapter.close();

        net.emitTo(PEER4, 1);

        assertEquals(next.macAddress(), net.takeOne().source());
    }

    @Test
    void shouldDrawLocalUnicastMacByDefault() {
        L2Adapter one = L2Adapter.builder(net.host).timers(net.time).build();
        L2Adapter two = L2Adapter.builder(net.host).timers(net.time).build();

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
