// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same packets through Jool 4.1.9, a stateful NAT64, and ours. What differs is named in {@link JoolDifferences}, with the
 * sentence of an RFC that decides it, or that there is none. Where Jool cannot be built this is skipped with the reason.
 */
@NeedsPeer(
        value = {"qemu-system-x86_64", "busybox", "ethtool"},
        optional = {"gcc", "make", "apt-get", "dpkg", "strip"},
        root = false)
@Tag("long")
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JoolTest {

    private static final IpAddress HOST = IpAddress.parse("64:ff9b:1::2");
    private static final IpAddress SERVER = IpAddress.parse("198.51.100.7");
    private static final IpAddress SERVER6 = Prefix64.WELL_KNOWN.embed(SERVER);
    private static final IpAddress ROUTER = IpAddress.parse("198.51.100.250");

    private static Jool jool;

    @BeforeAll
    static void boot() throws Exception {
        jool = new Jool();
    }

    @AfterAll
    static void end() {
        if (jool != null) {
            jool.close();
        }
    }

    private static OracleSubject ours() {
        return new OracleSubject.Ours(
                NatConfig.builder(OracleRun.PUBLIC)
                        .prefix64(Prefix64.WELL_KNOWN)
                        .build(),
                IpPrefix.parse("64:ff9b:1::1/64"));
    }

    private interface Step {
        void take(OracleRun run, int number) throws IOException;
    }

    private static OracleRun run(long seed, int steps, Step step) throws IOException {
        jool.restart();
        try (OracleSubject ours = ours()) {
            OracleRun run = new OracleRun(seed, true, JoolDifferences::isKnown, jool, ours);
            for (int number = 1; number <= steps; number++) {
                step.take(run, number);
            }
            return run;
        }
    }

    @Test
    void shouldTranslateSessionsAsJoolDoes() throws IOException {
        OracleRun run = run(100, 300, OracleRun::plain);
        assertTrue(run.forwarded > 100, "forwarded=" + run.forwarded);
    }

    @Test
    void shouldTranslateErrorsAsJoolDoes() throws IOException {
        OracleRun run = run(101, 300, (each, number) -> {
            if (number % 2 == 0) {
                each.plain(number);
            } else {
                each.error(number);
            }
        });
        assertTrue(run.errors > 100, "errors=" + run.errors);
    }

    private static List<byte[]> bytes(List<String> lines) {
        return lines.stream().map(OracleLine::bytes).toList();
    }

    private static void same(OracleSubject ours, String what, ByteBuffer packet) throws IOException {
        boolean six = packet.get(0) >> 4 == 6;
        List<byte[]> theirs = bytes(jool.give(six, packet));
        List<byte[]> mine = bytes(ours.give(six, packet));
        List<String> expected = TaygaTest.normal(theirs, 0);
        List<String> sent = TaygaTest.normal(mine, 0);
        if (!expected.equals(sent)) {
            assertTrue(
                    JoolDifferences.isKnownOfFields(what, expected, sent),
                    () -> what + "\ntheirs " + expected + "\nours   " + sent);
        }
    }

    /** Jool puts fragments together and sends them whole if they fit; we translate each (RFC 6146 section 3.4 has both). */
    private static void sameFragments(OracleSubject ours, ByteBuffer whole) throws IOException {
        List<byte[]> theirs = new ArrayList<>();
        byte[] mine = {};
        try (Reassembler reassembler = new Reassembler()) {
            for (ByteBuffer piece : OracleLine.cut(whole, 600, 0x1234)) {
                boolean six = piece.get(0) >> 4 == 6;
                theirs.addAll(bytes(jool.give(six, piece)));
                for (byte[] each : bytes(ours.give(six, piece))) {
                    Packet together = reassembler.add(new Packet().wrap(ByteBuffer.wrap(each)), 1);
                    mine = together == null ? mine : together.toBytes();
                }
            }
        }
        assertEquals(TaygaTest.normal(theirs, 0), TaygaTest.normal(List.of(mine), 0));
    }

    @Test
    void shouldTranslateFieldsAsJoolDoes() throws IOException {
        jool.restart();
        for (String protocol : List.of("tcp", "udp", "icmp")) {
            jool.tool("bib add " + OracleRun.PUBLIC + "#5000 " + HOST + "#5000 --" + protocol);
        }
        try (OracleSubject ours = ours()) {
            for (int length : new int[] {0, 1, 33, 1000, 1232, 1233, 1400, 1452}) {
                same(ours, "UDP " + length, PacketBuilder.udp(HOST, 5000, SERVER6, 53, TaygaTest.body(length)));
            }
            for (int trafficClass : new int[] {1, 2, 3, 0xB8, 0xFF}) {
                ByteBuffer packet = PacketBuilder.udp(HOST, 5000, SERVER6, 53, TaygaTest.body(9));
                same(ours, "class to IPv4 " + trafficClass, TaygaTest.with(packet, trafficClass, 9));
                ByteBuffer back = PacketBuilder.udp(SERVER, 53, OracleRun.PUBLIC, 5000, TaygaTest.body(9));
                same(ours, "class to IPv6 " + trafficClass, TaygaTest.with(back, trafficClass, 9));
            }
            for (int length : new int[] {0, 1, 33, 1000, 1232, 1233, 1300, 1472}) {
                for (boolean df : new boolean[] {false, true}) {
                    ByteBuffer packet = PacketBuilder.udp(SERVER, 53, OracleRun.PUBLIC, 5000, TaygaTest.body(length));
                    packet.putShort(6, (short) (df ? 0x4000 : 0));
                    new Packet().wrap(packet).recomputeIpv4Checksum();
                    same(ours, "UDP back " + length + (df ? " DF" : ""), packet);
                }
            }
            ByteBuffer unsummed = PacketBuilder.udp(SERVER, 53, OracleRun.PUBLIC, 5000, TaygaTest.body(31));
            same(ours, "no checksum", unsummed.putShort(26, (short) 0));
            same(ours, "ping", PacketBuilder.icmpEcho(HOST, SERVER6, true, 5000, 3, TaygaTest.body(56)));
            same(ours, "pong", PacketBuilder.icmpEcho(SERVER, OracleRun.PUBLIC, false, 5000, 3, TaygaTest.body(56)));
            sameFragments(ours, PacketBuilder.udp(HOST, 5000, SERVER6, 53, TaygaTest.body(1400)));
            sameFragments(ours, PacketBuilder.udp(SERVER, 53, OracleRun.PUBLIC, 5000, TaygaTest.body(1400)));
            same(
                    ours,
                    "for its own",
                    PacketBuilder.udp(
                            HOST, 5000, Prefix64.WELL_KNOWN.embed(OracleRun.PUBLIC), 5000, TaygaTest.body(9)));
            errors(ours);
        }
    }

    private static void errors(OracleSubject ours) throws IOException {
        ByteBuffer sent = PacketBuilder.udp(OracleRun.PUBLIC, 5000, SERVER, 53, TaygaTest.body(5));
        for (int type : new int[] {3, 11, 12}) {
            for (int code = 0; code < 16; code++) {
                for (int rest : type == 12 ? new int[] {0, 1, 2, 6, 8, 9, 12, 16, 20} : new int[] {0, 1300}) {
                    ByteBuffer error = PacketBuilder.icmp(
                            ROUTER, OracleRun.PUBLIC, type, code, type == 12 ? rest << 24 : rest, sent);
                    same(ours, "ICMP " + type + "/" + code + " " + rest, error);
                }
            }
        }
        ByteBuffer came = PacketBuilder.udp(SERVER6, 53, HOST, 5000, TaygaTest.body(5));
        for (int type : new int[] {1, 2, 3, 4}) {
            for (int code = 0; code < 8; code++) {
                for (int rest : type == 4 ? new int[] {0, 1, 4, 5, 6, 7, 8, 24, 40} : new int[] {0, 1400}) {
                    same(
                            ours,
                            "ICMPv6 " + type + "/" + code + " " + rest,
                            PacketBuilder.icmp(HOST, SERVER6, type, code, rest, came));
                }
            }
        }
    }
}
