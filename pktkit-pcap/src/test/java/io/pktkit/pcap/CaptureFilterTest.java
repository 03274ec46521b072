// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureFilterTest {

    /** From 02:...:01, 10.0.0.1 port 1000 to 02:...:02, 10.0.0.2 port 53 of UDP, 142 bytes. */
    private static final Frame DNS = Packets.frame(53, 100);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ip",
                "udp",
                "proto 17",
                "host 10.0.0.1",
                "host 10.0.0.2",
                "10.0.0.1",
                "src host 10.0.0.1",
                "src 10.0.0.1",
                "dst 10.0.0.2",
                "net 10.0.0.0/8",
                "src net 10.0.0.0/31",
                "net 10.0.0.99/24",
                "port 53",
                "udp port 1000",
                "src port 1000",
                "udp dst port 53",
                "portrange 50-60",
                "dst portrange 53-53",
                "ether host 02:00:00:00:00:01",
                "ether src 02:00:00:00:00:01",
                "ether dst host 02:00:00:00:00:02",
                "less 142",
                "greater 142",
                "not tcp",
                "! arp",
                "UDP AND PORT 53",
                "tcp or udp",
                "tcp||udp",
                "(udp)",
                "not (tcp or arp)",
                "udp&&port 53",
                "not not udp",
                "ip and udp and port 53",
                // from the left: (arp and tcp) or udp, and not arp and (tcp or udp)
                "arp and tcp or udp",
                // from the left: (udp or arp) and port 53
                "udp or arp and port 53"
            })
    void shouldTake(String text) {
        assertTrue(CaptureFilter.parse(text).matches(DNS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip6",
                "arp",
                "tcp",
                "icmp",
                "icmp6",
                "proto 6",
                "host 10.0.0.3",
                "src 10.0.0.2",
                "dst host 10.0.0.1",
                "net 10.0.1.0/24",
                "host ::1",
                "port 54",
                "tcp port 53",
                "src port 53",
                "dst port 1000",
                "portrange 54-999",
                "ether src 02:00:00:00:00:02",
                "broadcast",
                "multicast",
                "ether broadcast",
                "vlan",
                "vlan 5",
                "less 141",
                "greater 143",
                "not udp",
                "udp and tcp",
                "not (udp)",
                // from the left: (udp or arp) and tcp
                "udp or arp and tcp"
            })
    void shouldNotTake(String text) {
        assertFalse(CaptureFilter.parse(text).matches(DNS));
    }

    @Test
    void shouldLookIntoArpForAddressesOfIpv4() {
        ByteBuffer arp = ByteBuffer.allocate(28)
                .putShort(0, (short) 1)
                .putShort(2, (short) 0x800)
                .put(4, (byte) 6)
                .put(5, (byte) 4)
                .putShort(6, (short) 1)
                .putInt(14, Packets.A.toIpv4Bits())
                .putInt(24, Packets.B.toIpv4Bits());
        Frame request = new Frame().wrap(FrameBuilder.frame(MacAddress.BROADCAST, Packets.LEFT, 0x806, arp));

        assertTrue(CaptureFilter.parse("arp and broadcast and src 10.0.0.1 and dst 10.0.0.2")
                .matches(request));
        assertTrue(CaptureFilter.parse("net 10.0.0.0/24").matches(request));
        assertFalse(CaptureFilter.parse("src 10.0.0.2").matches(request));
        assertFalse(CaptureFilter.parse("port 0").matches(request));
    }

    @Test
    void shouldLookThroughATagAndTellIt() {
        byte[] plain = DNS.toBytes();
        ByteBuffer tagged = ByteBuffer.allocate(plain.length + 4)
                .put(plain, 0, 12)
                .putInt(0x8100_0005)
                .put(plain, 12, plain.length - 12)
                .flip();
        Frame frame = new Frame().wrap(tagged);

        assertTrue(CaptureFilter.parse("vlan 5 and udp port 53").matches(frame));
        assertTrue(CaptureFilter.parse("vlan").matches(frame));
        assertFalse(CaptureFilter.parse("vlan 6").matches(frame));
    }

    @Test
    void shouldJudgePacketsWithoutEthernet() {
        Packet packet = Packets.udp(53, 10);
        IpAddress six = IpAddress.parse("2001:db8::1");
        Packet other = new Packet().wrap(PacketBuilder.udp(six, 1, six, 2, ByteBuffer.wrap(new byte[1])));

        assertTrue(CaptureFilter.parse("udp and host 10.0.0.1 and port 53").matches(packet));
        assertTrue(
                CaptureFilter.parse("ip6 and net 2001:db8::/32 and udp port 2").matches(other));
        assertFalse(CaptureFilter.parse("ether src 02:00:00:00:00:01").matches(packet));
        assertFalse(CaptureFilter.parse("arp or broadcast or vlan").matches(packet));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "foo | 0 | expected an address, or one of the words of a filter in place of 'foo'",
                "tcp foo | 4 | expected 'and', 'or' or the end in place of 'foo'",
                "tcp and | 7 | expected an address, or one of the words of a filter, and there it ends",
                "port | 4 | expected a port, 0 to 65535, and there it ends",
                "port 65536 | 5 | expected a port, 0 to 65535 in place of '65536'",
                "port 80 or 443 | 11 | expected an address, or one of the words of a filter in place of '443'",
                "portrange 5 | 10 | expected two ports with a hyphen between",
                "portrange 9-5 | 10 | expected the lower port first",
                "portrange 9- | 10 | expected a port, 0 to 65535",
                "tcp src 80 | 8 | expected 'port' or 'portrange' in place of '80'",
                "(udp | 4 | expected ')', and there it ends",
                "udp) | 3 | expected 'and', 'or' or the end in place of ')'",
                "net 10.0.0.0 | 4 | expected an address and a length",
                "ether host 1 | 11 | expected a MAC address",
                "vlan 4096 | 5 | expected a VLAN, 0 to 4095",
                "proto tcp | 6 | expected a protocol's number, 0 to 255",
                "less -1 | 5 | expected a number of bytes",
                "udp & tcp | 4 | expected 'and', 'or' or the end in place of '&'"
            })
    void shouldSayWhereItIsWrong(String text, int position, String expected) {
        CaptureFilterException refused = assertThrows(CaptureFilterException.class, () -> CaptureFilter.parse(text));

        assertEquals(position, refused.position(), refused.getMessage());
        assertTrue(
                String.valueOf(refused.getMessage())
                        .startsWith("filter, character " + (position + 1) + ": " + expected),
                refused.getMessage());
    }

    @Test
    void shouldBoundWhatItReads() {
        assertThrows(CaptureFilterException.class, () -> CaptureFilter.parse("(".repeat(2000)));
        assertThrows(CaptureFilterException.class, () -> CaptureFilter.parse("not ".repeat(1000) + "ip"));
        assertThrows(CaptureFilterException.class, () -> CaptureFilter.parse(" ".repeat(5000)));
        CaptureFilter.parse("ip and ".repeat(500) + "ip").matches(DNS);
    }

    @Test
    void shouldTakeAnyTextAndAnyBytes() {
        String[] words = {
            "host",
            "net",
            "port",
            "portrange",
            "src",
            "dst",
            "and",
            "or",
            "not",
            "(",
            ")",
            "tcp",
            "udp",
            "ether",
            "vlan",
            "less",
            "10.0.0.1",
            "10.0.0.0/8",
            "80",
            "80-90",
            "02:00:00:00:00:01",
            "ip6",
            "arp",
            "&&",
            "|",
            "x",
            "::1"
        };
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] junk = new byte[80];
        int good = 0;
        for (int i = 0; i < 300_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int w = random.nextInt(6); w >= 0; w--) {
                text.append(words[random.nextInt(words.length)]).append(random.nextInt(9) == 0 ? "" : " ");
            }
            try {
                CaptureFilter filter = CaptureFilter.parse(text.toString());
                good++;
                random.nextBytes(junk);
                int length = random.nextInt(junk.length + 1);
                filter.matches(new Frame().wrap(ByteBuffer.wrap(junk), 0, length));
                junk[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
                filter.matches(new Packet().wrap(ByteBuffer.wrap(junk), 0, length));
            } catch (CaptureFilterException refused) {
                assertTrue(refused.position() <= text.length(), "seed=" + seed + " text=" + text);
            }
        }
        assertTrue(good > 1000, "good=" + good + " seed=" + seed);
    }
}
