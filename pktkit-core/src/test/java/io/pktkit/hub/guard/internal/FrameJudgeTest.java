// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import static io.pktkit.hub.guard.internal.Frames.LINK_LOCAL;
import static io.pktkit.hub.guard.internal.Frames.OTHER;
import static io.pktkit.hub.guard.internal.Frames.STATION;
import static io.pktkit.hub.guard.internal.Frames.V4;
import static io.pktkit.hub.guard.internal.Frames.V6;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.hub.guard.GuardReason;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is a conforming frame of a guest that has 10.0.0.5, 2001:db8::5 and fe80::5 at one station. */
class FrameJudgeTest {

    private static final Set<IpAddress> OWN =
            Set.of(IpAddress.parse(V4), IpAddress.parse(V6), IpAddress.parse(LINK_LOCAL));

    private static final Bound BOUND = (ipv4, high, low, station) ->
            station == STATION && OWN.contains(ipv4 ? IpAddress.ofIpv4((int) low) : IpAddress.ofIpv6(high, low));

    @Test
    void shouldPassWhatIsTheGuestsOwn() {
        assertJudged(null, Frames.tcp(STATION, V4));
        assertJudged(null, Frames.tcp(STATION, V6));
        assertJudged(null, Frames.udp(STATION, V4, 5353, "224.0.0.251", 5353));
        assertJudged(null, Frames.arp(STATION, 1, STATION, V4, "10.0.0.1"));
        assertJudged(null, Frames.arp(STATION, 2, STATION, V4, "10.0.0.1"));
        assertJudged(null, Frames.announcement(STATION, V4));
        assertJudged(null, Frames.arpProbe(STATION, V4));
        assertJudged(null, Frames.solicitation(STATION, LINK_LOCAL, "2001:db8::1"));
        assertJudged(null, Frames.advertisement(STATION, V6, V6));
        assertJudged(null, Frames.advertisement(STATION, LINK_LOCAL, V6));
        assertJudged(null, Frames.icmp(STATION, V4, "10.0.0.1", 8, new byte[56]));
        assertJudged(null, Frames.icmp(STATION, V6, "2001:db8::1", 128, new byte[56]));
    }

    @Test
    void shouldPassOtherProtocols() {
        for (int type : new int[] {0x8035, 0x88B5, 0x8863, 0x600, 0x888E}) {
            assertJudged(null, Frames.frame(STATION, type, new byte[46]));
        }
    }

    @Test
    void shouldPassWhatAGuestWithoutAnAddressNeeds() {
        assertJudged(null, Frames.discover(STATION));
        assertJudged(null, Frames.dad(STATION, V6));
        assertJudged(null, Frames.discovery(STATION, "::", "ff02::2", 133, null));
        for (int report : new int[] {131, 132, 143}) { // behind the Router Alert, RFC 2710 section 3
            byte[] message = ByteBuffer.allocate(24).put(0, (byte) report).array();
            assertJudged(null, Frames.ipv6(STATION, "::", 0, Frames.extension(58, 1), message));
        }
    }

    @Test
    void shouldAskForABindingOfWhatIsNotBound() {
        assertJudged(GuardReason.UNBOUND, Frames.tcp(STATION, "10.0.0.6"));
        assertJudged(GuardReason.UNBOUND, Frames.tcp(OTHER, V4));
        assertJudged(GuardReason.UNBOUND, Frames.tcp(STATION, "2001:db8::6"));
        assertJudged(GuardReason.UNBOUND, Frames.tcp(OTHER, V6));
        assertJudged(GuardReason.UNBOUND, Frames.arp(STATION, 2, STATION, "10.0.0.6", "10.0.0.1"));
        assertJudged(GuardReason.UNBOUND, Frames.arpProbe(STATION, "10.0.0.6"));
        assertJudged(GuardReason.UNBOUND, Frames.dad(STATION, "fe80::6"));
        assertJudged(GuardReason.UNBOUND, Frames.solicitation(STATION, "fe80::6", "fe80::1"));
        assertJudged(GuardReason.UNBOUND, Frames.advertisement(STATION, V6, "2001:db8::6"));
        assertJudged(GuardReason.UNBOUND, Frames.advertisement(STATION, "2001:db8::6", V6));
        assertJudged(GuardReason.UNBOUND, Frames.tcp(STATION, "169.254.3.4"));
        // The same bits in the other family are another address.
        assertJudged(GuardReason.UNBOUND, Frames.tcp(STATION, "0:0:0:1::a00:5"));
    }

    @Test
    void shouldDropSourcesThatAreNoStations() {
        assertJudged(GuardReason.BAD_STATION, Frames.from(0, Frames.tcp(STATION, V4)));
        assertJudged(GuardReason.BAD_STATION, Frames.from(0x03_00_00_00_00_01L, Frames.tcp(STATION, V4)));
        assertJudged(GuardReason.BAD_STATION, Frames.from(0xFFFF_FFFF_FFFFL, Frames.tcp(STATION, V4)));
    }

    @Test
    void shouldDropTagsThatWouldHideWhatFollows() {
        byte[] plain = Frames.tcp(STATION, V4);
        assertJudged(null, Frames.tagged(0x8100, 0x2005, plain));
        assertJudged(GuardReason.UNBOUND, Frames.tagged(0x8100, 5, Frames.tcp(STATION, "10.0.0.6")));
        assertJudged(GuardReason.ROUTER, Frames.tagged(0x8100, 0, Frames.raBehind(new byte[0], 58)));
        for (int type : new int[] {0x8100, 0x88A8, 0x9100}) {
            assertJudged(GuardReason.STACKED_TAG, Frames.tagged(0x8100, 0, Frames.tagged(type, 0, plain)));
        }
        assertJudged(GuardReason.STACKED_TAG, Frames.tagged(0x88A8, 5, plain));
        assertJudged(GuardReason.STACKED_TAG, Frames.tagged(0x9100, 5, plain));
        assertJudged(GuardReason.STACKED_TAG, Frames.cut(Frames.tagged(0x8100, 5, plain), 17));
    }

    @Test
    void shouldDropProtocolsBetweenBridgesAndLlc() {
        byte[] snap = ByteBuffer.allocate(60)
                .putInt(0, 0xAAAA_0300)
                .putInt(4, 0x0000_86DD)
                .array();
        assertJudged(GuardReason.LINK_CONTROL, Frames.frame(STATION, 60, snap));
        assertJudged(GuardReason.LINK_CONTROL, Frames.frame(STATION, 0x5FF, snap));
        assertJudged(GuardReason.LINK_CONTROL, Frames.tagged(0x8100, 0, Frames.frame(STATION, 60, snap)));
        for (int last = 0; last < 16; last++) {
            byte[] control = Frames.to(0x0180_C200_0000L | last, Frames.frame(STATION, 0x88CC, new byte[46]));
            assertJudged(GuardReason.LINK_CONTROL, control);
        }
        assertJudged(null, Frames.to(0x0180_C200_0010L, Frames.frame(STATION, 0x88B5, new byte[46])));
    }

    @Test
    void shouldDropArpThatLies() {
        assertJudged(GuardReason.STATION_MISMATCH, Frames.arp(STATION, 2, OTHER, V4, "10.0.0.1"));
        assertJudged(GuardReason.STATION_MISMATCH, Frames.arp(STATION, 1, OTHER, V4, "10.0.0.1"));
        assertJudged(GuardReason.STATION_MISMATCH, Frames.arp(OTHER, 1, STATION, V4, "10.0.0.1"));
        assertJudged(GuardReason.MALFORMED, Frames.arp(STATION, 3, STATION, V4, "10.0.0.1"));
        assertJudged(GuardReason.MALFORMED, Frames.arp(STATION, 0, STATION, V4, "10.0.0.1"));
        assertJudged(GuardReason.MALFORMED, Frames.cut(Frames.announcement(STATION, V4), 41));
        for (int at = 14; at < 20; at++) {
            byte[] odd = Frames.announcement(STATION, V4);
            odd[at] ^= 1;
            assertJudged(GuardReason.MALFORMED, odd);
        }
        assertJudged(GuardReason.MARTIAN, Frames.arp(STATION, 2, STATION, "0.0.0.0", "10.0.0.1"));
        assertJudged(GuardReason.MARTIAN, Frames.arpProbe(STATION, "0.0.0.0"));
        assertJudged(GuardReason.MARTIAN, Frames.announcement(STATION, "127.0.0.1"));
        assertJudged(GuardReason.MARTIAN, Frames.announcement(STATION, "224.0.0.1"));
        assertJudged(GuardReason.UNBOUND, Frames.announcement(STATION, "223.255.255.255"));
        assertJudged(GuardReason.MARTIAN, Frames.announcement(STATION, "255.255.255.255"));
    }

    @Test
    void shouldDropSourcesThatNobodyHas() {
        for (String source : new String[] {"127.0.0.1", "224.0.0.5", "240.0.0.1", "255.255.255.255", "0.1.2.3"}) {
            assertJudged(GuardReason.MARTIAN, Frames.tcp(STATION, source));
        }
        for (String source : new String[] {"::1", "ff02::5", "::ffff:10.0.0.5", "::10.0.0.5", "::"}) {
            assertJudged(GuardReason.MARTIAN, Frames.tcp(STATION, source));
        }
        assertJudged(GuardReason.MARTIAN, Frames.tcp(STATION, "0.0.0.0"));
        assertJudged(GuardReason.MARTIAN, Frames.icmp(STATION, "::", "ff02::1", 128, new byte[8]));
        assertJudged(GuardReason.MARTIAN, Frames.icmp(STATION, "::", "2001:db8::1", 143, new byte[8]));
        assertJudged(GuardReason.MARTIAN, Frames.advertisement(STATION, V6, "ff02::5"));
        assertJudged(GuardReason.MARTIAN, Frames.advertisement(STATION, "ff02::5", V6));
        assertJudged(GuardReason.MARTIAN, Frames.dad(STATION, "ff02::5"));
    }

    @Test
    void shouldLetNobodyBeADhcpServer() {
        byte[] request = Frames.bootp(1, STATION, "0.0.0.0", "0.0.0.0");
        assertJudged(GuardReason.DHCP_SERVER, Frames.udp(STATION, V4, 67, "255.255.255.255", 68));
        assertJudged(GuardReason.DHCP_SERVER, Frames.udp(STATION, V4, 5000, "10.0.0.9", 68));
        assertJudged(GuardReason.DHCP_SERVER, Frames.udp(STATION, "0.0.0.0", 67, "255.255.255.255", 68));
        assertJudged(GuardReason.DHCP_SERVER, Frames.udp(STATION, V6, 547, "fe80::9", 546));
        assertJudged(GuardReason.DHCP_SERVER, Frames.udp(STATION, V6, 5000, "fe80::9", 546));
        assertJudged(null, Frames.udp(STATION, LINK_LOCAL, 546, "ff02::1:2", 547));
        assertJudged(null, Frames.udp(STATION, V4, 68, "10.0.0.1", 67, request));
        // DHCPv4's port is nothing special in IPv6, nor DHCPv6's in IPv4.
        assertJudged(null, Frames.udp(STATION, V6, 67, "fe80::9", 68));
        assertJudged(null, Frames.udp(STATION, V4, 547, "10.0.0.9", 546));
        // In fragments: the first has the ports, and must have them.
        byte[] toClient = {0, 67, 0, 68, 0, 32, 0, 0};
        assertJudged(GuardReason.DHCP_SERVER, Frames.ipv4(STATION, V4, 17, 0x2000, toClient));
        assertJudged(GuardReason.UNDETERMINED, Frames.ipv4(STATION, V4, 17, 0x2000, Arrays.copyOf(toClient, 7)));
        assertJudged(GuardReason.UNDETERMINED, Frames.ipv4(STATION, V4, 17, 0, new byte[7]));
        assertJudged(null, Frames.ipv4(STATION, V4, 17, 0x2001, new byte[8]));
        assertJudged(GuardReason.UNBOUND, Frames.ipv4(STATION, "10.0.0.6", 17, 1, new byte[8]));
        assertJudged(
                GuardReason.DHCP_SERVER,
                Frames.ipv6(STATION, V6, 44, Frames.fragment(17, 0, true), new byte[] {2, 0x23, 2, 0x22, 0, 9, 1, 1}));
        assertJudged(
                GuardReason.UNDETERMINED,
                Frames.ipv6(STATION, V6, 44, Frames.fragment(17, 0, true), new byte[] {2, 0x23, 2, 0x22, 0, 9, 1}));
    }

    @Test
    void shouldLetAGuestAskADhcpServerForItselfOnly() {
        assertJudged(null, dhcp("0.0.0.0", Frames.bootp(1, STATION, "0.0.0.0", "0.0.0.0")));
        assertJudged(null, dhcp("0.0.0.0", Frames.bootp(1, STATION, V4, "0.0.0.0")));
        assertJudged(null, dhcp(V4, Frames.bootp(1, STATION, V4, "0.0.0.0")));
        assertJudged(GuardReason.UNBOUND, dhcp("10.0.0.6", Frames.bootp(1, STATION, "10.0.0.6", "0.0.0.0")));
        assertJudged(GuardReason.STATION_MISMATCH, dhcp("0.0.0.0", Frames.bootp(1, OTHER, "0.0.0.0", "0.0.0.0")));
        assertJudged(GuardReason.STATION_MISMATCH, dhcp("0.0.0.0", Frames.bootp(1, STATION, "10.0.0.6", "0.0.0.0")));
        assertJudged(GuardReason.STATION_MISMATCH, dhcp(V4, Frames.bootp(1, STATION, "10.0.0.6", "0.0.0.0")));
        assertJudged(GuardReason.DHCP_SERVER, dhcp(V4, Frames.bootp(2, STATION, "0.0.0.0", "0.0.0.0")));
        assertJudged(GuardReason.DHCP_SERVER, dhcp(V4, Frames.bootp(1, STATION, "0.0.0.0", "10.0.0.9")));
        byte[] odd = Frames.bootp(1, STATION, "0.0.0.0", "0.0.0.0");
        odd[2] = 5;
        assertJudged(GuardReason.STATION_MISMATCH, dhcp(V4, odd));
        byte[] whole = Frames.bootp(1, STATION, "0.0.0.0", "0.0.0.0");
        assertJudged(null, dhcp(V4, Arrays.copyOf(whole, 34)));
        assertJudged(GuardReason.UNDETERMINED, dhcp(V4, Arrays.copyOf(whole, 33)));
        // Without an address there is this and nothing else.
        byte[] discover = Frames.discover(STATION);
        assertJudged(null, discover);
        byte[] fragment = discover.clone();
        fragment[14 + 6] = 0x20;
        assertJudged(GuardReason.MARTIAN, fragment);
        assertJudged(GuardReason.MARTIAN, Frames.udp(STATION, "0.0.0.0", 68, "10.0.0.1", 67, whole));
        assertJudged(GuardReason.MARTIAN, Frames.udp(STATION, "0.0.0.0", 69, "255.255.255.255", 67, whole));
        assertJudged(GuardReason.MARTIAN, Frames.udp(STATION, "0.0.0.0", 68, "255.255.255.255", 69, whole));
        assertJudged(GuardReason.MARTIAN, Frames.ipv4(STATION, "0.0.0.0", 2, 0, new byte[] {0, 68, 0, 67, 0, 8, 0, 0}));
    }

    private static byte[] dhcp(String from, byte[] message) {
        return Frames.udp(STATION, from, 68, "255.255.255.255", 67, message);
    }

    @Test
    void shouldLetNobodyBeARouter() {
        for (int type : new int[] {134, 137, 138}) {
            byte[] message = ByteBuffer.allocate(40).put(0, (byte) type).array();
            assertJudged(GuardReason.ROUTER, Frames.ipv6(STATION, LINK_LOCAL, 58, message));
            assertJudged(GuardReason.ROUTER, Frames.ipv6(STATION, "fe80::1", 58, message));
            assertJudged(GuardReason.ROUTER, Frames.ipv6(STATION, "::", 58, message));
            for (int header : new int[] {0, 43, 60, 135, 139, 140}) {
                assertJudged(
                        GuardReason.ROUTER, Frames.ipv6(STATION, LINK_LOCAL, header, Frames.extension(58, 3), message));
            }
            assertJudged(
                    GuardReason.ROUTER, Frames.ipv6(STATION, LINK_LOCAL, 44, Frames.fragment(58, 0, true), message));
            assertJudged(
                    GuardReason.ROUTER, Frames.ipv6(STATION, LINK_LOCAL, 44, Frames.fragment(58, 0, false), message));
        }
        assertJudged(GuardReason.ROUTER, Frames.icmp(STATION, V4, "10.0.0.9", 5, new byte[28]));
        assertJudged(GuardReason.ROUTER, Frames.icmp(STATION, V4, "224.0.0.1", 9, new byte[28]));
        assertJudged(GuardReason.ROUTER, Frames.ipv4(STATION, V4, 1, 0x2000, new byte[] {5, 0, 0, 0, 0, 0, 0, 0}));
        assertJudged(null, Frames.ipv4(STATION, V4, 1, 0x2001, new byte[] {5, 0, 0, 0, 0, 0, 0, 0}));
        assertJudged(GuardReason.UNDETERMINED, Frames.ipv4(STATION, V4, 1, 0x2000, new byte[0]));
        assertJudged(null, Frames.ipv4(STATION, V4, 1, 0x2000, new byte[] {8}));
        assertJudged(GuardReason.ROUTER, Frames.ipv4(STATION, V4, 1, 0, new byte[] {5}));
    }

    /** RFC 7113 section 2: ways around a guard that looks at the first header only. */
    @Test
    void shouldLookBehindAllHeadersAndDropWhatItCannotTell() {
        byte[] options = Frames.extension(60, 2);
        byte[] last = Frames.extension(58, 2);
        assertJudged(GuardReason.ROUTER, Frames.raBehind(Frames.concat(options, options, last), 60));
        // In two fragments, with the message in the second.
        assertJudged(
                GuardReason.UNDETERMINED,
                Frames.ipv6(STATION, LINK_LOCAL, 44, Frames.fragment(60, 0, true), Frames.extension(58, 1)));
        assertJudged(
                GuardReason.UNDETERMINED,
                Frames.ipv6(STATION, LINK_LOCAL, 44, Frames.fragment(60, 0, true), Arrays.copyOf(options, 8)));
        assertJudged(
                null,
                Frames.ipv6(STATION, LINK_LOCAL, 44, Frames.fragment(60, 8, false), Frames.routerAdvertisement()));
        assertJudged(
                GuardReason.UNBOUND,
                Frames.ipv6(STATION, "fe80::6", 44, Frames.fragment(60, 8, false), Frames.routerAdvertisement()));
        // One Fragment header inside another's payload.
        assertJudged(
                GuardReason.UNDETERMINED,
                Frames.ipv6(
                        STATION,
                        LINK_LOCAL,
                        44,
                        Frames.fragment(44, 0, false),
                        Frames.fragment(58, 8, false),
                        Frames.routerAdvertisement()));
        assertJudged(
                GuardReason.ROUTER,
                Frames.ipv6(
                        STATION,
                        LINK_LOCAL,
                        44,
                        Frames.fragment(44, 0, false),
                        Frames.fragment(58, 0, true),
                        Frames.routerAdvertisement()));
        // More headers than anybody needs, and such that are no headers that we know.
        assertJudged(GuardReason.UNDETERMINED, Frames.raBehind(Frames.chain(17), 60));
        for (int unknown : new int[] {143, 144, 252, 253, 254, 255, 61, 100}) {
            assertJudged(GuardReason.UNDETERMINED, Frames.raBehind(Frames.extension(58, 1), unknown));
        }
        for (int known : new int[] {6, 50, 132}) {
            assertJudged(null, Frames.ipv6(STATION, V6, known, new byte[40]));
        }
        assertJudged(null, Frames.ipv6(STATION, V6, 59));
        assertJudged(GuardReason.UNDETERMINED, Frames.ipv6(STATION, V6, 58, new byte[3]));
        assertJudged(null, Frames.ipv6(STATION, V6, 58, new byte[] {(byte) 128, 0, 0, 0}));
        assertJudged(GuardReason.UNDETERMINED, Frames.ipv6(STATION, V6, 0));
    }

    @Test
    void shouldDropPacketsThatLieAboutTheirLength() {
        byte[] v4 = Frames.tcp(STATION, V4);
        byte[] v6 = Frames.tcp(STATION, V6);
        assertJudged(GuardReason.MALFORMED, Frames.cut(v4, v4.length - 1));
        assertJudged(GuardReason.MALFORMED, Frames.cut(v6, v6.length - 1));
        assertJudged(null, Frames.cut(v4, v4.length + 9)); // padding
        assertJudged(null, Frames.cut(v6, v6.length + 9));
        byte[] version = v4.clone();
        version[14] = 0x65;
        assertJudged(GuardReason.MALFORMED, version);
        byte[] typed = v4.clone();
        typed[12] = (byte) 0x86;
        typed[13] = (byte) 0xDD;
        assertJudged(GuardReason.MALFORMED, typed);
        byte[] six = v6.clone();
        six[12] = 8;
        six[13] = 0;
        assertJudged(GuardReason.MALFORMED, six);
    }

    @Test
    void shouldDropNeighborDiscoveryThatLies() {
        byte[] own = Frames.linkLayer(1, STATION);
        byte[] others = Frames.linkLayer(1, OTHER);
        byte[] target = Frames.linkLayer(2, OTHER);
        byte[] nonce = {14, 1, 1, 2, 3, 4, 5, 6};
        assertJudged(null, nd(135, "fe80::9", own, nonce));
        assertJudged(GuardReason.STATION_MISMATCH, nd(135, "fe80::9", nonce, others));
        assertJudged(GuardReason.STATION_MISMATCH, nd(136, V6, target));
        assertJudged(GuardReason.STATION_MISMATCH, nd(136, V6, own, target));
        assertJudged(null, nd(136, V6));
        assertJudged(null, nd(133, null, own));
        assertJudged(GuardReason.STATION_MISMATCH, nd(133, null, others));
        byte[] twice = Arrays.copyOf(own, 16);
        twice[1] = 2;
        assertJudged(GuardReason.STATION_MISMATCH, nd(136, V6, twice));
        for (byte[] bad :
                new byte[][] {{14}, {14, 0, 0, 0, 0, 0, 0, 0}, {14, 2, 0, 0, 0, 0, 0, 0}, {14, 1, 0, 0, 0, 0, 0}}) {
            assertJudged(GuardReason.MALFORMED, nd(135, "fe80::9", bad));
            assertJudged(GuardReason.MALFORMED, nd(135, "fe80::9", own, bad));
        }
        for (int type : new int[] {133, 135, 136}) {
            byte[] good = type == 133 ? nd(133, null) : nd(type, V6);
            assertJudged(null, good);
            byte[] far = good.clone();
            far[14 + 7] = (byte) 254;
            assertJudged(GuardReason.MALFORMED, far);
            byte[] code = good.clone();
            code[14 + 41] = 1;
            assertJudged(GuardReason.MALFORMED, code);
            byte[] message = Arrays.copyOfRange(good, 54, good.length);
            assertJudged(GuardReason.MALFORMED, Frames.ipv6(STATION, LINK_LOCAL, 58, cutEnd(message)));
            assertJudged(
                    GuardReason.MALFORMED,
                    Frames.ipv6(STATION, LINK_LOCAL, 44, Frames.fragment(58, 0, false), message));
        }
        // Duplicate address detection has no address to tell (RFC 4861 section 7.1.1).
        assertJudged(GuardReason.MALFORMED, Frames.discovery(STATION, "::", "ff02::1:ff00:5", 135, V6, own));
        assertJudged(null, Frames.discovery(STATION, "::", "ff02::1:ff00:5", 135, V6, nonce));
        assertJudged(GuardReason.MALFORMED, Frames.discovery(STATION, "::", "ff02::2", 133, null, own));
        assertJudged(GuardReason.MARTIAN, Frames.discovery(STATION, "::", "ff02::1", 136, V6));
    }

    private static byte[] nd(int type, @Nullable String target, byte[]... options) {
        return Frames.discovery(STATION, LINK_LOCAL, "ff02::1", type, target, options);
    }

    private static byte[] cutEnd(byte[] message) {
        return Arrays.copyOf(message, message.length - 1);
    }

    private static void assertJudged(@Nullable GuardReason expected, byte[] frame) {
        assertEquals(expected, FrameJudge.judge(new Frame().wrap(ByteBuffer.wrap(frame)), new Packet(), BOUND));
    }
}
