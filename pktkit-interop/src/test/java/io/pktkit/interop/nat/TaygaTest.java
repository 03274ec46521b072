// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same packets through tayga, a stateless NAT64 behind the kernel's forwarding, and ours, field by field: one host with
 * one address on either side, so that ports stay. What differs is named with the sentence that decides it.
 */
@NeedsPeer({"ip", "tayga"})
@Timeout(300)
class TaygaTest {

    /** Not the well-known one, by which tayga reaches no address that is for documents. */
    private static final Prefix64 PREFIX = Prefix64.of(IpPrefix.parse("2001:db8:64:ff9b::/96"));

    private static final IpAddress PUBLIC = IpAddress.parse("203.0.113.1");
    private static final IpAddress HOST = IpAddress.parse("2001:db8:1::2");
    private static final IpAddress SERVER = IpAddress.parse("198.51.100.7");
    private static final IpAddress SERVER6 = PREFIX.embed(SERVER);
    private static final IpAddress ROUTER = IpAddress.parse("198.51.100.250");
    private static final int MARK = 4242;

    /** Spent by the kernel, before tayga and behind it. */
    private static final int KERNEL_HOPS = 2;

    private static TunHost host;
    private static final BlockingQueue<byte[]> CAME = new LinkedBlockingQueue<>();
    private static int marks;
    private static OracleSubject ours;
    private static Attachment<Packet> place;

    @BeforeAll
    static void bringUp() throws IOException {
        host = new TunHost(
                1500,
                "ip -6 addr add 2001:db8:1::1/64 dev $dev nodad; ip addr add 198.51.100.1/24 dev $dev;"
                        + " sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
                        + " net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0"
                        + " net.ipv4.icmp_ratelimit=0");
        Path conf = Files.writeString(
                host.folder().resolve("tayga.conf"),
                "tun-device nat64\nipv4-addr 203.0.113.254\nipv6-addr 2001:db8:2::1\nprefix 2001:db8:64:ff9b::/96\nmap "
                        + PUBLIC + " " + HOST + "\n");
        host.run("set -e; tayga -c " + conf + " --mktun; ip link set nat64 up; ip addr add 203.0.113.253/32 dev nat64;"
                        + " ip -6 addr add 2001:db8:2::2/128 dev nat64 nodad;"
                        + " ip route add 203.0.113.1/32 dev nat64; ip -6 route add 2001:db8:64:ff9b::/96 dev nat64")
                .expectSuccess();
        place = host.tun.attach(packet -> CAME.add(packet.toBytes()));
        host.start("tayga", "-c", conf.toString(), "-n");
        ours = new OracleSubject.Ours(
                NatConfig.builder(PUBLIC).prefix64(PREFIX).build(), IpPrefix.parse("2001:db8:1::1/64"));
        ours.give(true, PacketBuilder.udp(HOST, MARK, SERVER6, MARK, ByteBuffer.allocate(0)));
        await();
    }

    @AfterAll
    static void takeDown() throws IOException {
        if (host != null) {
            host.close();
        }
    }

    /** Until it is up: what is sent before is lost. */
    private static void await() {
        for (int i = 0; i < 200; i++) {
            if (!throughTayga(PacketBuilder.udp(HOST, 999, SERVER6, 999, ByteBuffer.allocate(0)), 100)
                    .isEmpty()) {
                return;
            }
        }
        throw new AssertionError("tayga does not translate");
    }

    private static List<byte[]> throughTayga(ByteBuffer packet, int millis) {
        CAME.clear();
        send(packet);
        // What goes the same way behind it comes out last. What is late of a packet before has its own mark behind it.
        boolean six = packet.get(0) >> 4 == 6;
        int number = ++marks;
        ByteBuffer told = ByteBuffer.allocate(Integer.BYTES).putInt(0, number);
        send(
                six
                        ? PacketBuilder.udp(HOST, MARK, SERVER6, MARK, told)
                        : PacketBuilder.udp(SERVER, MARK, PUBLIC, MARK, told));
        List<byte[]> all = new ArrayList<>();
        try {
            while (true) {
                byte[] next = CAME.poll(millis, TimeUnit.MILLISECONDS);
                if (next == null) {
                    return List.of();
                }
                int mark = mark(next);
                if (mark == number) {
                    return all;
                }
                if (mark == 0) {
                    all.add(next);
                } else {
                    all.clear();
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void send(ByteBuffer packet) {
        assertTrue(place.send(new Packet().wrap(packet)));
    }

    /** The number of a mark, or 0 for another packet. */
    private static int mark(byte[] bytes) {
        Packet packet = new Packet().wrap(ByteBuffer.wrap(bytes));
        var udp = packet.protocol() == IpProtocol.UDP && !packet.isFragment() ? packet.udp() : null;
        return udp != null && udp.sourcePort() == MARK ? udp.buffer().getInt(udp.payloadOffset()) : 0;
    }

    /** Packets as text, with their ports and without what each may choose. */
    static List<String> normal(List<byte[]> packets, int hops) {
        List<String> all = new ArrayList<>();
        for (byte[] bytes : packets) {
            Packet packet = new Packet().wrap(ByteBuffer.wrap(bytes));
            if (packet.isIpv6() && packet.destination().isMulticast()) {
                continue; // neighbour and router discovery of the kernel
            }
            assertNotEquals(ChecksumStatus.INVALID, packet.verifyIpv4Checksum());
            assertNotEquals(ChecksumStatus.INVALID, packet.verifyTransportChecksum(), packet::toString);
            int end = packet.totalLength();
            StringBuilder text = new StringBuilder()
                    .append(packet.source())
                    .append(" > ")
                    .append(packet.destination())
                    .append(" class ")
                    .append(packet.trafficClass())
                    .append(" hops ")
                    .append(packet.hopLimit() + hops)
                    .append(" protocol ")
                    .append(packet.protocol())
                    .append(packet.isIpv4() && packet.dontFragment() ? " DF" : "");
            if (packet.isFragment()) {
                text.append(" at ").append(packet.fragmentOffset()).append(packet.moreFragments() ? " more" : " last");
            }
            IcmpMessage icmp = packet.icmp();
            int at = packet.isFragment() && packet.isIpv6() ? 48 : packet.isIpv6() ? 40 : packet.headerLength();
            if (icmp != null && icmp.isError()) {
                text.append(" type ")
                        .append(icmp.type())
                        .append(" code ")
                        .append(icmp.code())
                        .append(" rest ")
                        .append(icmp.restOfHeader());
                quote(text, Objects.requireNonNull(icmp.quotedPacket()));
            } else {
                text.append(' ').append(HexFormat.of().formatHex(bytes, at, end));
            }
            all.add(text.toString());
        }
        return all;
    }

    /** What of the quoted packet hosts look at: its ends and the first octets of its transport. */
    private static void quote(StringBuilder text, Packet quoted) {
        text.append(" about ")
                .append(quoted.source())
                .append(" > ")
                .append(quoted.destination())
                .append(" protocol ")
                .append(quoted.protocol())
                .append(" class ")
                .append(quoted.trafficClass());
        int at = quoted.transportOffset();
        byte[] first = new byte[8];
        quoted.buffer().get(at, first);
        text.append(' ').append(HexFormat.of().formatHex(first));
    }

    private static void same(String what, ByteBuffer packet) throws IOException {
        boolean six = packet.get(0) >> 4 == 6;
        List<byte[]> mine = new ArrayList<>();
        for (String line : ours.give(six, packet)) {
            mine.add(OracleLine.bytes(line));
        }
        List<String> expected = normal(throughTayga(packet, 60_000), KERNEL_HOPS);
        List<String> sent = normal(mine, 0);
        if (isBeyondTayga(what)) {
            assertEquals(List.of(), expected, what);
            assertEquals(1, sent.size(), what);
            return;
        }
        // RFC 7915 section 5.1: what is no longer than 1260 may be cut on its way; tayga keeps to RFC 6145.
        for (int i = 0; i < Math.min(expected.size(), sent.size()); i++) {
            if (!sent.get(i).contains(" DF")) {
                expected.set(i, expected.get(i).replace(" DF", ""));
            }
        }
        assertEquals(expected, sent, what);
    }

    /** What it drops: parameter problems and their pointers, and an address that is not reached (RFC 7915 4.2, 5.2), and section 4.5. */
    private static boolean isBeyondTayga(String what) {
        return (what.startsWith("ICMP 12/0") && !what.endsWith(" 6"))
                || what.startsWith("ICMPv6 4/0")
                || what.equals("ICMPv6 1/3")
                || what.equals("no checksum");
    }

    static ByteBuffer with(ByteBuffer packet, int trafficClass, int hops) {
        new Packet().wrap(packet).trafficClass(trafficClass).hopLimit(hops).recomputeIpv4Checksum();
        return packet;
    }

    static ByteBuffer body(int length) {
        ByteBuffer body = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            body.put(i, (byte) (i * 11 + 5));
        }
        return body;
    }

    @Test
    void shouldTranslateToIpv4AsTaygaDoes() throws IOException {
        for (int length : new int[] {0, 1, 33, 1000, 1232, 1233, 1400}) {
            same("UDP " + length, with(PacketBuilder.udp(HOST, 5000, SERVER6, 53, body(length)), 0, 64));
        }
        for (int trafficClass : new int[] {1, 2, 3, 0xB8, 0xFF}) {
            same("class " + trafficClass, with(PacketBuilder.udp(HOST, 5000, SERVER6, 53, body(9)), trafficClass, 9));
        }
        same("SYN", PacketBuilder.tcp(HOST, 5000, SERVER6, 80, 1, 0, TcpSegment.SYN, 5000, body(0)));
        same("data", PacketBuilder.tcp(HOST, 5000, SERVER6, 80, 2, 7, TcpSegment.ACK, 5000, body(501)));
        same("ping", PacketBuilder.icmpEcho(HOST, SERVER6, true, 77, 3, body(56)));
        ByteBuffer whole = PacketBuilder.udp(HOST, 5000, SERVER6, 53, body(1500));
        int at = 0;
        for (ByteBuffer piece : OracleLine.cut(whole, 600, 0x1234)) {
            same("fragment " + at++, piece);
        }
    }

    @Test
    void shouldTranslateToIpv6AsTaygaDoes() throws IOException {
        same("opens", PacketBuilder.udp(HOST, 5000, SERVER6, 53, body(5)));
        same("opens", PacketBuilder.tcp(HOST, 5000, SERVER6, 80, 1, 0, TcpSegment.SYN, 5000, body(0)));
        same("opens", PacketBuilder.icmpEcho(HOST, SERVER6, true, 77, 3, body(56)));
        for (int length : new int[] {0, 1, 33, 1000, 1232}) {
            same("UDP " + length, with(PacketBuilder.udp(SERVER, 53, PUBLIC, 5000, body(length)), 0, 64));
        }
        for (int trafficClass : new int[] {1, 2, 3, 0xB8, 0xFF}) {
            same("class " + trafficClass, with(PacketBuilder.udp(SERVER, 53, PUBLIC, 5000, body(9)), trafficClass, 9));
        }
        same("SYN", PacketBuilder.tcp(SERVER, 80, PUBLIC, 5000, 1, 2, TcpSegment.SYN | TcpSegment.ACK, 50, body(0)));
        same("pong", PacketBuilder.icmpEcho(SERVER, PUBLIC, false, 77, 3, body(56)));
        ByteBuffer unsummed =
                PacketBuilder.udp(SERVER, 53, PUBLIC, 5000, body(31)).putShort(26, (short) 0);
        same("no checksum", unsummed);
        ByteBuffer whole = PacketBuilder.udp(SERVER, 53, PUBLIC, 5000, body(1500));
        int at = 0;
        for (ByteBuffer piece : OracleLine.cut(whole, 600, 0x1234)) {
            same("fragment " + at++, piece);
        }
    }

    @Test
    void shouldTranslateErrorsAsTaygaDoes() throws IOException {
        same("opens", PacketBuilder.udp(HOST, 5000, SERVER6, 53, body(5)));
        ByteBuffer sent = PacketBuilder.udp(PUBLIC, 5000, SERVER, 53, body(5));
        int[][] four = {{3, 0}, {3, 1}, {3, 3}, {3, 5}, {3, 6}, {3, 9}, {3, 10}, {3, 11}, {3, 13}, {11, 0}, {11, 1}};
        for (int[] each : four) {
            same("ICMP " + each[0] + "/" + each[1], PacketBuilder.icmp(ROUTER, PUBLIC, each[0], each[1], 0, sent));
        }
        same("ICMP 3/4", PacketBuilder.icmp(ROUTER, PUBLIC, 3, 4, 1300, sent));
        for (int pointer : new int[] {0, 1, 2, 6, 8, 9, 12, 16}) {
            same("ICMP 12/0 " + pointer, PacketBuilder.icmp(ROUTER, PUBLIC, 12, 0, pointer << 24, sent));
        }
        ByteBuffer came = PacketBuilder.udp(SERVER6, 53, HOST, 5000, body(5));
        int[][] six = {{1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {3, 0}, {3, 1}, {4, 1}};
        for (int[] each : six) {
            same("ICMPv6 " + each[0] + "/" + each[1], PacketBuilder.icmp(HOST, SERVER6, each[0], each[1], 0, came));
        }
        same("ICMPv6 2", PacketBuilder.icmp(HOST, SERVER6, 2, 0, 1400, came));
        for (int pointer : new int[] {0, 1, 4, 5, 6, 7, 8, 24}) {
            same("ICMPv6 4/0 " + pointer, PacketBuilder.icmp(HOST, SERVER6, 4, 0, pointer, came));
        }
    }
}
