// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an adapter says of the groups that its host listens to: RFC 3810, and RFC 2710 to queriers of version 1. */
class MulticastReportTest {
    private static final IpAddress ROUTER = IpAddress.parse("fe80::99");
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    private static final IpAddress ALL_ROUTERS = IpAddress.parse("ff02::2");
    private static final IpAddress REPORTS_TO = IpAddress.parse("ff02::16");
    private static final IpAddress OWN_GROUP = IpAddress.parse("ff02::1:ff00:1");
    private static final IpAddress NAMES = IpAddress.parse("ff02::fb");
    private static final int IS_EXCLUDE = 2;
    private static final int TO_INCLUDE = 3;
    private static final int TO_EXCLUDE = 4;

    private final TestNet net = new TestNet();

    /** One line of what was said. */
    private record Said(int type, IpAddress group, IpAddress to) {}

    private List<Said> take() {
        List<Said> said = new ArrayList<>();
        for (byte[] bytes : net.take()) {
            Frame frame = TestNet.frame(bytes);
            Packet packet = frame.packet();
            int type = packet.isIpv6() && packet.protocol() == IpProtocol.ICMPV6
                    ? packet.buffer().get(packet.transportOffset()) & 0xFF
                    : 0;
            if (type != 131 && type != 132 && type != 143) {
                continue;
            }
            assertEquals(1, packet.hopLimit());
            assertEquals(0, packet.buffer().get(packet.offset() + 6), "a Hop-by-Hop header");
            assertEquals(0x0502_0000, packet.buffer().getInt(packet.offset() + 42), "Router Alert of value 0");
            assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
            assertEquals(
                    0x3333_0000_0000L | (packet.destinationLow() & 0xFFFF_FFFFL),
                    frame.destination().toLong());
            ByteBuffer buffer = packet.buffer();
            int at = packet.transportOffset();
            if (type != 143) {
                assertEquals(24, packet.transportLength());
                said.add(new Said(type, address(buffer, at + 8), packet.destination()));
                continue;
            }
            int records = buffer.getShort(at + 6);
            assertEquals(8 + records * 20, packet.transportLength());
            assertTrue(packet.length() <= 1280);
            for (int i = 0; i < records; i++) {
                int record = at + 8 + i * 20;
                assertEquals(0, buffer.getInt(record) & 0xFF_FFFF, "neither sources nor auxiliary data");
                said.add(new Said(buffer.get(record), address(buffer, record + 4), packet.destination()));
            }
        }
        return said;
    }

    private static IpAddress address(ByteBuffer buffer, int at) {
        return IpAddress.ofIpv6(buffer.getLong(at), buffer.getLong(at + 8));
    }

    /** A query as routers send it; its length makes its version. */
    private static ByteBuffer query(int length, IpAddress from, IpAddress group, int code, int robustness) {
        IpAddress to = group.isUnspecified() ? ALL_NODES : group;
        ByteBuffer packet = ByteBuffer.allocate(48 + length);
        IpHeader.write(packet, 0, from, to, 0, 8 + length, 1, 0, 0, false);
        packet.putLong(40, 0x3A00_0502_0000_0100L);
        packet.putInt(48, 130 << 24);
        packet.putShort(52, (short) code);
        group.writeTo(packet, 56);
        if (length >= 28) {
            packet.put(72, (byte) robustness);
        }
        return sum(packet, from, to);
    }

    private static ByteBuffer sum(ByteBuffer packet, IpAddress from, IpAddress to) {
        packet.putShort(50, (short) 0);
        int length = packet.limit() - 48;
        return packet.putShort(50, (short) Checksum.transport(from, to, IpProtocol.ICMPV6, packet, 48, length));
    }

    private void ask(ByteBuffer query) {
        long low = new Packet().wrap(query).destinationLow();
        net.injectIp(TestNet.PEER_MAC, MacAddress.of(0x3333_0000_0000L | (low & 0xFFFF_FFFFL)), query);
    }

    private void askVersion2(IpAddress group, int code) {
        ask(query(28, ROUTER, group, code, 0));
    }

    private static Said said(int type, IpAddress group) {
        return new Said(type, group, REPORTS_TO);
    }

    @Test
    void shouldTellOfItsGroupsTwiceOnceTheLinkIsUp() {
        Objects.requireNonNull(net.adapter.attachment()).close();
        net.host.listenTo(Set.of(NAMES));
        net.adapter.attach(frame -> net.frames.add(frame.toBytes()));
        Set<Said> both = Set.of(said(TO_EXCLUDE, OWN_GROUP), said(TO_EXCLUDE, NAMES));

        List<Said> first = take();
        assertEquals(both, new HashSet<>(first), "at once, of the solicited-node group too");
        assertEquals(2, first.size(), "both addresses end in the same bits");
        net.advance(1);
        assertEquals(both, new HashSet<>(take()), "the Robustness Variable is 2, within a second");
        net.advance(3600);
        assertEquals(List.of(), take());
    }

    @Test
    void shouldFollowTheAddressesOfItsHost() {
        net.host.setPrefix(IpPrefix.parse("2001:db8::12:3456/64"));
        assertEquals(List.of(said(TO_EXCLUDE, IpAddress.parse("ff02::1:ff12:3456"))), take());
        net.advance(1);
        take();

        net.host.setPrefix(IpPrefix.parse(TestNet.HOST6 + "/64"));
        assertEquals(
                List.of(said(TO_INCLUDE, IpAddress.parse("ff02::1:ff12:3456"))), take(), "its other is there still");
        net.advance(1);
        assertEquals(1, take().size());
        net.advance(60);
        assertEquals(List.of(), take());
    }

    @Test
    void shouldReportNeitherAllNodesNorWhatStaysInside() {
        net.host.listenTo(Set.of(ALL_NODES, IpAddress.parse("ff01::5"), IpAddress.parse("224.0.0.251")));
        net.advance(5);
        assertEquals(List.of(), take());
    }

    @Test
    void shouldAnswerAGeneralQueryOnceWithinTheTimeItGives() {
        askVersion2(TestNet.ANY6, 10_000);
        askVersion2(TestNet.ANY6, 10_000);
        assertEquals(List.of(), take(), "not all at once");
        net.advance(10);
        assertEquals(List.of(said(IS_EXCLUDE, OWN_GROUP)), take());
    }

    @Test
    void shouldAnswerForOneGroup() {
        net.host.listenTo(Set.of(NAMES));
        net.advance(1);
        take();
        askVersion2(NAMES, 0);
        net.advance(0.001);
        assertEquals(List.of(said(IS_EXCLUDE, NAMES)), take());
        askVersion2(IpAddress.parse("ff02::5"), 0);
        net.advance(1);
        assertEquals(List.of(), take(), "not one of its own");
    }

    /** With nothing to answer any more it must not look at that answer's time again and again; the clock stands still here. */
    @Test
    @Timeout(60)
    void shouldNotOweAnAnswerForAGroupThatItHasLeft() {
        net.host.listenTo(Set.of(NAMES));
        net.advance(1);
        take();
        ask(query(28, ROUTER, NAMES, 400, 7));
        net.host.listenTo(Set.of());
        net.advance(1);
        assertFalse(take().contains(said(IS_EXCLUDE, NAMES)));
    }

    /** Section 5.1.3: 0x8000 is (0 + 0x1000) << 3 = 32768 ms, 0xFFFF is 8387584 ms. */
    @ParameterizedTest
    @CsvSource({"0x8000, 32768", "0xFFFF, 8387584", "0x8FFF, 65528"})
    void shouldReadLongResponseTimes(String code, long millis) {
        int late = 0;
        for (int i = 0; i < 50; i++) { // so that chance has no part in it
            askVersion2(TestNet.ANY6, Integer.decode(code));
            net.advance(millis / 2e3);
            boolean answered = !take().isEmpty();
            net.advance(millis / 2e3 + 0.001);
            late += take().isEmpty() ? 0 : 1;
            assertTrue(answered || late > 0);
        }
        assertTrue(late > 0, "of fifty some use the second half");
    }

    @ParameterizedTest
    @CsvSource({"hops", "alert", "global", "length", "checksum", "group"})
    void shouldNotHeedWhatIsNoQuery(String flaw) {
        IpAddress from = flaw.equals("global") ? IpAddress.parse("2001:db8::9") : ROUTER;
        IpAddress group = flaw.equals("group") ? TestNet.HOST6 : TestNet.ANY6;
        ByteBuffer query = query(flaw.equals("length") ? 26 : 28, from, group, 0, 0);
        switch (flaw) {
            case "hops" -> query.put(7, (byte) 64);
            case "alert" -> query.putInt(42, 0x0104_0000);
            case "checksum" -> query.putShort(50, (short) (query.getShort(50) + 1));
            default -> {}
        }
        ask(query);
        net.advance(5);
        assertEquals(List.of(), take());
    }

    @Test
    void shouldNotReadBeyondAnyTruncation() {
        ByteBuffer query = query(28, ROUTER, TestNet.ANY6, 0, 0);
        for (int length = 40; length < query.limit(); length++) {
            ByteBuffer cut = ByteBuffer.allocate(length).put(query.slice(0, length));
            cut.flip().putShort(4, (short) (length - 40));
            if (length >= 52) {
                sum(cut, ROUTER, ALL_NODES);
            }
            ask(cut);
        }
        net.advance(5);
        List<Said> heard = take();
        assertFalse(heard.stream().anyMatch(each -> each.type() == IS_EXCLUDE), "one of 24 bytes is of version 1");
    }

    @Test
    void shouldSayWhatMustNotGetLostAsOftenAsTheQuerierAsks() {
        ask(query(28, ROUTER, TestNet.ANY6, 0, 5));
        net.advance(1);
        take();
        net.host.listenTo(Set.of(NAMES));
        net.advance(10);
        assertEquals(5, take().size());
    }

    @Test
    void shouldSpeakVersion1ToItsQueriers() {
        net.host.listenTo(Set.of(NAMES));
        net.advance(1);
        take();
        ask(query(24, ROUTER, TestNet.ANY6, 1000, 0));
        net.advance(1);
        assertEquals(Set.of(new Said(131, OWN_GROUP, OWN_GROUP), new Said(131, NAMES, NAMES)), new HashSet<>(take()));

        net.host.listenTo(Set.of());
        net.advance(1);
        assertEquals(List.of(new Said(132, NAMES, ALL_ROUTERS)), take());
        net.host.listenTo(Set.of(NAMES));
        assertEquals(List.of(new Said(131, NAMES, NAMES)), take());
        net.advance(1);
        take();

        net.advance(261);
        askVersion2(NAMES, 0);
        net.advance(1);
        assertEquals(List.of(said(IS_EXCLUDE, NAMES)), take(), "once no such querier is about any more");
    }

    @Test
    void shouldSplitWhatDoesNotFitOnePacketAndBoundItsGroups() {
        Set<IpAddress> many = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            many.add(IpAddress.ofIpv6(0xFF05L << 48, 0x1000 + i));
        }
        net.host.listenTo(many);
        assertEquals(1023, take().size(), "1024 with that of its address");
        askVersion2(TestNet.ANY6, 0);
        net.advance(2);
        assertTrue(net.frames.size() > 17, "of 61 records at most");
    }
}
