// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Datagrams that are put together before they are translated, and cut again: RFC 791 section 3.2, RFC 3168 section 5.3. */
class ReassemblyTest {

    private final NatWorld world = new NatWorld(config -> config.reassemble(true));

    private static List<ByteBuffer> cut(ByteBuffer packet, int id, int mtu) {
        List<ByteBuffer> pieces = new ArrayList<>();
        new Fragmenter()
                .fragment(new Packet().wrap(packet), mtu, id, piece -> pieces.add(ByteBuffer.wrap(piece.toBytes())));
        assertTrue(pieces.size() > 1);
        return pieces;
    }

    private static ByteBuffer marked(ByteBuffer piece, boolean dontFragment, int ecn) {
        new Packet().wrap(piece).dontFragment(dontFragment).ecn(ecn).recomputeIpv4Checksum();
        return piece;
    }

    /** What was sent, put together. */
    private @Nullable Packet together() {
        try (Reassembler reassembler = new Reassembler()) {
            for (Sent each : world.sent) {
                Packet whole = reassembler.add(each.packet(), world.now);
                if (whole != null) {
                    assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
                    return new Packet().wrap(ByteBuffer.wrap(whole.toBytes()));
                }
            }
        }
        return null;
    }

    @Test
    void shouldTranslateADatagramOnceItIsWhole() {
        ByteBuffer datagram = udp(HOST, 5000, SERVER, 53, 700);
        List<ByteBuffer> pieces = cut(datagram, 7, 300);
        long seed = 11;
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            Collections.shuffle(pieces, random);
            for (int i = 0; i < pieces.size() - 1; i++) {
                assertNull(world.out(pieces.get(i)));
                assertEquals(0, world.sent.size(), "seed=" + seed);
            }
            assertNull(world.out(pieces.get(pieces.size() - 1)));
            assertEquals(pieces.size(), world.sent.size(), "seed=" + seed);
            int id = world.sent.get(0).packet().identification();
            for (Sent each : world.sent) {
                assertTrue(each.packet().totalLength() <= 300);
                assertFalse(each.packet().dontFragment());
                assertEquals(id, each.packet().identification());
                assertEquals(PUBLIC, each.packet().source());
            }
            Packet whole = together();
            assertNotNull(whole);
            assertEquals(728, whole.totalLength());
        }
    }

    @Test
    void shouldComeInWholeAndLeaveInPieces() {
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        List<ByteBuffer> pieces = cut(udp(SERVER, 53, PUBLIC, outside, 1000), 9, 576);
        assertNull(world.in(pieces.get(1)));
        assertNull(world.in(pieces.get(0)));
        assertEquals(pieces.size(), world.sent.size());
        Packet whole = together();
        assertNotNull(whole);
        assertEquals(HOST, whole.destination());
        assertEquals(1028, whole.totalLength());
    }

    @Test
    void shouldKeepToTheLongestPieceAndItsDf() {
        for (ByteBuffer piece : cut(udp(HOST, 5000, SERVER, 53, 1400), 7, 576)) {
            assertNull(world.out(marked(piece, true, 0)));
        }
        assertEquals(3, world.sent.size());
        for (Sent each : world.sent) {
            assertTrue(each.packet().totalLength() <= 576);
            assertTrue(each.packet().dontFragment());
        }
        // Only a short one has it: the others may be cut, so that what leaves may be.
        List<ByteBuffer> mixed = cut(udp(HOST, 5000, SERVER, 53, 700), 8, 576);
        assertNull(world.out(mixed.get(0)));
        assertNull(world.out(marked(mixed.get(1), true, 0)));
        assertEquals(2, world.sent.size());
        assertFalse(world.sent.get(0).packet().dontFragment());
        assertFalse(world.sent.get(1).packet().dontFragment());
    }

    @Test
    void shouldTellWhenPiecesDoNotFitThatMustNotBeCut() {
        world.engine.outsideMtu(1000);
        List<ByteBuffer> pieces = cut(udp(HOST, 5000, SERVER, 53, 1400), 7, 1280);
        assertNull(world.out(marked(pieces.get(0), true, 0)));
        assertSame(NatDrop.TOO_BIG, world.out(marked(pieces.get(1), true, 0)));
        Sent error = world.one();
        assertSame(world.link, error.to());
        assertEquals(3, error.icmp().type());
        assertEquals(4, error.icmp().code());
        assertEquals(1000, error.icmp().restOfHeader() & 0xFFFF);
        for (ByteBuffer piece : cut(udp(HOST, 5000, SERVER, 53, 1400), 8, 1280)) {
            assertNull(world.out(piece));
        }
        assertEquals(2, world.sent.size(), "those that may be cut are");
        assertTrue(world.sent.get(0).packet().totalLength() <= 1000);
    }

    @Test
    void shouldPassACongestionMarkOn() { // RFC 3168 section 5.3
        List<ByteBuffer> pieces = cut(udp(HOST, 5000, SERVER, 53, 700), 7, 576);
        assertNull(world.out(marked(pieces.get(0), false, 2)));
        assertNull(world.out(marked(pieces.get(1), false, 3)));
        assertEquals(2, world.sent.size());
        world.sent.forEach(each -> assertEquals(3, each.packet().ecn()));
        pieces = cut(udp(HOST, 5000, SERVER, 53, 700), 8, 576);
        assertNull(world.out(marked(pieces.get(0), false, 0)));
        assertSame(NatDrop.BAD_FRAGMENT, world.out(marked(pieces.get(1), false, 3)), "a mix");
    }

    @Test
    void shouldNotMixTenants() {
        NatInside other = world.engine.addInside().prefix(IpPrefix.of(NatWorld.GATEWAY, 24));
        NatLink otherLink = world.engine.addLink(other);
        List<ByteBuffer> pieces = cut(udp(HOST, 5000, SERVER, 53, 700), 7, 576);
        assertNull(world.out(world.link, pieces.get(0)));
        assertNull(world.out(otherLink, pieces.get(1)));
        assertEquals(0, world.sent.size());
        assertNull(world.out(world.link, pieces.get(1)));
        assertEquals(2, world.sent.size());
        world.engine.removeInside(other, world.now);
        world.passNanos(Reassembler.IPV4_TIMEOUT_NANOS);
        world.timer();
        assertEquals(0, world.engine.shared().reassembly.size());
    }

    @Test
    void shouldBoundWhatItHoldsAndServeOthers() {
        int id = 0;
        for (int round = 0; round < 3000; round++) {
            world.out(cut(udp(HOST, 5000, SERVER, 53, 1400), ++id, 1280).get(0));
        }
        assertTrue(world.engine.shared().reassembly.bytes() <= 1 << 20);
        List<ByteBuffer> pieces = cut(udp(NatWorld.OTHER_HOST, 5000, SERVER, 53, 700), 7, 576);
        assertNull(world.out(pieces.get(0)));
        assertNull(world.out(pieces.get(1)));
        assertEquals(2, world.sent.size(), "who does not flood is served");
        world.passedOut(udp(HOST, 5001, SERVER, 53));
        long due = world.engine.nextDeadlineNanos();
        assertTrue(due - world.now <= Reassembler.IPV4_TIMEOUT_NANOS);
        world.passNanos(Reassembler.IPV4_TIMEOUT_NANOS);
        world.timer();
        assertEquals(0, world.engine.shared().reassembly.size());
    }

    @Test
    void shouldDropOverlaps() { // RFC 5722
        List<ByteBuffer> pieces = cut(udp(HOST, 5000, SERVER, 53, 700), 7, 300);
        assertNull(world.out(pieces.get(0)));
        ByteBuffer overlap = pieces.get(1);
        overlap.putShort(6, (short) (overlap.getShort(6) - 1));
        new Packet().wrap(overlap).recomputeIpv4Checksum();
        assertSame(NatDrop.BAD_FRAGMENT, world.out(overlap));
        assertSame(NatDrop.BAD_FRAGMENT, world.out(pieces.get(2)));
        assertEquals(0, world.engine.size());
    }

    @Test
    void shouldTranslateFragmentsToIpv4() {
        NatWorld six = new NatWorld(config -> config.reassemble(true).prefix64(Prefix64.WELL_KNOWN));
        six.inside.prefix(IpPrefix.of(Nat64Test.GATEWAY6, 64));
        for (boolean ping : new boolean[] {false, true}) {
            ByteBuffer datagram = ping
                    ? PacketBuilder.icmpEcho(Nat64Test.HOST6, Nat64Test.SERVER6, true, 77, 1, NatWorld.payload(1400))
                    : udp(Nat64Test.HOST6, 5000, Nat64Test.SERVER6, 53, 1400);
            List<ByteBuffer> pieces = cut(datagram, 0x1_0007, 1280);
            assertNull(six.out(pieces.get(1)));
            assertNull(six.out(pieces.get(0)));
            assertEquals(2, six.sent.size(), "ping=" + ping);
            try (Reassembler reassembler = new Reassembler()) {
                Packet whole = null;
                for (Sent each : six.sent) {
                    assertFalse(each.packet().dontFragment());
                    assertTrue(each.packet().totalLength() <= 1280);
                    whole = reassembler.add(each.packet(), six.now);
                }
                assertNotNull(whole);
                assertEquals(1428, whole.totalLength());
                assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
            }
        }
    }

    /** Makes a word longer. */
    private static final class Longer implements NatHelper {
        private int seen;

        @Override
        public String name() {
            return "longer";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return flow.protocol() == IpProtocol.UDP;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            seen++;
            payload.replace(0, 3, "longer".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static ByteBuffer text(IpAddress from, int fromPort, IpAddress to, int toPort, int length) {
        ByteBuffer body = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            body.put(i, (byte) ('a' + i % 26));
        }
        return PacketBuilder.udp(from, fromPort, to, toPort, body);
    }

    @Test
    void shouldShowHelpersWhatCameInFragments() {
        Longer helper = new Longer();
        NatWorld helped = new NatWorld(config -> config.reassemble(true).helper(helper));
        for (ByteBuffer piece : cut(text(HOST, 5000, SERVER, 4000, 700), 7, 576)) {
            assertNull(helped.out(piece));
        }
        assertEquals(1, helper.seen);
        try (Reassembler reassembler = new Reassembler()) {
            Packet whole = null;
            for (Sent each : helped.sent) {
                assertTrue(each.packet().totalLength() <= 576);
                whole = reassembler.add(each.packet(), helped.now);
            }
            assertNotNull(whole);
            assertEquals(731, whole.totalLength());
            assertEquals('l', whole.buffer().get(28));
            assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
        }
    }

    /** A datagram to an IPv6 host comes in pieces that are put together, is shown to a helper, and leaves in others. */
    @Test
    void shouldShowHelpersWhatIsCutForIpv6Hosts() { // RFC 7915 section 4.1
        Longer helper = new Longer();
        NatWorld helped =
                new NatWorld(config -> config.reassemble(true).helper(helper).prefix64(Prefix64.WELL_KNOWN));
        helped.inside.prefix(IpPrefix.of(Nat64Test.GATEWAY6, 64));
        helped.passedOut(text(Nat64Test.HOST6, 5000, Nat64Test.SERVER6, 4000, 20));
        Set<Integer> ids = new HashSet<>();

        for (ByteBuffer piece : cut(text(SERVER, 4000, PUBLIC, 5000, 1500), 7, 1280)) {
            assertNull(helped.in(piece));
        }
        ids.add(checkCut(helped, 1500, 1280));

        assertNull(helped.in(text(SERVER, 4000, PUBLIC, 5000, 1300)));
        ids.add(checkCut(helped, 1300, 1280));

        ByteBuffer full = text(SERVER, 4000, PUBLIC, 5000, 1450);
        assertNull(helped.in(marked(full, true, 0)), "1498 octets of IPv6 become 1501");
        ids.add(checkCut(helped, 1450, 1500));

        ByteBuffer bare = text(SERVER, 4000, PUBLIC, 5000, 1300);
        bare.putShort(26, (short) 0);
        assertNull(helped.in(bare));
        ids.add(checkCut(helped, 1300, 1280));
        assertEquals(4, ids.size(), ids::toString);

        ByteBuffer small = text(SERVER, 4000, PUBLIC, 5000, 100);
        small.putShort(26, (short) 0);
        Packet answer = helped.passedIn(small).packet();
        assertEquals(ChecksumStatus.VALID, answer.verifyTransportChecksum());
        assertEquals('l', answer.buffer().get(48));
        assertEquals(6, helper.seen);
    }

    /** Gives the identification of the pieces that were sent, which make up a whole one, changed. */
    private static int checkCut(NatWorld helped, int length, int most) {
        assertEquals(2, helped.sent.size());
        try (Reassembler reassembler = new Reassembler()) {
            Packet whole = null;
            for (Sent each : helped.sent) {
                assertSame(helped.link, each.to());
                assertTrue(each.packet().totalLength() <= most, each::toString);
                assertTrue(each.packet().identification() >>> 16 != 0, "unlike that of any IPv4 packet");
                whole = reassembler.add(each.packet(), helped.now);
            }
            assertNotNull(whole);
            assertEquals(Packet.IPV6_HEADER_LENGTH + 8 + length + 3, whole.totalLength());
            assertEquals('l', whole.buffer().get(whole.transportOffset() + 8));
            assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
        }
        return helped.sent.get(0).packet().identification();
    }

    @Test
    void shouldShowHelpersEachDatagramOfASuperSegment() {
        for (boolean pending : new boolean[] {false, true}) {
            Longer helper = new Longer();
            NatWorld helped = new NatWorld(config -> config.helper(helper).prefix64(Prefix64.WELL_KNOWN));
            helped.inside.prefix(IpPrefix.of(Nat64Test.GATEWAY6, 64));
            Packet many = new Packet().wrap(text(HOST, 5000, SERVER, 4000, 2000));
            many.checksumPending(pending).segmentSize(600);
            helped.output.clear();
            assertNull(helped.engine.fromInside(helped.link, many, helped.now, helped.output));
            check(helped, helper, 4, false);
            int port = helped.output.packet(0).buffer().getShort(20) & 0xFFFF;

            Packet back = new Packet().wrap(text(SERVER, 4000, PUBLIC, port, 2000));
            back.checksumPending(pending).segmentSize(600);
            helped.output.clear();
            assertNull(helped.engine.fromOutside(back, helped.now, helped.output));
            check(helped, helper, 8, true);

            Packet six = new Packet().wrap(text(Nat64Test.HOST6, 5001, Nat64Test.SERVER6, 4000, 2000));
            six.checksumPending(pending).segmentSize(600);
            helped.output.clear();
            assertNull(helped.engine.fromInside(helped.link, six, helped.now, helped.output));
            check(helped, helper, 12, false);
        }
    }

    @Test
    void shouldLeaveTheChecksumPendingOfWhatAHelperChanges() {
        NatWorld helped = new NatWorld(config -> config.helper(new Longer()));
        for (int length : new int[] {100, 1470}) {
            ByteBuffer datagram = text(HOST, 5000, SERVER, 4000, length);
            datagram.putShort(26, (short) Checksum.pseudoHeader(HOST, SERVER, IpProtocol.UDP, 8 + length));
            Packet pending = new Packet().wrap(datagram).checksumPending(true);
            helped.output.clear();
            assertNull(helped.engine.fromInside(helped.link, pending, helped.now, helped.output));
            Packet sent = helped.output.packet(0);
            if (length == 100) {
                assertEquals(1, helped.output.size());
                assertTrue(sent.checksumPending());
                int sum = Checksum.pseudoHeader(PUBLIC, SERVER, IpProtocol.UDP, 8 + length + 3);
                assertEquals(sum, sent.buffer().getShort(26) & 0xFFFF, "what a device completes");
                continue;
            }
            assertEquals(2, helped.output.size(), "1498 octets become 1501");
            try (Reassembler reassembler = new Reassembler()) {
                assertNull(reassembler.add(sent, helped.now));
                Packet whole = reassembler.add(helped.output.packet(1), helped.now);
                assertNotNull(whole);
                assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
            }
        }
    }

    private static void check(NatWorld helped, Longer helper, int seen, boolean inside) {
        assertEquals(seen, helper.seen);
        assertEquals(4, helped.output.size());
        for (int i = 0; i < 4; i++) {
            Packet piece = helped.output.packet(i);
            assertEquals(inside ? helped.link : null, helped.output.target(i));
            assertEquals(0, piece.segmentSize());
            assertEquals((i < 3 ? 600 : 200) + 3 + 28, piece.totalLength());
            assertEquals(ChecksumStatus.VALID, piece.verifyTransportChecksum(), "piece=" + i);
            assertEquals('l', piece.buffer().get(28));
            assertEquals('a' + (600 * i + 3) % 26, piece.buffer().get(34), "piece=" + i);
        }
    }

    @Test
    void shouldLeaveASuperSegmentThatNobodyReadsAsItIs() {
        Packet many = new Packet().wrap(text(HOST, 5000, SERVER, 4000, 2000));
        many.dontFragment(true).recomputeIpv4Checksum();
        many.segmentSize(600);
        assertNull(world.engine.fromInside(world.link, many, world.now, world.output));
        assertEquals(1, world.output.size());
        assertEquals(600, world.output.packet(0).segmentSize());
    }

    @Test
    void shouldKeepPingsInFragmentsToItselfUnanswered() {
        List<ByteBuffer> pieces =
                cut(PacketBuilder.icmpEcho(SERVER, PUBLIC, true, 1, 1, NatWorld.payload(1600)), 7, 1280);
        assertNull(world.in(pieces.get(0)));
        assertSame(NatDrop.OURS, world.in(pieces.get(1)));
    }
}
