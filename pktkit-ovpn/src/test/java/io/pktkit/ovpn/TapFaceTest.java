// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.FixedPath;
import io.pktkit.device.DropReason;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.session.OvpnSession;
import io.pktkit.ovpn.internal.session.SessionOrigin;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TapFaceTest {

    private static final long STATION = 0x02_00_00_00_00_07L;

    private final StationTable stations = new StationTable();
    private final ServerCore core = core();

    static ServerCore core() {
        TestCerts.Holder own = TestCerts.server();
        OvpnServerConfig config = OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .build();
        return new ServerCore(config, (core, link, settings) -> {
            throw new AssertionError("nobody comes in");
        });
    }

    private TapFace face(int number) throws IOException, InvalidKeyException {
        return face(number, ClientSettings.builder().build());
    }

    private TapFace face(int number, ClientSettings settings) throws IOException, InvalidKeyException {
        TapFace face = new TapFace(core, link(core, number), settings, device -> device.attach(frame -> {}), stations);
        face.open();
        return face;
    }

    static ClientLink link(ServerCore core, int number) throws InvalidKeyException {
        VirtualServer rig = new VirtualServer();
        rig.close();
        OvpnSession session = new OvpnSession(
                core.config().sessions(false, true),
                new SessionOrigin(1, 2, number, new PlainWrap(), null, false, 0),
                core.nowNanos());
        IpAddress address = IpAddress.parse("192.0.2.10");
        UdpTransport transport =
                new UdpTransport(rig.endpoint(address, 4000 + number), FixedPath.to(address, 4000 + number));
        return new ClientLink(core, session, transport, number);
    }

    static boolean isTaken(TapFace face) {
        byte[] frame = new byte[60];
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        buffer.putLong(-1L).position(6);
        // IEEE Std 802, local experimental EtherType 1.
        buffer.putShort((short) (STATION >>> 32)).putInt((int) STATION).putShort((short) 0x88b5);
        return face.arrived(buffer, 0, frame.length, new Joined());
    }

    /** The thread that receives may be a frame behind: what that claims nobody would give back. */
    @Test
    void shouldClaimNoStationForAClientThatIsGone() throws Exception {
        TapFace gone = face(1);
        gone.close();
        assertFalse(isTaken(gone));
        TapFace again = face(2);
        assertTrue(isTaken(again));
        assertFalse(isTaken(face(3)), "it is another's");
        again.close();
        assertTrue(isTaken(face(4)));
    }

    /** A frame of the client; what is behind its MAC addresses is given in hexadecimal digits. */
    private static boolean isTaken(TapFace face, String rest) {
        byte[] behind = HexFormat.of().parseHex(rest.replace(" ", ""));
        ByteBuffer frame = ByteBuffer.allocate(Math.max(60, 12 + behind.length));
        frame.putShort((short) -1).putInt(-1).putShort((short) (STATION >>> 32)).putInt((int) STATION);
        frame.put(behind);
        return face.arrived(frame, 0, frame.capacity(), new Joined());
    }

    /** An ICMPv6 message of the client's fd08::7 or another source, without a checksum: nobody looks at that here. */
    private static String icmpV6(String source, String message) {
        return "86dd 6000 0000 %04x 3aff %s ff020000000000000000000000000001 %s"
                .formatted(message.replace(" ", "").length() / 2, source, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "of an IPv4 address         | 0806 0001 0800 0604 0001 020000000007 0a080007 000000000000 0a080001",
                "a probe                    | 0806 0001 0800 0604 0001 020000000007 00000000 000000000000 0a080007",
                "IPv4 from its address      | 0800 4500 001c 0000 0000 4011 0000 0a080007 0a080001 0001 0002 0008 0000",
                "of a network behind it     | 0800 4500 001c 0000 0000 4011 0000 ac100001 0a080001 0001 0002 0008 0000",
                "before it has an address   | 0800 4500 001c 0000 0000 4011 0000 00000000 ffffffff 0001 0002 0008 0000",
                "another protocol           | 88b5 0102",
            })
    void shouldTakeWhatIsTrue(String what, String rest) throws Exception {
        assertTrue(isTaken(face(1, its()), rest), what);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ARP of another address     | 0806 0001 0800 0604 0002 020000000007 0a080001 000000000000 0a080002",
                "ARP of another station     | 0806 0001 0800 0604 0002 020000000001 0a080007 000000000000 0a080002",
                "ARP that is cut off        | 0806 0001 0800 0604 0002 0200",
                "IPv4 from another address  | 0800 4500 001c 0000 0000 4011 0000 0a080008 0a080001 0001 0002 0008 0000",
                "a VLAN                     | 8100 0005 0800 4500 001c 0000 0000 4011 0000 0a080007 0a080001 0001 0002 0008 0000",
                "two VLANs                  | 88a8 0005 8100 0006 0800 4500 001c 0000 0000 4011 0000 0a080007 0a080001",
            })
    void shouldRefuseWhatIsNot(String what, String rest) throws Exception {
        // A short ARP packet would be filled up, so nothing is behind it here.
        TapFace face = face(1, its());
        if (rest.length() < 30) {
            byte[] frame = HexFormat.of().parseHex("ffffffffffff020000000007" + rest.replace(" ", ""));
            assertFalse(face.arrived(ByteBuffer.wrap(frame), 0, frame.length, new Joined()), what);
        } else {
            assertFalse(isTaken(face, rest), what);
        }
        assertTrue(face.stats().dropped(DropReason.PORT_SECURITY) > 0);
    }

    /** Neighbour discovery (RFC 4861) of its own addresses, and nothing of routers. */
    @Test
    void shouldTakeNeighboursButNoRouters() throws Exception {
        TapFace face = face(1, its());
        String own = "fd080000000000000000000000000007";
        String local = "fe800000000000000000000000000007";
        String other = "fd080000000000000000000000000001";
        String none = "00000000000000000000000000000000";
        assertTrue(isTaken(face, icmpV6(own, "8700 0000 00000000" + other)), "a solicitation");
        assertTrue(isTaken(face, icmpV6(none, "8700 0000 00000000" + own)), "a probe for a duplicate address");
        assertTrue(isTaken(face, icmpV6(own, "8800 0000 60000000" + own)), "an advertisement");
        assertTrue(isTaken(face, icmpV6(local, "8800 0000 60000000" + local)), "of its link-local address");
        assertFalse(isTaken(face, icmpV6(own, "8800 0000 60000000" + other)), "for another's address");
        assertFalse(isTaken(face, icmpV6(other, "8700 0000 00000000" + own)), "from another's address");
        assertFalse(isTaken(face, icmpV6(local, "8600 0000 40000708 00000000 00000000")), "a router's advertisement");
        assertFalse(isTaken(face, icmpV6(local, "8900 0000 00000000" + other + own)), "a redirect");
        assertFalse(isTaken(face, icmpV6(own, "8700 0000 00000000")), "a solicitation for nothing");
        assertFalse(
                isTaken(face, icmpV6(own, "8800 0000 60000000")), "an advertisement of something in a later fragment");
    }

    /** Hosts look behind more extension headers than are walked here, and put fragments together (RFC 7113 section 3). */
    @Test
    void shouldTakeNoRouterThatIsHidden() throws Exception {
        TapFace face = face(1, its());
        String options = "3c00 0104 00000000 ";
        String advertisement = "8600 0000 40000708 00000000 00000000";
        for (int headers : new int[] {1, 16, 17, 40}) {
            String chain = options.repeat(headers - 1) + "3a00 0104 00000000";
            assertFalse(isTaken(face, ipV6("3c", chain + advertisement)), headers + " extension headers");
        }
        assertFalse(isTaken(face, ipV6("2c", "3c00 0001 00000001 3a00 0104 00000000")), "its fragment before the type");
        assertFalse(isTaken(face, ipV6("2c", "3c00 0001 00000001 3c00 0104 00000000")), "within the chain");
        assertTrue(isTaken(face, ipV6("2c", "1100 0001 00000001 0001 0002 0010 0000")), "a fragment of something else");
        assertTrue(isTaken(face, ipV6("3b", "")), "no next header");
    }

    /** A packet of the client's link-local address. */
    private static String ipV6(String nextHeader, String payload) {
        return "86dd 6000 0000 %04x %sff fe800000000000000000000000000007 ff020000000000000000000000000001 %s"
                .formatted(payload.replace(" ", "").length() / 2, nextHeader, payload);
    }

    private static ClientSettings its() {
        return ClientSettings.builder()
                .address(IpPrefix.parse("10.8.0.7/24"), IpAddress.parse("10.8.0.1"))
                .address(IpPrefix.parse("fd08::7/64"), IpAddress.parse("fd08::1"))
                .clientNetwork(IpPrefix.parse("172.16.0.0/24"))
                .build();
    }
}
