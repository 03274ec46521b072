// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY6;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The forwarding paths allocate nothing. */
class AllocationTest {

    private static final int ROUND = 20_000;

    /** The keyed hash's state is in registers only once the second compiler had its turn, so that takes some rounds. */
    private static final int MAX_ROUNDS = 2000;

    private final TestNet net = new TestNet();

    static Stream<IpAddress> destinations() {
        return Stream.of(PEER4, PEER6, FAR4, FAR6, IpAddress.parse("10.0.0.255"), IpAddress.parse("ff02::1"));
    }

    private static void assertAllocatesNothing(Runnable action) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < MAX_ROUNDS && least >= ROUND; round++) {
            long before = threads.getThreadAllocatedBytes(self);
            for (int i = 0; i < ROUND; i++) {
                action.run();
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
        }
        double perPacket = (double) least / ROUND;
        assertTrue(perPacket < 1, "bytes per packet=" + perPacket);
    }

    @ParameterizedTest
    @MethodSource("destinations")
    void shouldSendWithoutAllocating(IpAddress to) {
        net.adapter.setGateway(GATEWAY4);
        net.adapter.setGateway(GATEWAY6);
        for (IpAddress peer : new IpAddress[] {PEER4, PEER6, GATEWAY4, GATEWAY6}) {
            net.resolve(peer.equals(PEER4) || peer.equals(PEER6) ? PEER_MAC : GATEWAY_MAC, peer);
        }
        long[] count = {0};
        net.listen(frame -> count[0] += frame.length() > 0 ? 1 : 0);
        Packet packet = new Packet().wrap(TestNet.udp(to, 1));

        assertAllocatesNothing(() -> net.host.deliverFor(packet));

        assertTrue(count[0] >= ROUND, "frames=" + count[0]);
    }

    @ParameterizedTest
    @MethodSource("destinations")
    void shouldSendWithoutAllocatingWhileItVerifies(IpAddress to) {
        net.adapter.setGateway(GATEWAY4);
        net.adapter.setGateway(GATEWAY6);
        for (IpAddress peer : new IpAddress[] {PEER4, PEER6, GATEWAY4, GATEWAY6}) {
            net.resolve(peer.equals(PEER4) || peer.equals(PEER6) ? PEER_MAC : GATEWAY_MAC, peer);
        }
        net.advance(31); // the first packet makes it DELAY
        net.listen(frame -> {});
        Packet packet = new Packet().wrap(TestNet.udp(to, 1));

        assertAllocatesNothing(() -> net.host.deliverFor(packet));
    }

    @Test
    void shouldReceiveWithoutAllocating() {
        long[] count = {0};
        var host = new AbstractL3Device() {
            @Override
            public boolean send(Packet packet) {
                count[0]++;
                return packet.isValid();
            }
        };
        L2Adapter adapter =
                L2Adapter.builder(host).macAddress(MAC).timers(net.time).build();
        ByteBuffer packet = PacketBuilder.udp(PEER4, 1, HOST4, 2, ByteBuffer.allocate(9));
        Frame frame = new Frame().wrap(FrameBuilder.frame(MAC, PEER_MAC, EtherType.IPV4, packet));

        assertAllocatesNothing(() -> adapter.send(frame));

        assertTrue(count[0] >= ROUND, "packets=" + count[0]);
    }
}
