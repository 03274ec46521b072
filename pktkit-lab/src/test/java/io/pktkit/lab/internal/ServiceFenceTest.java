// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What passes between a LAN and a network that it joins, in both directions, served or not. */
class ServiceFenceTest {

    private static final MacAddress ONE = MacAddress.parse("02:00:00:00:00:01");
    private static final MacAddress OTHER = MacAddress.parse("02:00:00:00:00:02");
    private static final Set<IpAddress> OWN = Set.of(IpAddress.parse("10.0.2.1"), IpAddress.parse("fd00::1"));

    private static Frame udp(String source, int from, String destination, int to) {
        IpAddress address = IpAddress.parse(source);
        ByteBuffer packet =
                PacketBuilder.udp(address, from, IpAddress.parse(destination), to, ByteBuffer.wrap(new byte[20]));
        return new Frame()
                .wrap(FrameBuilder.frame(OTHER, ONE, address.isIpv4() ? EtherType.IPV4 : EtherType.IPV6, packet));
    }

    @ParameterizedTest
    @CsvSource({
        // DHCP: questions, and answers
        "0.0.0.0, 68, 255.255.255.255, 67,      false, false, true, true",
        "10.0.2.2, 67, 255.255.255.255, 68,     false, false, false, true",
        "10.0.2.9, 67, 10.0.2.7, 68,            false, false, false, true",
        "fe80::1, 546, ff02::1:2, 547,          false, false, true, true",
        "fe80::1, 547, fe80::2, 546,            false, false, false, true",
        // DNS of ours, and of others
        "10.0.2.9, 4000, 10.0.2.1, 53,          false, true, true, true",
        "10.0.2.1, 53, 10.0.2.9, 4000,          true, false, true, true",
        "fd00::9, 4000, fd00::1, 53,            false, true, true, true",
        "fd00::1, 53, fd00::9, 4000,            true, false, true, true",
        "10.0.2.9, 4000, 10.0.2.77, 53,         true, true, true, true",
        "10.0.2.77, 53, 10.0.2.9, 4000,         true, true, true, true",
        // all else
        "10.0.2.9, 4000, 10.0.2.1, 5353,        true, true, true, true",
        "10.0.2.9, 546, 10.0.2.8, 546,          true, true, true, true",
    })
    void shouldKeepServicesApart(
            String source,
            int from,
            String destination,
            int to,
            boolean in,
            boolean out,
            boolean servedIn,
            boolean servedOut) {
        Frame frame = udp(source, from, destination, to);

        assertEquals(in, new ServiceFence(OWN, false).admits(frame), "in");
        assertEquals(out, new ServiceFence(OWN, false).releases(frame), "out");
        assertEquals(servedIn, new ServiceFence(OWN, true).admits(frame), "in, served");
        assertEquals(servedOut, new ServiceFence(OWN, true).releases(frame), "out, served");
    }

    /** An IPv6 packet of ICMPv6 with a type and nothing that is looked at. */
    private static Frame icmpv6(int type) {
        byte[] packet = HexFormat.of()
                .parseHex("60000000" + "0008" + "3aff" + "fe800000000000000000000000000001"
                        + "ff020000000000000000000000000001" + HexFormat.of().toHexDigits((byte) type)
                        + "00000000000000");
        return new Frame().wrap(FrameBuilder.frame(OTHER, ONE, EtherType.IPV6, ByteBuffer.wrap(packet)));
    }

    @ParameterizedTest
    @CsvSource({
        "133, false, false, true, true",
        "134, false, false, false, true",
        "137, false, false, false, true",
        "135, true, true, true, true",
        "128, true, true, true, true",
    })
    void shouldKeepRoutersApart(int type, boolean in, boolean out, boolean servedIn, boolean servedOut) {
        Frame frame = icmpv6(type);

        assertEquals(in, new ServiceFence(OWN, false).admits(frame), "in");
        assertEquals(out, new ServiceFence(OWN, false).releases(frame), "out");
        assertEquals(servedIn, new ServiceFence(OWN, true).admits(frame), "in, served");
        assertEquals(servedOut, new ServiceFence(OWN, true).releases(frame), "out, served");
    }

    /** ARP and what is no packet at all. */
    @ParameterizedTest
    @CsvSource({"2054, 28", "2048, 0", "2048, 3", "34525, 20", "35020, 40"})
    void shouldPassWhatIsNoPacket(int type, int length) {
        Frame frame = new Frame().wrap(FrameBuilder.frame(OTHER, ONE, type, ByteBuffer.wrap(new byte[length])));

        assertEquals(true, new ServiceFence(OWN, false).admits(frame));
        assertEquals(true, new ServiceFence(OWN, false).releases(frame));
    }
}
