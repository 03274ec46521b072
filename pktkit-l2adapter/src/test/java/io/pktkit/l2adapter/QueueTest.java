// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.l2adapter.internal.NeighborLimits;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packets that wait, and what is given up when there are too many. */
class QueueTest {

    private static final NeighborLimits SMALL = new NeighborLimits(8, 4, 16, 4000, 8000);

    private final TestNet net = new TestNet("10.0.0.1/8", "2001:db8::1/64");

    static Stream<IpAddress> peers() {
        return Stream.of(PEER4, PEER6);
    }

    private static IpAddress made(int i) {
        return IpAddress.ofIpv4(0x0A10_0000 + i);
    }

    private static TestNet small() {
        return new TestNet("10.0.0.1/8", "2001:db8::1/64", SMALL);
    }

    private static void emitBytes(TestNet net, IpAddress to, int mark, int packetLength) {
        ByteBuffer payload = ByteBuffer.allocate(packetLength - 28).putInt(0, mark);
        net.host.emit(PacketBuilder.udp(HOST4, 1000, to, 2000, payload));
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldSendWaitingPacketsInOrder(IpAddress peer) {
        for (int i = 0; i < 16; i++) {
            net.emitTo(peer, i);
        }
        net.take();

        net.confirm(PEER_MAC, peer);

        assertEquals(IntStream.range(0, 16).boxed().toList(), net.takeMarks());
        assertEquals(0, net.neighbor(peer).queuedPackets());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldDropOldestWhenQueueIsFull(IpAddress peer) {
        for (int i = 0; i < 20; i++) {
            net.emitTo(peer, i);
        }
        assertEquals(16, net.neighbor(peer).queuedPackets());
        net.take();

        net.confirm(PEER_MAC, peer);

        assertEquals(IntStream.range(4, 20).boxed().toList(), net.takeMarks());
        assertEquals(4, net.dropped(DropReason.QUEUE_FULL));
    }

    @Test
    void shouldCopyWaitingPackets() {
        ByteBuffer packet = TestNet.udp(PEER4, 7);
        net.host.emit(packet);
        packet.put(0, new byte[packet.capacity()]);

        net.confirm(PEER_MAC, PEER4);

        assertEquals(List.of(7), net.takeMarks());
    }

    @Test
    void shouldBoundBytesOfOneQueueByDroppingOldest() {
        TestNet net = small();
        for (int i = 0; i < 5; i++) {
            emitBytes(net, PEER4, i, 1000);
        }
        assertEquals(3, net.neighbor(PEER4).queuedPackets());
        net.take();

        net.confirm(PEER_MAC, PEER4);

        assertEquals(List.of(2, 3, 4), net.takeMarks());
    }

    @Test
    void shouldRefusePacketThatNeverFitsBeforeSheddingOthers() {
        TestNet net = small();
        emitBytes(net, PEER4, 1, 1000);
        emitBytes(net, PEER4, 2, 3937);
        emitBytes(net, made(1), 3, 3937);
        assertEquals(2, net.dropped(DropReason.TOO_BIG));
        assertFalse(net.knows(made(1)), "nobody is asked in vain");

        net.confirm(PEER_MAC, PEER4);

        assertEquals(List.of(1), net.takeMarks());
        emitBytes(net, made(1), 4, 3936);
        assertTrue(net.knows(made(1)));
    }

    @Test
    void shouldBoundBytesOfAllQueuesByDroppingOldestTarget() {
        TestNet net = small();
        emitBytes(net, made(1), 1, 3000);
        emitBytes(net, made(2), 2, 3000);
        emitBytes(net, made(3), 3, 3000);

        assertFalse(net.knows(made(1)));
        assertTrue(net.knows(made(2)) && net.knows(made(3)));
        assertEquals(1, net.dropped(DropReason.TABLE_FULL));
    }

    @Test
    void shouldFillOneQueueToTheByte() {
        TestNet net = small();
        emitBytes(net, PEER4, 1, 1936);
        emitBytes(net, PEER4, 2, 1936);
        assertEquals(2, net.neighbor(PEER4).queuedPackets());
        assertEquals(4000, net.queuedBytes());

        emitBytes(net, PEER4, 3, 100);

        assertEquals(2, net.neighbor(PEER4).queuedPackets());
        assertEquals(1, net.dropped(DropReason.QUEUE_FULL));
    }

    @Test
    void shouldFillAllQueuesToTheByte() {
        TestNet net = small();
        emitBytes(net, made(1), 1, 3936);
        emitBytes(net, made(2), 2, 3936);
        assertEquals(8000, net.queuedBytes());
        assertTrue(net.knows(made(1)) && net.knows(made(2)));

        emitBytes(net, made(3), 3, 100);

        assertFalse(net.knows(made(1)));
    }

    @Test
    void shouldCountOnlyThoseThatAreBeingAskedForAsUnresolved() {
        TestNet net = small();
        for (int i = 0; i < 6; i++) {
            net.resolve(PEER_MAC, made(i));
        }

        net.emitTo(made(10), 1);
        net.emitTo(made(11), 2);

        assertTrue(net.knows(made(10)) && net.knows(made(11)));
        assertEquals(0, net.adapter.neighborStats(IpFamily.IPV4).evictions());
    }

    @Test
    void shouldDropAndCountWhatItsOwnOutboxCannotHold() {
        boolean[] once = {false};
        net.listen(frame -> {
            if (!once[0]) {
                once[0] = true;
                for (int i = 0; i < 5000; i++) { // each with a request, while this one is on its way
                    net.emitTo(made(i), i);
                }
            }
        });

        net.emitTo(PEER4, 1);

        assertEquals(5000 - 4096, net.dropped(DropReason.QUEUE_FULL));
    }

    @Test
    void shouldNotShedTheTargetThatIsAddedTo() {
        TestNet net = small();
        emitBytes(net, made(1), 1, 1500);
        emitBytes(net, made(2), 2, 3500);
        emitBytes(net, made(3), 3, 2500);

        emitBytes(net, made(1), 4, 1000);

        assertEquals(2, net.neighbor(made(1)).queuedPackets());
        assertFalse(net.knows(made(2)));
        assertTrue(net.knows(made(3)));
    }

    @Test
    void shouldEvictWhoIsNotVerifiedBeforeWhoIsReachable() {
        TestNet net = small();
        for (int i = 0; i < 4; i++) {
            net.resolve(PEER_MAC, made(i));
        }
        for (int i = 4; i < 8; i++) {
            net.arpRequest(PEER_MAC, made(i), HOST4);
            net.emitTo(made(i), i);
            assertEquals(NeighborState.DELAY, net.state(made(i)));
        }

        for (int i = 8; i < 12; i++) {
            net.emitTo(made(i), i);
        }

        for (int i = 0; i < 4; i++) {
            assertEquals(NeighborState.REACHABLE, net.state(made(i)));
        }
        assertEquals(8, net.adapter.neighbors().size());
    }

    @Test
    void shouldBoundUnresolvedTargets() {
        TestNet net = small();
        for (int i = 0; i < 10; i++) {
            net.emitTo(made(i), i);
        }

        assertEquals(4, net.adapter.neighbors().size());
        assertTrue(net.knows(made(9)));
        assertEquals(6, net.adapter.neighborStats(IpFamily.IPV4).evictions());
        assertEquals(6, net.adapter.neighborStats(IpFamily.IPV4).shedPackets());
    }

    @Test
    void shouldNeverShedTheGatewaysQueue() {
        TestNet net = small();
        net.adapter.setGateway(GATEWAY4);
        emitBytes(net, FAR4, 1000, 3000);
        for (int i = 0; i < 100; i++) {
            emitBytes(net, made(i), i, 3000);
        }
        assertTrue(net.neighbor(GATEWAY4).gateway());
        net.take();

        net.confirm(GATEWAY_MAC, GATEWAY4);

        assertEquals(List.of(1000), net.takeMarks());
    }

    @Test
    void shouldAlwaysAdmitTheGatewaysQueue() {
        TestNet net = small();
        net.adapter.setGateway(GATEWAY4);
        for (int i = 0; i < 4; i++) {
            emitBytes(net, made(i), i, 1900);
        }

        emitBytes(net, FAR4, 1000, 1900);
        emitBytes(net, FAR4, 1001, 1900);
        net.take();
        net.confirm(GATEWAY_MAC, GATEWAY4);

        assertEquals(List.of(1000, 1001), net.takeMarks());
    }

    @Test
    void shouldPinTheNewGatewayWhenItChanges() {
        TestNet net = small();
        net.adapter.setGateway(GATEWAY4);
        net.resolve(GATEWAY_MAC, GATEWAY4);
        IpAddress next = IpAddress.parse("10.0.0.253");
        net.resolve(PEER_MAC, next);

        net.adapter.setGateway(next);

        assertFalse(net.neighbor(GATEWAY4).gateway());
        assertTrue(net.neighbor(next).gateway());
        for (int i = 0; i < 100; i++) {
            net.emitTo(made(i), i);
            net.confirm(PEER_MAC, made(i));
        }
        assertTrue(net.knows(next));
        assertFalse(net.knows(GATEWAY4));
    }

    @Test
    void shouldResolveRealNeighbourAmongFloodOfMadeUpTargets() {
        for (int i = 0; i < 5000; i++) {
            net.emitTo(made(i), i);
        }
        net.emitTo(PEER4, -1);
        for (int i = 0; i < 400; i++) {
            net.emitTo(made(i), i);
        }
        net.take();

        net.confirm(PEER_MAC, PEER4);

        assertEquals(List.of(-1), net.takeMarks());
        assertEquals(NeighborState.REACHABLE, net.state(PEER4));
    }

    @Test
    void shouldResolveRealNeighbourAmongFloodOfMadeUpSenders() {
        net.resolve(PEER_MAC, PEER4);
        for (int i = 0; i < 20_000; i++) {
            net.arpRequest(MacAddress.of(0x0200_0100_0000L + i), made(i), HOST4);
        }
        IpAddress other = IpAddress.parse("10.0.0.3");
        net.emitTo(other, 2);
        net.take();

        net.confirm(PEER_MAC, other);

        assertEquals(List.of(2), net.takeMarks(), "delivered and cached though the cache is full");
        assertEquals(NeighborState.REACHABLE, net.state(other));
        assertEquals(NeighborState.REACHABLE, net.state(PEER4), "who proved itself is not evicted for who did not");
        assertEquals(4096, net.adapter.neighbors().size());
    }

    @Test
    void shouldPreferProvenNeighboursOverFloodWhenTheyGoStale() {
        net.resolve(PEER_MAC, PEER4);
        net.advance(31);
        for (int i = 0; i < 20_000; i++) {
            net.arpRequest(MacAddress.of(0x0200_0100_0000L + i), made(i), HOST4);
        }

        assertTrue(net.knows(PEER4));
    }

    @Test
    void shouldKeepTheGatewayThroughEveryFlood() {
        net.adapter.setGateway(GATEWAY4);
        net.resolve(GATEWAY_MAC, GATEWAY4);
        net.advance(31);
        for (int i = 0; i < 6000; i++) {
            net.emitTo(made(i), i);
            net.confirm(PEER_MAC, made(i));
        }

        assertEquals(GATEWAY_MAC, net.neighbor(GATEWAY4).macAddress());
        assertEquals(4096, net.adapter.neighbors().size());
    }

    @Test
    void shouldStayWithinMemoryBoundsWhenSweepingASlash8() {
        long most = 0;
        for (int i = 0; i < 100_000; i++) {
            emitBytes(net, IpAddress.ofIpv4(0x0A00_0100 + i * 167), i, 1400);
            net.frames.clear();
            if (i % 1000 == 0) {
                net.advance(0.01);
                most = Math.max(most, net.queuedBytes());
            }
        }

        assertTrue(most > 500_000 && most <= NeighborLimits.DEFAULT.totalQueueBytes(), "queued bytes=" + most);
        assertTrue(net.adapter.neighbors().size() <= NeighborLimits.DEFAULT.unresolved());
        net.advance(4);
        assertEquals(0, net.queuedBytes());
        assertTrue(net.adapter.neighbors().isEmpty());
    }
}
