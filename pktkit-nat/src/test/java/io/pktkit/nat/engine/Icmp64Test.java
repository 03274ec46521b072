// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.Nat64Test.GATEWAY6;
import static io.pktkit.nat.engine.Nat64Test.HOST6;
import static io.pktkit.nat.engine.Nat64Test.OTHER6;
import static io.pktkit.nat.engine.Nat64Test.PREFIX;
import static io.pktkit.nat.engine.Nat64Test.SERVER6;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.ping;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** ICMP errors between the families: each row of RFC 7915 sections 4.2 and 5.2. */
class Icmp64Test {

    private static final IpAddress ROUTER = IpAddress.parse("192.0.2.99");

    private final NatWorld world = Nat64Test.world();

    private static Packet quoteOf(Sent sent) {
        return Objects.requireNonNull(sent.icmp().quotedPacket());
    }

    private static ByteBuffer error(IpAddress from, IpAddress to, int type, int code, int rest, Packet about) {
        ByteBuffer quote = ByteBuffer.wrap(about.toBytes());
        quote.limit(Math.min(quote.limit(), 500));
        return PacketBuilder.icmp(from, to, type, code, rest, quote);
    }

    @Test
    void shouldTranslateEachErrorOfIpv4() { // section 4.2
        Map<Integer, Integer> expected = new TreeMap<>();
        for (int code : new int[] {0, 1, 5, 6, 7, 8, 11, 12}) {
            expected.put(0x300 | code, 0x100);
        }
        expected.put(0x302, 0x401);
        expected.put(0x303, 0x104);
        expected.put(0x304, 0x200);
        for (int code : new int[] {9, 10, 13, 15}) {
            expected.put(0x300 | code, 0x101);
        }
        for (int code = 0; code <= 20; code++) {
            expected.put(0xB00 | code, 0x300 | code);
        }
        expected.put(0xC00, 0x400);
        expected.put(0xC02, 0x400);
        Sent out = world.passedOut(udp(HOST6, 5000, SERVER6, 53));
        for (int message = 0; message < 0x2000; message++) {
            int type = message >> 8;
            if (type == 0 || type == 8 || (message & 0xFF) > 20) {
                continue;
            }
            NatDrop drop = world.in(error(ROUTER, PUBLIC, type, message & 0xFF, 0, out.packet()));
            Integer translated = expected.get(message);
            if (translated == null) {
                assertSame(NatDrop.UNSUPPORTED, drop, "message=" + Integer.toHexString(message));
            } else {
                assertEquals(translated >> 8, world.one().icmp().type(), "message=" + Integer.toHexString(message));
                assertEquals(translated & 0xFF, world.one().icmp().code());
                assertEquals(PREFIX.embed(ROUTER), world.one().packet().source());
                assertEquals(HOST6, world.one().packet().destination());
            }
        }
    }

    @Test
    void shouldTranslateEachErrorOfIpv6() { // section 5.2
        Map<Integer, Integer> expected = new TreeMap<>(Map.of(
                0x100, 0x301, 0x102, 0x301, 0x103, 0x301, 0x101, 0x30A, 0x104, 0x303, 0x200, 0x304, 0x400, 0xC00, 0x401,
                0x302));
        for (int code = 0; code <= 10; code++) {
            expected.put(0x300 | code, 0xB00 | code);
        }
        int outside = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        Sent in = world.passedIn(udp(SERVER, 53, PUBLIC, outside));
        for (int message = 0x100; message < 0x9800; message++) {
            int type = message >> 8;
            if (type == 128 || type == 129 || (message & 0xFF) > 10 || (type > 5 && type < 130)) {
                continue;
            }
            NatDrop drop = world.out(error(OTHER6, SERVER6, type, message & 0xFF, 0, in.packet()));
            Integer translated = expected.get(message);
            if (type == 2 && (message & 0xFF) != 0) {
                continue; // a code that receivers ignore, RFC 4443 section 3.2
            }
            if (translated == null) {
                assertSame(NatDrop.UNSUPPORTED, drop, "message=" + Integer.toHexString(message));
            } else {
                assertEquals(translated >> 8, world.one().icmp().type(), "message=" + Integer.toHexString(message));
                assertEquals(translated & 0xFF, world.one().icmp().code());
                assertEquals(PUBLIC, world.one().packet().source(), "whoever reports, RFC 6791");
                assertEquals(SERVER, world.one().packet().destination());
            }
        }
    }

    @Test
    void shouldTranslatePointers() { // figures 3 and 6
        int[][] toSix = {{0, 0}, {1, 1}, {2, 4}, {3, 4}, {8, 7}, {9, 6}, {12, 8}, {15, 8}, {16, 24}, {19, 24}};
        Sent out = world.passedOut(udp(HOST6, 5000, SERVER6, 53));
        for (int pointer = 0; pointer < 40; pointer++) {
            int expected = -1;
            for (int[] row : toSix) {
                expected = row[0] == pointer ? row[1] : expected;
            }
            expected = pointer > 12 && pointer < 15 ? 8 : pointer > 16 && pointer < 19 ? 24 : expected;
            NatDrop drop = world.in(error(ROUTER, PUBLIC, 12, 0, pointer << 24, out.packet()));
            if (expected < 0) {
                assertSame(NatDrop.UNSUPPORTED, drop, "pointer=" + pointer);
            } else {
                assertEquals(expected, world.one().icmp().pointer(), "pointer=" + pointer);
            }
        }
        int[] toFour = new int[45];
        Arrays.fill(toFour, -1);
        Arrays.fill(toFour, 8, 24, 12);
        Arrays.fill(toFour, 24, 40, 16);
        toFour[0] = 0;
        toFour[1] = 1;
        toFour[4] = 2;
        toFour[5] = 2;
        toFour[6] = 9;
        toFour[7] = 8;
        Sent in = world.passedIn(udp(SERVER, 53, PUBLIC, out.sourcePort()));
        for (int pointer = 0; pointer < toFour.length; pointer++) {
            NatDrop drop = world.out(error(HOST6, SERVER6, 4, 0, pointer, in.packet()));
            if (toFour[pointer] < 0) {
                assertSame(NatDrop.UNSUPPORTED, drop, "pointer=" + pointer);
            } else {
                assertEquals(toFour[pointer], world.one().icmp().pointer(), "pointer=" + pointer);
            }
        }
    }

    @Test
    void shouldTranslateTheMtu() { // sections 4.2 and 5.2
        Sent out = world.passedOut(udp(HOST6, 5000, SERVER6, 53, 1300));
        int[][] inward = {{1400, 1420}, {1480, 1500}, {1492, 1500}, {9000, 1500}, {1000, 1280}, {68, 1280}};
        for (int[] row : inward) {
            Sent error = world.passedIn(error(ROUTER, PUBLIC, 3, 4, row[0], out.packet()));
            assertEquals(row[1], error.icmp().mtu(), "told=" + row[0]);
        }
        Sent silent = world.passedIn(error(ROUTER, PUBLIC, 3, 4, 0, out.packet()));
        assertEquals(1280, silent.icmp().mtu(), "the plateau below 1328 is 1006");
        Sent in = world.passedIn(udp(SERVER, 53, PUBLIC, out.sourcePort(), 1200));
        int[][] outward = {{1280, 1260}, {1500, 1480}, {9000, 1500}};
        for (int[] row : outward) {
            Sent error = world.passedOut(error(HOST6, SERVER6, 2, 0, row[0], in.packet()));
            assertEquals(row[1], error.icmp().mtu(), "told=" + row[0]);
        }
    }

    @Test
    void shouldRestoreWhatErrorsQuote() { // sections 4.3 and 5.3
        ByteBuffer original = udp(HOST6, 5000, SERVER6, 53);
        world.mapUdp(NatWorld.HOST, 5000, SERVER, 53);
        Sent out = world.passedOut(original);
        Sent error = world.passedIn(error(ROUTER, PUBLIC, 3, 3, 0, out.packet()));
        Packet quoted = quoteOf(error);
        assertEquals(HOST6, quoted.source());
        assertEquals(SERVER6, quoted.destination());
        assertEquals(
                ByteBuffer.wrap(NatWorld.bytes(original), 40, 29),
                ByteBuffer.wrap(quoted.toBytes(), 40, 29),
                "as the host sent it");
        assertEquals(original.capacity(), quoted.declaredLength());

        ByteBuffer answer = udp(SERVER, 53, PUBLIC, out.sourcePort());
        Sent in = world.passedIn(answer);
        Sent back = world.passedOut(error(HOST6, SERVER6, 1, 4, 0, in.packet()));
        assertEquals(PUBLIC, quoteOf(back).destination());
        assertEquals(SERVER, quoteOf(back).source());
        assertEquals(
                ByteBuffer.wrap(NatWorld.bytes(answer), 20, 29),
                ByteBuffer.wrap(quoteOf(back).toBytes(), 20, 29),
                "as the server sent it");
    }

    /** Makes five octets of each segment that is one. */
    private static final class Stretcher implements NatHelper {

        @Override
        public String name() {
            return "stretcher";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return true;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            if (payload.length() == 1) {
                payload.replace(0, 1, new byte[5]);
            }
        }
    }

    private static ByteBuffer segment(IpAddress from, int port, IpAddress to, int toPort, int at, int ack, int length) {
        int flags = length == 0 && ack == 0 ? NatWorld.SYN : NatWorld.ACK;
        return PacketBuilder.tcp(from, port, to, toPort, at, ack, flags, 8192, NatWorld.payload(length));
    }

    @Test
    void shouldQuoteSequenceNumbersAsTheirSenderKnowsThem() { // RFC 5927 section 4.1
        NatWorld helped = new NatWorld(config -> config.prefix64(PREFIX).helper(new Stretcher()));
        helped.inside.prefix(IpPrefix.of(GATEWAY6, 64));
        helped.passedOut(segment(HOST6, 5000, SERVER6, 80, 1000, 0, 0));
        helped.passedIn(PacketBuilder.tcp(
                SERVER, 80, PUBLIC, 5000, 2000, 1001, NatWorld.SYN | NatWorld.ACK, 8192, NatWorld.payload(0)));
        helped.passedOut(segment(HOST6, 5000, SERVER6, 80, 1001, 2001, 1));
        Sent out = helped.passedOut(segment(HOST6, 5000, SERVER6, 80, 1002, 2001, 30));
        assertEquals(1006, Objects.requireNonNull(out.packet().tcp()).sequenceNumber());
        Sent error = helped.passedIn(error(ROUTER, PUBLIC, 3, 3, 0, out.packet()));
        assertEquals(1002, Objects.requireNonNull(quoteOf(error).tcp()).sequenceNumber());

        helped.passedIn(segment(SERVER, 80, PUBLIC, 5000, 2001, 1032, 1));
        Sent in = helped.passedIn(segment(SERVER, 80, PUBLIC, 5000, 2002, 1032, 30));
        assertEquals(2006, Objects.requireNonNull(in.packet().tcp()).sequenceNumber());
        Sent back = helped.passedOut(error(HOST6, SERVER6, 1, 4, 0, in.packet()));
        assertEquals(2002, Objects.requireNonNull(quoteOf(back).tcp()).sequenceNumber());
    }

    @Test
    void shouldReportAboutWhatCameByTheFormerPortOfAForward() throws NatForwardException {
        int before = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        world.engine
                .mappings()
                .forward(world.inside, IpProtocol.UDP, PUBLIC, 80, HOST6, 5000, Duration.ZERO, world.now);
        Sent in = world.passedIn(udp(SERVER, 53, PUBLIC, before));

        Sent back = world.passedOut(error(HOST6, SERVER6, 1, 4, 0, in.packet()));

        assertEquals(before, Objects.requireNonNull(quoteOf(back).udp()).destinationPort());
    }

    @Test
    void shouldRestoreQuotedQueries() {
        ByteBuffer original = ping(HOST6, SERVER6, true, 77);
        Sent out = world.passedOut(original);
        Sent error = world.passedIn(error(ROUTER, PUBLIC, 11, 0, 0, out.packet()));
        assertEquals(
                ByteBuffer.wrap(NatWorld.bytes(original), 40, 41),
                ByteBuffer.wrap(quoteOf(error).toBytes(), 40, 41),
                "as the host sent it");

        ByteBuffer reply = ping(SERVER, PUBLIC, false, out.sourcePort());
        Sent in = world.passedIn(reply);
        Sent back = world.passedOut(error(HOST6, SERVER6, 3, 0, 0, in.packet()));
        assertEquals(
                ByteBuffer.wrap(NatWorld.bytes(reply), 20, 41),
                ByteBuffer.wrap(quoteOf(back).toBytes(), 20, 41));
    }

    @Test
    void shouldCarryExtensions() { // RFC 4884, RFC 7915 sections 4.2 and 5.2
        byte[] extension = {0x20, 0, 0x12, 0x34, 0, 8, 1, 1, 9, 8, 7, 6};
        Sent out = world.passedOut(udp(HOST6, 5000, SERVER6, 53, 300));
        ByteBuffer body = ByteBuffer.allocate(128 + 12);
        body.put(0, out.packet().buffer(), 0, 128).put(128, extension);
        Sent in = world.passedIn(PacketBuilder.icmp(ROUTER, PUBLIC, 11, 0, 32 << 16, body));
        int words = in.icmp().restOfHeader() >>> 24;
        assertEquals(19, words, "148 bytes, up to a multiple of 8");
        assertExtension(in, 48 + words * 8, extension);

        Sent answer = world.passedIn(udp(SERVER, 53, PUBLIC, out.sourcePort(), 300));
        ByteBuffer six = ByteBuffer.allocate(136 + 12);
        six.put(0, answer.packet().buffer(), 0, 136).put(136, extension);
        Sent back = world.passedOut(PacketBuilder.icmp(HOST6, SERVER6, 3, 0, 17 << 24, six));
        int units = back.icmp().restOfHeader() >>> 16 & 0xFF;
        assertEquals(32, units, "padded to 128 bytes");
        assertExtension(back, 28 + units * 4, extension);
    }

    private static void assertExtension(Sent sent, int at, byte[] extension) {
        byte[] bytes = sent.packet().toBytes();
        assertEquals(at + extension.length, bytes.length);
        assertEquals(ByteBuffer.wrap(extension), ByteBuffer.wrap(bytes, at, extension.length));
    }

    @Test
    void shouldBoundErrors() { // RFC 4443 section 2.4, RFC 1812 section 4.3.2.3
        Sent out = world.passedOut(udp(HOST6, 5000, SERVER6, 53, 1400));
        ByteBuffer long4 = PacketBuilder.icmp(
                ROUTER, PUBLIC, 3, 1, 0, ByteBuffer.wrap(out.packet().toBytes()));
        assertTrue(world.passedIn(long4).packet().length() <= 1280);
        ByteBuffer answer = udp(SERVER, 53, PUBLIC, out.sourcePort(), 1200);
        Packet in = world.passedIn(answer).packet();
        ByteBuffer long6 = PacketBuilder.icmp(
                HOST6, SERVER6, 1, 4, 0, ByteBuffer.wrap(in.toBytes(), 0, 1200).slice());
        assertTrue(world.passedOut(long6).packet().length() <= 576);
    }

    @Test
    void shouldReportForRoutersThatThePrefixCannotStandFor() { // RFC 6791, RFC 6052 section 3.1
        Sent out = world.passedOut(udp(HOST6, 5000, SERVER6, 53));

        Sent error = world.passedIn(error(IpAddress.parse("192.168.3.4"), PUBLIC, 11, 0, 0, out.packet()));

        assertEquals(GATEWAY6, error.packet().source());
    }

    @Test
    void shouldDropErrorsAboutNothing() {
        world.passedOut(udp(HOST6, 5000, SERVER6, 53));
        Packet never = new Packet().wrap(udp(SERVER6, 54, HOST6, 5000));
        assertSame(NatDrop.UNRELATED_ERROR, world.out(error(HOST6, SERVER6, 1, 4, 0, never)));
        Packet known = new Packet().wrap(udp(SERVER6, 53, HOST6, 5000));
        IpAddress elsewhere = PREFIX.embed(ROUTER);
        assertSame(NatDrop.UNRELATED_ERROR, world.out(error(HOST6, elsewhere, 1, 4, 0, known)));
        ByteBuffer bad = error(HOST6, SERVER6, 1, 4, 0, known);
        bad.putShort(42, (short) ~bad.getShort(42));
        assertSame(NatDrop.BAD_CHECKSUM, world.out(bad));
        assertEquals(1, world.engine.size());
    }
}
