// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Views of hostile bytes. That nothing outside the view is read shows in that the answers do not depend on what is around
 * it; that nothing outside is written, in that it stays.
 */
class HostileViewTest {

    private static final int RANDOM_PACKETS = 100_000;
    private static final int MARGIN = 70; // more than any header is long

    private static final byte[] EXTENSIONS = {0, 43, 44, 51, 60, (byte) 135, 17, 6, 58, 1};

    private final ViewProbe probe = new ViewProbe();

    static Stream<ByteBuffer> validInputs() {
        ByteBuffer data = Packets.random(21, 1);
        String chain =
                "2b00 010400000000 3302 000000000000 3c04 0000 00000001 00000002 0001020304050607 08090a0b0c0d0e0f"
                        + "2c00 010400000000 1100 0001 00000009 0001 0002 0010 0000 a1a2a3a4a5a6a7a8";
        String routed = "11 04 00 02 00000000" + "20010db8000000000000000000000055".repeat(2) + "0001 0002 0008 0000";
        String rpl = "11 01 03 02 fd 40 0000 55 000099 00000000 0001 0002 0008 0000";
        ByteBuffer udp = PacketBuilder.udp(Packets.V4_A, 1, Packets.V4_B, 2, data);
        ByteBuffer syn = Packets.hex(
                "1234 0050 00000001 00000000 a0c2 ffff 0000 0000" + "020405b4 0402 080a 0000000100000000 01 030307");
        return Stream.of(
                udp,
                PacketBuilder.udp(Packets.V6_A, 1, Packets.V6_B, 2, data),
                PacketBuilder.ip(Packets.V4_A, Packets.V4_B, 6, 64, syn),
                PacketBuilder.ip(Packets.V6_A, Packets.V6_B, 6, 64, syn),
                Packets.ipv4WithOptions("01 07 07 04 00000000 89 03 04 00", 17, data),
                PacketBuilder.icmpEcho(Packets.V4_A, Packets.V4_B, true, 1, 2, data),
                PacketBuilder.icmp(Packets.V4_A, Packets.V4_B, 3, 4, 1400, udp),
                PacketBuilder.icmp(
                        Packets.V6_A, Packets.V6_B, 2, 0, 1400, Packets.udp6(9).buffer()),
                Packets.ipv6(0, chain),
                Packets.ipv6(43, routed),
                Packets.ipv6(43, rpl),
                FrameBuilder.frame(MacAddress.BROADCAST, MacAddress.ZERO, EtherType.IPV4, udp),
                FrameBuilder.pushVlan(
                        new Frame().wrap(FrameBuilder.frame(MacAddress.ZERO, MacAddress.ZERO, EtherType.IPV4, udp)),
                        5,
                        1),
                FrameBuilder.arp(
                        MacAddress.BROADCAST, 1, MacAddress.ZERO, Packets.V4_A, MacAddress.ZERO, Packets.V4_B));
    }

    @ParameterizedTest
    @MethodSource("validInputs")
    void shouldReadNothingBehindAnyTruncation(ByteBuffer input) {
        byte[] bytes = Packets.bytes(input);
        for (int length = 0; length <= bytes.length; length++) {
            assertIndependentOfSurroundings(Arrays.copyOf(bytes, length), "length=" + length);
        }
    }

    @ParameterizedTest
    @MethodSource("validInputs")
    void shouldSurviveEverySingleByteMutation(ByteBuffer input) {
        byte[] bytes = Packets.bytes(input);
        for (int at = 0; at < bytes.length; at++) {
            for (int value : new int[] {0, 1, 0x7F, 0x80, 0xFF, 43, 44, 51, 60, bytes[at] ^ 0x10, bytes[at] + 1}) {
                byte[] mutated = bytes.clone();
                mutated[at] = (byte) value;
                assertIndependentOfSurroundings(mutated, "at=" + at + " value=" + value);
            }
        }
    }

    @Test
    void shouldSurviveRandomBytes() {
        long seed = 20261122;
        Random random = new Random(seed);
        ByteBuffer buffer = ByteBuffer.allocate(200);
        Frame frame = new Frame();
        for (int i = 0; i < RANDOM_PACKETS; i++) {
            random.nextBytes(buffer.array());
            buffer.put(0, (byte) (random.nextBoolean() ? 0x45 : 0x60));
            buffer.putShort(12, (short) (random.nextBoolean() ? EtherType.IPV6 : EtherType.VLAN));
            buffer.put(14, (byte) 0x60).put(20, EXTENSIONS[random.nextInt(EXTENSIONS.length)]);
            int length = random.nextInt(200);
            try {
                if (i % 16 == 0) {
                    probe.probe(buffer, 0, length);
                } else {
                    walk(frame.wrap(buffer, 0, length).packet());
                    walk(frame.packet().wrap(buffer, 0, length));
                }
            } catch (RuntimeException e) {
                throw new AssertionError("seed=" + seed + " i=" + i, e);
            }
        }
    }

    private static void walk(Packet packet) {
        packet.protocol();
        packet.verifyTransportChecksum();
        packet.tcp();
        packet.udp();
        packet.icmp();
        packet.isFragment();
    }

    @ParameterizedTest
    @MethodSource("validInputs")
    void shouldWriteNothingOutsideAnyTruncation(ByteBuffer input) {
        byte[] bytes = Packets.bytes(input);
        for (int length = 0; length <= bytes.length; length++) {
            ByteBuffer buffer = surrounded(Arrays.copyOf(bytes, length), Packets.DIRT);
            callSetters(buffer, length);
            for (int i = 0; i < buffer.capacity(); i++) {
                if (i < MARGIN || i >= MARGIN + length) {
                    assertEquals(Packets.DIRT, buffer.get(i), "length=" + length + " i=" + i);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("validInputs")
    void shouldFragmentAndReassembleAnythingWithoutFailing(ByteBuffer input) {
        byte[] bytes = Packets.bytes(input);
        Fragmenter fragmenter = new Fragmenter();
        Reassembler reassembler = new Reassembler();
        ByteBuffer error = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
        for (int at = 0; at < bytes.length; at++) {
            for (int value = 0; value < 256; value += 5) {
                byte[] mutated = bytes.clone();
                mutated[at] = (byte) value;
                Packet packet = new Packet().wrap(ByteBuffer.wrap(mutated));
                fragmenter.fragment(packet, 68, fragment -> reassembler.add(fragment, 0));
                fragmenter.fragment(packet, 1280, at, fragment -> reassembler.add(fragment, 0));
                reassembler.add(packet, 0);
                IcmpErrors.write(packet, Packets.V4_B, IcmpError.hostUnreachable(), error, 0);
                IcmpErrors.write(packet, Packets.V6_B, IcmpError.parameterProblem(2, value), error, 0);
            }
        }
        assertArrayEquals(bytes, Packets.bytes(input));
    }

    private void assertIndependentOfSurroundings(byte[] bytes, String what) {
        int length = bytes.length;
        List<?> alone = probe.probe(ByteBuffer.wrap(bytes), 0, length);
        List<?> amongOnes = probe.probe(surrounded(bytes, (byte) 0xFF), MARGIN, length);
        List<?> amongZeros = probe.probe(surrounded(bytes, (byte) 0), MARGIN, length);
        List<?> cutByLimit = probe.probe(surrounded(bytes, (byte) 0x11).limit(MARGIN + length), MARGIN, length + 50);

        assertEquals(alone, amongOnes, what);
        assertEquals(alone, amongZeros, what);
        assertEquals(alone, cutByLimit, what);
    }

    private static ByteBuffer surrounded(byte[] bytes, byte fill) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 2 * MARGIN);
        Arrays.fill(buffer.array(), fill);
        return buffer.put(MARGIN, bytes);
    }

    private static void callSetters(ByteBuffer buffer, int length) {
        new Frame().wrap(buffer, MARGIN, length).destinationMac(1).sourceMac(2);
        Packet packet = new Packet().wrap(buffer, MARGIN, length);
        packet.recomputeIpv4Checksum();
        packet.recomputeTransportChecksum();
        packet.hopLimit(9).ecn(3).trafficClass(7).identification(5).dontFragment(true);
        packet.source(Packets.V4_A)
                .source(Packets.V6_A)
                .destination(Packets.V4_A)
                .destination(Packets.V6_A);
        packet.decrementHopLimit();
        new UdpDatagram()
                .wrap(buffer, MARGIN, length)
                .sourcePort(1)
                .destinationPort(2)
                .udpLength(3)
                .checksum(4);
        new IcmpMessage()
                .wrap(buffer, MARGIN, length, IpFamily.IPV4)
                .type(1)
                .code(2)
                .checksum(3)
                .restOfHeader(4)
                .identifier(5)
                .sequenceNumber(6);
        new TcpSegment()
                .wrap(buffer, MARGIN, length)
                .sourcePort(1)
                .destinationPort(2)
                .sequenceNumber(3)
                .acknowledgmentNumber(4)
                .flags(5)
                .window(6)
                .checksum(7)
                .urgentPointer(8);
    }
}
