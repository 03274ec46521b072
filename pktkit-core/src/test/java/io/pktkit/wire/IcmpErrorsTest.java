// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IcmpErrorsTest {

    private static final IpAddress ROUTER4 = IpAddress.parse("10.0.0.254");
    private static final IpAddress ROUTER6 = IpAddress.parse("2001:db8::fe");
    private static final int OFFSET = 3;

    private final ByteBuffer target = Packets.dirty(OFFSET + IcmpErrors.MAX_LENGTH + 9);

    static Stream<Arguments> kinds() {
        return Stream.of(
                Arguments.of(IcmpError.portUnreachable(), 3, 3, 0, 1, 4, 0),
                Arguments.of(IcmpError.hostUnreachable(), 3, 1, 0, 1, 3, 0),
                Arguments.of(IcmpError.addressUnreachable(), 3, 1, 0, 1, 3, 0),
                Arguments.of(IcmpError.noRoute(), 3, 1, 0, 1, 0, 0),
                Arguments.of(IcmpError.adminProhibited(), 3, 13, 0, 1, 1, 0),
                Arguments.of(IcmpError.timeExceeded(), 11, 0, 0, 3, 0, 0),
                Arguments.of(IcmpError.reassemblyTimeExceeded(), 11, 1, 0, 3, 1, 0),
                Arguments.of(IcmpError.destinationUnreachable(10, 2), 3, 10, 0, 1, 2, 0),
                Arguments.of(IcmpError.packetTooBig(1400), 3, 4, 1400, 2, 0, 1400),
                Arguments.of(IcmpError.packetTooBig(70000), 3, 4, 65535, 2, 0, 70000),
                Arguments.of(IcmpError.parameterProblem(1, 40), 12, 1, 40 << 24, 4, 1, 40),
                Arguments.of(IcmpError.parameterProblem(0, 300), 12, 0, 255 << 24, 4, 0, 300));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSayItInBothFamilies(IcmpError error, int type4, int code4, int rest4, int type6, int code6, int rest6) {
        IcmpMessage four = written(Packets.udp4(8), ROUTER4, error).icmp();
        assertNotNull(four);
        assertEquals(type4, four.type());
        assertEquals(code4, four.code());
        assertEquals(rest4, four.restOfHeader());
        assertTrue(four.isError());

        IcmpMessage six = written(Packets.udp6(8), ROUTER6, error).icmp();
        assertNotNull(six);
        assertEquals(type6, six.type());
        assertEquals(code6, six.code());
        assertEquals(rest6, six.restOfHeader());
        assertTrue(six.isError());
    }

    @ParameterizedTest
    @CsvSource({"0, 64", "520, 576", "521, 576", "1400, 576"})
    void shouldQuoteInIpv4AsMuchAsFitsInto576Bytes(int payload, int expected) {
        Packet original = Packets.udp4(payload);
        Packet error = written(original, ROUTER4, IcmpError.portUnreachable());

        assertEquals(expected == 64 ? 28 + original.length() : expected, error.length());
        assertQuotes(original, error);
    }

    @ParameterizedTest
    @CsvSource({"0, 96", "1184, 1280", "1185, 1280", "5000, 1280"})
    void shouldQuoteInIpv6AsMuchAsFitsInto1280Bytes(int payload, int expected) {
        Packet original = Packets.udp6(payload);
        Packet error = written(original, ROUTER6, IcmpError.portUnreachable());

        assertEquals(expected, error.length());
        assertQuotes(original, error);
    }

    private static void assertQuotes(Packet original, Packet error) {
        IcmpMessage icmp = error.icmp();
        assertNotNull(icmp);
        Packet quoted = icmp.quotedPacket();
        assertNotNull(quoted);
        assertArrayEquals(Arrays.copyOf(original.toBytes(), quoted.length()), quoted.toBytes());
        UdpDatagram udp = quoted.udp();
        assertNotNull(udp);
        assertEquals(1000, udp.sourcePort());
        assertEquals(2000, udp.destinationPort());
    }

    @Test
    void shouldNotQuoteEthernetPadding() {
        byte[] padded = Arrays.copyOf(Packets.udp4(1).toBytes(), 46);

        Packet error = written(new Packet().wrap(ByteBuffer.wrap(padded)), ROUTER4, IcmpError.portUnreachable());

        assertEquals(28 + 29, error.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "239.1.1.1", "240.0.0.1", "255.255.255.255"})
    void shouldNotAnswerASourceThatIsNoSingleHost(String source) {
        assertSilent(Packets.udp4(8).source(IpAddress.parse(source)), ROUTER4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "ff02::1"})
    void shouldNotAnswerAnIpv6SourceThatIsNoSingleHost(String source) {
        assertSilent(Packets.udp6(8).source(IpAddress.parse(source)), ROUTER6);
    }

    @Test
    void shouldNotAnswerWhatWasSentToMany() {
        assertSilent(Packets.udp4(8).destination(IpAddress.parse("255.255.255.255")), ROUTER4);
        assertSilent(Packets.udp4(8).destination(IpAddress.parse("224.0.0.251")), ROUTER4);
        assertSilent(Packets.udp6(8).destination(IpAddress.parse("ff02::fb")), ROUTER6);
    }

    @Test
    void shouldMakeTheTwoExceptionsForIpv6Multicast() {
        IpAddress group = IpAddress.parse("ff0e::1");
        // destination options: padding, then unrecognized options whose types ask for each of the four actions
        Packet packet = new Packet().wrap(Packets.ipv6(60, "1101 0000 1e00 5e00 9e00 de00 00000000 0001000200080000"));
        packet.destination(group);

        assertTrue(IcmpErrors.mayReply(packet, IcmpError.packetTooBig(1280)));
        assertFalse(IcmpErrors.mayReply(packet, IcmpError.parameterProblem(2, 44)));
        assertFalse(IcmpErrors.mayReply(packet, IcmpError.parameterProblem(2, 46)));
        assertTrue(IcmpErrors.mayReply(packet, IcmpError.parameterProblem(2, 48)));
        assertFalse(IcmpErrors.mayReply(packet, IcmpError.parameterProblem(2, 50)));
        assertFalse(IcmpErrors.mayReply(packet, IcmpError.parameterProblem(1, 48)));
        assertFalse(IcmpErrors.mayReply(packet, IcmpError.parameterProblem(2, 48000)));
        assertFalse(IcmpErrors.mayReply(packet, IcmpError.parameterProblem(2, -1)));
        assertFalse(IcmpErrors.mayReply(packet, IcmpError.timeExceeded()));
        assertTrue(IcmpErrors.mayReply(packet.destination(Packets.V6_B), IcmpError.parameterProblem(2, 50)));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 11, 12})
    void shouldNotAnswerAnIcmpError(int type) {
        assertSilent(icmp(Packets.V4_A, Packets.V4_B, type), ROUTER4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 100, 127, 137})
    void shouldNotAnswerAnIcmpv6ErrorOrRedirect(int type) {
        assertSilent(icmp(Packets.V6_A, Packets.V6_B, type), ROUTER6);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 13})
    void shouldAnswerOtherIcmp(int type) {
        Packet original = icmp(Packets.V4_A, Packets.V4_B, type);

        assertTrue(IcmpErrors.mayReply(original, IcmpError.hostUnreachable()));
    }

    @Test
    void shouldNotAnswerIcmpTooShortToTell() {
        assertSilent(
                new Packet().wrap(PacketBuilder.ip(Packets.V4_A, Packets.V4_B, 1, 64, Packets.hex("080000"))), ROUTER4);
        assertSilent(
                new Packet().wrap(PacketBuilder.ip(Packets.V6_A, Packets.V6_B, 58, 64, Packets.hex("800000"))),
                ROUTER6);
    }

    @Test
    void shouldAnswerFirstFragmentsOnly() {
        var four = ReassemblerTest.fragments(Packets.udp4(2000), 1280, 1);
        var six = ReassemblerTest.fragments(Packets.udp6(2000), 1280, 1);

        assertTrue(IcmpErrors.mayReply(four.get(0), IcmpError.hostUnreachable()));
        assertTrue(IcmpErrors.mayReply(six.get(0), IcmpError.hostUnreachable()));
        assertSilent(four.get(1), ROUTER4);
        assertSilent(six.get(1), ROUTER6);
    }

    @Test
    void shouldBeSilentWhenTheHeaderChainMayHideAnError() {
        String seventeen = "3c00010400000000".repeat(16) + "3a00010400000000" + "01000000 00000000";

        assertSilent(new Packet().wrap(Packets.ipv6(60, seventeen)), ROUTER6);
        assertSilent(new Packet().wrap(Packets.ipv6(60, "3a01 0104 00000000")), ROUTER6);
    }

    @Test
    void shouldNotMixFamiliesNorAnswerNonsense() {
        assertSilent(Packets.udp4(8), ROUTER6);
        assertSilent(Packets.udp6(8), ROUTER4);
        assertSilent(Packets.udp4(8), IpAddress.parse("0.0.0.0"));
        assertSilent(new Packet(), ROUTER4);
        Packet truncated = Packets.udp4(100);
        assertSilent(truncated.wrap(truncated.buffer(), 0, 60), ROUTER4);
    }

    private Packet written(Packet original, IpAddress from, IcmpError error) {
        int length = IcmpErrors.write(original, from, error, target, OFFSET);
        assertTrue(length > 0);
        for (int i = 0; i < OFFSET; i++) {
            assertEquals(Packets.DIRT, target.get(i));
        }
        for (int i = OFFSET + length; i < target.capacity() && length == IcmpErrors.MAX_LENGTH; i++) {
            assertEquals(Packets.DIRT, target.get(i));
        }
        Packet packet = new Packet().wrap(target, OFFSET, length);
        assertTrue(packet.isComplete());
        assertEquals(length, packet.totalLength());
        assertEquals(from, packet.source());
        assertEquals(original.source(), packet.destination());
        assertEquals(64, packet.hopLimit());
        assertEquals(packet.isIpv4() ? 0xC0 : 0, packet.trafficClass(), "precedence 6, as Linux");
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        assertTrue(packet.isIpv6() || packet.verifyIpv4Checksum() == ChecksumStatus.VALID);
        return packet;
    }

    private void assertSilent(Packet original, IpAddress from) {
        byte[] before = Packets.bytes(target);
        assertEquals(0, IcmpErrors.write(original, from, IcmpError.hostUnreachable(), target, OFFSET));
        assertArrayEquals(before, Packets.bytes(target));
    }

    private static Packet icmp(IpAddress source, IpAddress destination, int type) {
        return new Packet().wrap(PacketBuilder.icmp(source, destination, type, 0, 0, Packets.random(40, type)));
    }
}
