// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.GATEWAY;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_SERVER;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Fragments, one by one: RFC 4787 REQ-14, RFC 791, 1858, 3128, 5722. */
class FragmentTest {

    private static List<ByteBuffer> cut(ByteBuffer packet, int id, int mtu) {
        List<ByteBuffer> pieces = new ArrayList<>();
        new Fragmenter()
                .fragment(new Packet().wrap(packet), mtu, id, piece -> pieces.add(ByteBuffer.wrap(piece.toBytes())));
        return pieces;
    }

    private static ByteBuffer piece(int id, int offset, boolean more, int length) {
        ByteBuffer packet = PacketBuilder.ip(HOST, SERVER, IpProtocol.UDP, 64, NatWorld.payload(length));
        if (offset == 0 && length >= 6) {
            packet.putShort(20, (short) 5000).putShort(22, (short) 53).putShort(24, (short) 4000);
        }
        packet.putShort(4, (short) id).putShort(6, (short) (offset / 8 | (more ? 0x2000 : 0)));
        new Packet().wrap(packet).recomputeIpv4Checksum();
        return packet;
    }

    /** Sends pieces and puts together what comes out. */
    private static Packet whole(NatWorld world, List<ByteBuffer> pieces, boolean out) {
        Reassembler reassembler = new Reassembler();
        Packet whole = null;
        for (ByteBuffer piece : pieces) {
            assertNull(out ? world.out(piece) : world.in(piece));
            for (Sent sent : world.sent) {
                Packet got = reassembler.add(sent.packet(), world.now);
                whole = got == null ? whole : new Packet().wrap(ByteBuffer.wrap(got.toBytes()));
            }
        }
        assertNotNull(whole);
        assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
        return whole;
    }

    private static void permute(List<Integer> order, int from, List<List<Integer>> into) {
        if (from == order.size()) {
            into.add(List.copyOf(order));
            return;
        }
        for (int i = from; i < order.size(); i++) {
            Collections.swap(order, from, i);
            permute(order, from + 1, into);
            Collections.swap(order, from, i);
        }
    }

    @Test
    void shouldTranslateFragmentsInEveryOrder() { // REQ-14, 14a
        for (int count = 2; count <= 6; count++) {
            ByteBuffer packet = udp(HOST, 5000, SERVER, 53, count * 48 - 8);
            List<List<Integer>> orders = new ArrayList<>();
            List<Integer> identity = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                identity.add(i);
            }
            permute(identity, 0, orders);
            NatWorld world = new NatWorld();
            int id = 0;
            for (List<Integer> order : orders) {
                List<ByteBuffer> pieces = cut(packet, ++id, 68);
                assertEquals(count, pieces.size());
                Packet whole = whole(world, order.stream().map(pieces::get).toList(), true);
                assertEquals(PUBLIC, whole.source());
                world.pass(NatTimeouts.DEFAULT.fragments());
            }
            assertEquals(0, world.engine.drops(NatDrop.BAD_FRAGMENT));
        }
    }

    @Test
    void shouldTranslateFragmentsFromOutsideAndTurnThemBack() {
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        List<ByteBuffer> pieces = cut(udp(SERVER, 53, PUBLIC, outside, 1000), 7, 300);
        Collections.reverse(pieces);
        Packet in = whole(world, pieces, false);
        assertEquals(HOST, in.destination());
        assertEquals(5000, in.buffer().getShort(22));

        List<ByteBuffer> turned = cut(udp(OTHER_HOST, 6000, PUBLIC, outside, 1000), 7, 300);
        Collections.reverse(turned);
        Packet back = whole(world, turned, true);
        assertEquals(HOST, back.destination());
        assertEquals(PUBLIC, back.source());
    }

    @Test
    void shouldForwardNoFragmentWithoutAHopLeft() { // RFC 1812 section 5.3.1
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        List<ByteBuffer> pieces = cut(udp(SERVER, 53, PUBLIC, outside, 1000), 7, 300);
        new Packet().wrap(pieces.get(1)).hopLimit(1);
        new Packet().wrap(pieces.get(2)).hopLimit(0);
        world.passedIn(pieces.get(0));
        assertSame(NatDrop.HOP_LIMIT, world.in(pieces.get(1)));
        assertSame(NatDrop.HOP_LIMIT, world.in(pieces.get(2)));
        assertTrue(world.sent.isEmpty());

        world.engine.removeLink(world.link);
        assertSame(NatDrop.CLOSED, world.in(pieces.get(3)));
    }

    @Test
    void shouldGiveAllFragmentsOneNewIdentification() { // RFC 6864 section 5.3
        NatWorld world = new NatWorld();
        Set<Integer> ids = new HashSet<>();
        for (ByteBuffer piece : cut(udp(HOST, 5000, SERVER, 53, 1000), 7, 300)) {
            ids.add(world.passedOut(piece).packet().identification());
        }
        assertEquals(1, ids.size());
    }

    /** Makes each datagram longer by 99 octets. */
    private static final class Grower implements NatHelper {

        @Override
        public String name() {
            return "grower";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return true;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            payload.replace(0, 1, new byte[100]);
        }
    }

    @Test
    void shouldNumberAnewWhatHasGrownAndMustBeCut() { // RFC 6864 section 4.1
        NatWorld world = new NatWorld(config -> config.helper(new Grower()));
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            ByteBuffer packet = udp(HOST, 5000, SERVER, 53, 1450);
            new Packet().wrap(packet).identification(0).dontFragment(true);
            assertNull(world.out(packet));
            assertEquals(2, world.sent.size());
            world.sent.forEach(sent -> ids.add(sent.packet().identification()));
        }
        assertEquals(2, ids.size(), "one for each: " + ids);
    }

    @Test
    void shouldNotReadPortsInLaterFragments() { // spec 3.4
        NatWorld world = new NatWorld();
        assertNull(world.out(piece(1, 800, false, 16)));
        assertTrue(world.sent.isEmpty());
        assertEquals(0, world.engine.size());
        world.pass(NatTimeouts.DEFAULT.fragments());
        assertNull(world.out(piece(1, 0, true, 16)));
        assertEquals(1, world.sent.size(), "the early one was forgotten");
    }

    @Test
    void shouldSurviveAFragmentBeyondTheEnd() { // the crash of the Go original
        NatWorld world = new NatWorld();
        world.out(piece(1, 800, true, 16));
        world.out(piece(1, 0, true, 8));
        assertSame(NatDrop.BAD_FRAGMENT, world.out(piece(1, 8, false, 8)));
        assertSame(NatDrop.BAD_FRAGMENT, world.out(piece(1, 16, true, 8)), "condemned");
    }

    @Test
    void shouldDropWhatOverlapsOrContradicts() { // RFC 5722
        int[][] second = {{8, 24}, {0, 8}, {16, 24}, {24, 40}};
        for (int[] span : second) {
            NatWorld world = new NatWorld();
            world.out(piece(1, 0, true, 32));
            assertSame(
                    NatDrop.BAD_FRAGMENT,
                    world.out(piece(1, span[0], true, span[1] - span[0])),
                    "span=" + span[0] + " to " + span[1]);
            assertSame(NatDrop.BAD_FRAGMENT, world.out(piece(1, 32, false, 8)));
        }
        NatWorld world = new NatWorld();
        world.out(piece(1, 0, true, 32));
        assertNull(world.out(piece(1, 64, false, 8)));
        assertSame(NatDrop.DUPLICATE_FRAGMENT, world.out(piece(1, 64, false, 8)));
        assertSame(NatDrop.BAD_FRAGMENT, world.out(piece(1, 72, false, 8)), "two ends");
    }

    @Test
    void shouldDropFragmentsTooSmallToBeHonest() { // RFC 1858, RFC 3128
        NatWorld world = new NatWorld();
        ByteBuffer tiny = PacketBuilder.ip(HOST, SERVER, IpProtocol.TCP, 64, NatWorld.payload(16));
        tiny.putShort(6, (short) 0x2000);
        new Packet().wrap(tiny).recomputeIpv4Checksum();
        assertSame(NatDrop.BAD_FRAGMENT, world.out(tiny));
        ByteBuffer rest = PacketBuilder.ip(HOST, SERVER, IpProtocol.TCP, 64, NatWorld.payload(16));
        rest.putShort(6, (short) 1);
        new Packet().wrap(rest).recomputeIpv4Checksum();
        assertSame(NatDrop.BAD_FRAGMENT, world.out(rest));
        assertSame(NatDrop.BAD_FRAGMENT, world.out(piece(9, 65_512, false, 32)), "past 65535");
        assertSame(NatDrop.BAD_FRAGMENT, world.out(piece(9, 8, true, 7)), "no multiple of 8");
        assertSame(NatDrop.BAD_FRAGMENT, world.out(piece(9, 8, false, 0)), "empty");
    }

    @Test
    void shouldKeepTenantsAndDirectionsApart() {
        NatWorld world = new NatWorld();
        NatLink other = world.engine.addLink(world.engine.addInside().prefix(IpPrefix.of(GATEWAY, 24)));
        assertNull(world.out(piece(1, 0, true, 16)));
        assertNull(world.out(other, piece(1, 16, false, 16)));
        assertTrue(world.sent.isEmpty(), "the other tenant's datagram is not completed");
        assertNull(world.out(other, piece(1, 0, true, 8)));
        assertEquals(2, world.sent.size());
        assertNull(world.out(piece(1, 16, false, 16)));
        assertEquals(1, world.sent.size());
    }

    @Test
    void shouldBoundWhatItKeepsAndServeOthers() { // REQ-14a
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withFragments(100, 10_000)));
        NatLink other = world.engine.addLink(world.engine.addInside().prefix(IpPrefix.of(GATEWAY, 24)));
        for (int id = 0; id < 1000; id++) {
            world.out(piece(id, 800, true, 1000));
        }
        assertTrue(world.engine.drops(NatDrop.LOST_FRAGMENT) >= 950);
        world.mapUdp(HOST, 5000, SERVER, 53);
        for (ByteBuffer piece : cut(udp(HOST, 5000, SERVER, 53, 200), 1, 100)) {
            assertNull(world.out(other, piece));
            assertEquals(1, world.sent.size());
        }
        world.pass(NatTimeouts.DEFAULT.fragments());
        for (ByteBuffer piece : cut(udp(HOST, 5000, SERVER, 53, 200), 1, 100)) {
            assertNull(world.out(piece));
        }
    }

    @Test
    void shouldTranslateMoreDatagramsThanItFollowsAtOnce() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withFragments(16, 10_000)));
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        for (int id = 1; id <= 300; id++) {
            for (ByteBuffer piece : cut(udp(HOST, 5000, SERVER, 53, 200), id, 100)) {
                world.passedOut(piece);
                assertSame(NatDrop.DUPLICATE_FRAGMENT, world.out(piece), "id=" + id);
            }
            List<ByteBuffer> back = cut(udp(SERVER, 53, PUBLIC, outside, 200), id, 100);
            Collections.reverse(back);
            whole(world, back, false);
            assertSame(NatDrop.DUPLICATE_FRAGMENT, world.in(back.get(0)), "id=" + id);
        }
        assertTrue(world.engine.shared().fragments.size() <= 16);
        assertEquals(0, world.engine.drops(NatDrop.LOST_FRAGMENT));

        world.pass(NatTimeouts.DEFAULT.fragments());
        world.timer();
        assertEquals(0, world.engine.shared().fragments.size());
    }

    @Test
    void shouldServeOthersWhateverOneSendsFromOutside() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withFragments(64, 100_000)));
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        for (int id = 1; id <= 300; id++) {
            List<ByteBuffer> unasked = cut(udp(OTHER_SERVER, 53, PUBLIC, 999, 200), id, 100);
            assertSame(NatDrop.NO_MAPPING, world.in(unasked.get(0)), "to a port that nobody has");
            assertSame(NatDrop.BAD_FRAGMENT, world.in(unasked.get(1)));
        }
        for (int id = 1; id <= 300; id++) {
            world.in(cut(udp(OTHER_SERVER, 53, PUBLIC, outside, 200), 1000 + id, 100)
                    .get(1));
        }
        assertEquals(292, world.engine.drops(NatDrop.LOST_FRAGMENT), "all but an eighth");

        whole(world, cut(udp(SERVER, 53, PUBLIC, outside, 200), 7, 100), false);
        world.pass(NatTimeouts.DEFAULT.fragments());
        whole(world, cut(udp(OTHER_SERVER, 53, PUBLIC, outside, 200), 7, 100), false);
    }

    @Test
    void shouldKeepWhatIsNotWholeAmongWhatIs() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withFragments(16, 10_000)));
        List<ByteBuffer> slow = cut(udp(HOST, 5000, SERVER, 53, 200), 1000, 100);
        assertNull(world.out(slow.get(1)));
        for (int id = 1; id <= 300; id++) {
            whole(world, cut(udp(HOST, 5000, SERVER, 53, 200), id, 100), true);
        }
        assertNull(world.out(slow.get(0)));
        assertEquals(2, world.sent.size());
        assertNull(world.out(slow.get(2)));
    }

    @Test
    void shouldLeaveRoomToOthersWhateverComesFromOutside() { // REQ-14a
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withFragments(1000, 20_000)));
        for (int id = 0; id < 100; id++) {
            ByteBuffer stray = piece(id, 800, true, 1000);
            stray.putInt(12, (int) SERVER.low()).putInt(16, (int) PUBLIC.low());
            new Packet().wrap(stray).recomputeIpv4Checksum();
            world.in(stray);
        }
        int held = world.engine.shared().fragments.bytes();
        assertTrue(held > 8_000 && held <= 10_000, "held=" + held);

        List<ByteBuffer> pieces = cut(udp(HOST, 5000, SERVER, 53, 1000), 1, 300);
        Collections.reverse(pieces);
        assertEquals(PUBLIC, whole(world, pieces, true).source());
    }

    /** Each is an object and its array, which is several times the few bytes that it brings. */
    @Test
    void shouldBoundTheMemoryOfShortFragments() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withFragments(1000, 20_000)));
        int kept = 0;
        for (int id = 0; id < 450; id++) {
            kept += world.out(piece(id, 800, true, 8)) == null ? 1 : 0;
        }
        assertTrue(kept >= 50 && kept * (28 + 64) <= 10_000, "kept=" + kept);

        world.pass(NatTimeouts.DEFAULT.fragments());
        world.timer();
        for (int id = 0; id < 50; id++) {
            assertNull(world.out(piece(1000 + id, 800, true, 8)), "the room of the others is given back");
        }
    }

    @Test
    void shouldSurviveRandomFragments() {
        long seed = 20_261_129;
        Random random = new Random(seed);
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withFragments(64, 20_000)));
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        for (int i = 0; i < 100_000; i++) {
            int length = random.nextInt(40);
            ByteBuffer packet = piece(random.nextInt(8), random.nextInt(12) * 8, random.nextBoolean(), length);
            if (random.nextInt(3) == 0) {
                packet.putInt(12, (int) SERVER.low()).putInt(16, (int) PUBLIC.low());
                if (length >= 4) {
                    packet.putShort(22, (short) outside);
                }
                new Packet().wrap(packet).recomputeIpv4Checksum();
                world.in(packet);
            } else {
                world.out(packet);
            }
            if (random.nextInt(50) == 0) {
                world.passNanos(random.nextInt(2_000_000_000));
                world.timer();
            }
        }
        world.pass(NatTimeouts.DEFAULT.udp());
        world.timer();
        assertEquals(0, world.engine.size(), "seed=" + seed);
    }
}
