// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.ANY6;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.NA;
import static io.pktkit.l2adapter.TestNet.NS;
import static io.pktkit.l2adapter.TestNet.OVERRIDE;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static io.pktkit.l2adapter.TestNet.SOLICITED;
import static io.pktkit.l2adapter.TestNet.ndp;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.l2adapter.internal.NeighborLimits;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes, nothing is thrown, and no table passes its cap. */
class HostileTest {

    private static final int RANDOM_FRAMES = 1_000_000;
    private static final int LONGEST = 120;

    private final TestNet net = new TestNet();

    /** Valid frames of each protocol that the adapter looks into. */
    static Stream<byte[]> validFrames() {
        IpAddress group = IpAddress.parse("ff02::1:ff00:1");
        ByteBuffer dhcp =
                PacketBuilder.udp(PEER4, 67, IpAddress.parse("255.255.255.255"), 68, ByteBuffer.allocate(300));
        ByteBuffer tagged = FrameBuilder.pushVlan(
                new Frame().wrap(FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, PEER4, MAC, HOST4)), 0, 1);
        return Stream.of(
                        FrameBuilder.arp(
                                MacAddress.BROADCAST, ArpPacket.REQUEST, PEER_MAC, PEER4, MacAddress.ZERO, HOST4),
                        FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, PEER4, MAC, HOST4),
                        tagged,
                        ip(ndp(NS, 0, PEER6, HOST6, HOST6, PEER_MAC)),
                        ip(ndp(NS, 0, ANY6, group, HOST6, MacAddress.ZERO)),
                        ip(ndp(NA, SOLICITED | OVERRIDE, PEER6, HOST6, PEER6, PEER_MAC)),
                        ip(dhcp),
                        ip(PacketBuilder.udp(PEER6, 1, HOST6, 2, ByteBuffer.allocate(5))))
                .map(TestNet::bytes);
    }

    private static ByteBuffer ip(ByteBuffer packet) {
        int type = packet.get(0) >> 4 == 4 ? EtherType.IPV4 : EtherType.IPV6;
        return FrameBuilder.frame(MAC, PEER_MAC, type, packet);
    }

    private void assertBounded(String context) {
        NeighborLimits limits = NeighborLimits.DEFAULT;
        assertTrue(net.adapter.neighbors().size() <= 2 * limits.entries(), context);
        assertTrue(net.queuedBytes() <= 2L * limits.totalQueueBytes(), context);
        assertEquals(0, net.adapter.stats().snapshot().errors(), context);
    }

    @ParameterizedTest
    @MethodSource("validFrames")
    void shouldSurviveEveryPrefix(byte[] valid) {
        net.adapter.startDhcp();
        net.emitTo(PEER4, 1);
        net.emitTo(PEER6, 1);
        for (int length = 0; length <= valid.length; length++) {
            net.inject(ByteBuffer.wrap(Arrays.copyOf(valid, length)));
        }

        assertBounded("valid=" + Arrays.toString(valid));
    }

    @ParameterizedTest
    @MethodSource("validFrames")
    void shouldSurviveEverySingleByteMutation(byte[] valid) {
        net.adapter.startDhcp();
        net.emitTo(PEER4, 1);
        net.emitTo(PEER6, 1);
        for (int at = 0; at < Math.min(valid.length, LONGEST); at++) {
            for (int value = 0; value < 256; value++) {
                byte[] mutated = valid.clone();
                mutated[at] = (byte) value;
                net.inject(ByteBuffer.wrap(mutated));
            }
            net.advance(0.2);
            net.take();
        }

        assertBounded("valid=" + Arrays.toString(valid));
    }

    @Test
    void shouldSurviveAMillionRandomFrames() {
        long seed = 0x5EED_2026L;
        Random random = new Random(seed);
        List<byte[]> valid = validFrames().toList();
        net.adapter.setGateway(GATEWAY4);
        net.adapter.startDhcp();
        byte[] bytes = new byte[LONGEST];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        Frame frame = new Frame();
        assertDoesNotThrow(
                () -> {
                    for (int i = 0; i < RANDOM_FRAMES; i++) {
                        int length = fill(random, valid, bytes);
                        net.adapter.send(frame.wrap(buffer, 0, length));
                        net.host.packets.clear();
                        if (i % 64 == 0) {
                            net.emitTo(IpAddress.ofIpv4(0x0A00_0000 + random.nextInt(256)), i);
                            net.advance(random.nextInt(100) / 100.0);
                            net.frames.clear();
                        }
                    }
                },
                "seed=" + seed);

        assertBounded("seed=" + seed);
        assertTrue(net.adapter.stats().snapshot().sentPackets() > RANDOM_FRAMES / 20, "some must get through");
    }

    /** Half of it noise behind a header for us, half of it valid frames with a few bytes changed. */
    private static int fill(Random random, List<byte[]> valid, byte[] bytes) {
        random.nextBytes(bytes);
        int length = random.nextInt(LONGEST + 1);
        if (random.nextBoolean()) {
            byte[] base = valid.get(random.nextInt(valid.size()));
            length = Math.min(base.length, LONGEST);
            System.arraycopy(base, 0, bytes, 0, length);
            for (int i = random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(length)] = (byte) random.nextInt();
            }
            return length;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes);
        int[] types = {EtherType.ARP, EtherType.IPV4, EtherType.IPV6, EtherType.VLAN, random.nextInt()};
        FrameBuilder.writeHeader(
                header, 0, MAC.toLong(), PEER_MAC.toLong() + random.nextInt(9), types[random.nextInt(types.length)]);
        return length;
    }
}
