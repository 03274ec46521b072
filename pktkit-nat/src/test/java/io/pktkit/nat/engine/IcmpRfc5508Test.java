// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.GATEWAY;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_SERVER;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.error;
import static io.pktkit.nat.engine.NatWorld.ping;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The requirements of RFC 5508. */
class IcmpRfc5508Test {

    private static Packet quoteOf(Sent sent) {
        return Objects.requireNonNull(sent.icmp().quotedPacket());
    }

    @Test
    void shouldTranslateQueriesAndTheirReplies() { // REQ-1
        NatWorld world = new NatWorld();

        Sent first = world.passedOut(ping(HOST, SERVER, true, 77));
        Sent second = world.passedOut(ping(OTHER_HOST, SERVER, true, 77));
        Sent reply = world.passedIn(ping(SERVER, PUBLIC, false, second.sourcePort()));

        assertEquals(PUBLIC, first.packet().source());
        assertNotEquals(first.sourcePort(), second.sourcePort());
        assertEquals(OTHER_HOST, reply.packet().destination());
        assertEquals(77, reply.destinationPort());
    }

    @Test
    void shouldMapAnIdentifierToOneWhateverIsPinged() { // REQ-1a
        NatWorld world = new NatWorld();

        assertEquals(
                world.passedOut(ping(HOST, SERVER, true, 77)).sourcePort(),
                world.passedOut(ping(HOST, OTHER_SERVER, true, 77)).sourcePort());
    }

    @Test
    void shouldForgetAQueryAfterSixtySecondsAndNotBefore() { // REQ-2
        NatWorld world = new NatWorld();
        int id = world.passedOut(ping(HOST, SERVER, true, 77)).sourcePort();

        world.passNanos(NatTimeouts.DEFAULT.icmpQuery().toNanos() - 1);
        world.passedIn(ping(SERVER, PUBLIC, false, id));
        world.pass(NatTimeouts.DEFAULT.icmpQuery());
        assertSame(NatDrop.NO_MAPPING, world.in(ping(SERVER, PUBLIC, false, id)));

        assertTrue(NatTimeouts.DEFAULT.icmpQuery().toSeconds() >= 60);
    }

    @Test
    void shouldDropErrorsWithABadChecksum() { // REQ-3
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));
        ByteBuffer bad = error(SERVER, PUBLIC, 3, 3, out.packet());
        bad.putShort(22, (short) ~bad.getShort(22));

        assertSame(NatDrop.BAD_CHECKSUM, world.in(bad));
    }

    @Test
    void shouldDropErrorsThatQuoteABadHeader() { // REQ-3a
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));
        Packet quoted = new Packet().wrap(ByteBuffer.wrap(out.packet().toBytes()));
        quoted.buffer().putShort(10, (short) ~quoted.buffer().getShort(10));

        assertSame(NatDrop.BAD_CHECKSUM, world.in(error(SERVER, PUBLIC, 3, 3, quoted)));
    }

    @Test
    void shouldSkipOptionsInTheQuote() { // REQ-3b
        NatWorld world = new NatWorld();
        ByteBuffer plain = udp(HOST, 5000, SERVER, 53);
        ByteBuffer packet = ByteBuffer.allocate(plain.capacity() + 4);
        packet.put(0, plain, 0, 20);
        packet.put(0, (byte) 0x46).putShort(2, (short) packet.capacity()).putInt(20, 0x01010100);
        packet.put(24, plain, 20, plain.capacity() - 20);
        new Packet().wrap(packet).recomputeIpv4Checksum();
        Sent out = world.passedOut(packet);

        Sent error = world.passedIn(error(SERVER, PUBLIC, 11, 0, out.packet()));

        assertEquals(HOST, quoteOf(error).source());
        assertEquals(5000, Objects.requireNonNull(quoteOf(error).udp()).sourcePort());
    }

    @Test
    void shouldNotMindAQuotedTransportChecksum() { // REQ-3c
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));
        out.packet().buffer().putShort(26, (short) 0x1234);

        assertNull(world.in(error(SERVER, PUBLIC, 3, 3, out.packet())));
    }

    @Test
    void shouldLeaveExtensionsAsTheyAre() { // REQ-3d, RFC 4884
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53, 300));
        ByteBuffer body = ByteBuffer.allocate(128 + 12);
        body.put(0, out.packet().buffer(), 0, 128);
        body.put(128, new byte[] {0x20, 0, 0x12, 0x34, 0, 8, 1, 1, 9, 8, 7, 6});
        ByteBuffer packet = PacketBuilder.icmp(SERVER, PUBLIC, 11, 0, 32 << 16, body);

        Sent error = world.passedIn(packet);

        int end = error.packet().length();
        assertEquals(0x2000_1234, error.packet().buffer().getInt(end - 12));
        assertEquals(0x0908_0706, error.packet().buffer().getInt(end - 4));
        assertEquals(32 << 16, error.icmp().restOfHeader());
        assertEquals(HOST, quoteOf(error).source());
    }

    @Test
    void shouldRestoreWhatAnErrorQuotes() { // REQ-4
        NatWorld world = new NatWorld();
        ByteBuffer original = udp(HOST, 5000, SERVER, 53);
        world.mapUdp(OTHER_HOST, 5000, OTHER_SERVER, 1);
        Sent out = world.passedOut(original);
        assertNotEquals(5000, out.sourcePort());

        Sent error = world.passedIn(error(OTHER_SERVER, PUBLIC, 3, 13, out.packet()));

        assertEquals(3, error.icmp().type());
        assertEquals(13, error.icmp().code());
        assertEquals(HOST, error.packet().destination());
        Packet quoted = quoteOf(error);
        assertEquals(HOST, quoted.source());
        assertEquals(ChecksumStatus.VALID, quoted.verifyIpv4Checksum());
        assertEquals(
                ByteBuffer.wrap(NatWorld.bytes(original), 20, original.capacity() - 20),
                ByteBuffer.wrap(quoted.toBytes(), 20, original.capacity() - 20),
                "as the host sent it");
    }

    @Test
    void shouldDropErrorsAboutNothing() { // REQ-4
        NatWorld world = new NatWorld();
        Packet never = new Packet().wrap(udp(PUBLIC, 5000, SERVER, 53));
        assertSame(NatDrop.UNRELATED_ERROR, world.in(error(SERVER, PUBLIC, 3, 3, never)));

        world.mapUdp(HOST, 5000, SERVER, 53);
        Packet stranger = new Packet().wrap(udp(PUBLIC, 5000, OTHER_SERVER, 53));
        assertSame(NatDrop.UNRELATED_ERROR, world.in(error(OTHER_SERVER, PUBLIC, 3, 3, stranger)));
        Packet notOurs = new Packet().wrap(udp(OTHER_SERVER, 5000, SERVER, 53));
        assertSame(NatDrop.UNRELATED_ERROR, world.in(error(SERVER, PUBLIC, 3, 3, notOurs)));
    }

    @Test
    void shouldTranslateErrorsOfInsideHosts() { // REQ-5
        NatWorld world = new NatWorld();
        world.mapUdp(OTHER_HOST, 5000, SERVER, 9);
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        ByteBuffer original = udp(SERVER, 53, PUBLIC, outside);
        Sent in = world.passedIn(original);

        Sent error = world.passedOut(error(HOST, SERVER, 3, 3, in.packet()));

        assertEquals(PUBLIC, error.packet().source());
        assertEquals(SERVER, error.packet().destination());
        assertEquals(PUBLIC, quoteOf(error).destination());
        assertEquals(
                ByteBuffer.wrap(NatWorld.bytes(original), 20, 20),
                ByteBuffer.wrap(quoteOf(error).toBytes(), 20, 20),
                "as the server sent it");
    }

    @Test
    void shouldTranslateErrorsOfInsideRouters() { // REQ-5
        NatWorld world = new NatWorld();
        Sent in = world.passedIn(udp(SERVER, 53, PUBLIC, world.mapUdp(HOST, 5000, SERVER, 53)));

        Sent error = world.passedOut(error(OTHER_HOST, SERVER, 11, 0, in.packet()));

        assertEquals(PUBLIC, error.packet().source());
        assertSame(NatDrop.UNRELATED_ERROR, world.out(error(HOST, OTHER_SERVER, 3, 3, in.packet())));
    }

    @Test
    void shouldNeitherRefreshNorEndByErrors() { // REQ-6
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(ping(HOST, SERVER, true, 77));
        world.passNanos(NatTimeouts.DEFAULT.icmpQuery().toNanos() - 1);

        world.passedIn(error(SERVER, PUBLIC, 3, 1, out.packet()));

        assertEquals(1, world.engine.size());
        world.passNanos(1);
        assertSame(NatDrop.UNRELATED_ERROR, world.in(error(SERVER, PUBLIC, 3, 1, out.packet())));
    }

    @Test
    void shouldTurnErrorsBack() { // REQ-7, REQ-7a
        NatWorld world = new NatWorld();
        int server = world.mapUdp(HOST, 5000, SERVER, 53);
        assertNull(world.out(udp(OTHER_HOST, 6000, PUBLIC, server)));
        Sent turned = world.one();

        assertNull(world.out(error(HOST, PUBLIC, 3, 3, turned.packet())));
        Sent error = world.one();

        assertSame(world.link, error.to());
        assertEquals(PUBLIC, error.packet().source());
        assertEquals(OTHER_HOST, error.packet().destination());
        assertEquals(OTHER_HOST, quoteOf(error).source());
        assertEquals(6000, Objects.requireNonNull(quoteOf(error).udp()).sourcePort());
        assertEquals(PUBLIC, quoteOf(error).destination());
        assertEquals(server, Objects.requireNonNull(quoteOf(error).udp()).destinationPort());
    }

    @Test
    void shouldSayThatALimitForbidsIt() { // REQ-8, RFC 6888 REQ-11
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withMappings(1, 1, 1)));
        world.mapUdp(HOST, 5000, SERVER, 53);

        assertSame(NatDrop.LIMIT, world.out(udp(HOST, 5001, SERVER, 53)));

        Sent error = world.one();
        assertEquals(GATEWAY, error.packet().source());
        assertEquals(3, error.icmp().type());
        assertEquals(13, error.icmp().code());
    }

    @Test
    void shouldNotTranslateWhatIsObsolete() { // REQ-10
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));
        for (int type : new int[] {4, 5, 9, 10, 13, 14, 15, 16, 17, 18, 30, 255}) {
            assertSame(NatDrop.UNSUPPORTED, world.in(error(SERVER, PUBLIC, type, 0, out.packet())), "type=" + type);
            assertSame(NatDrop.UNSUPPORTED, world.out(error(HOST, SERVER, type, 0, out.packet())), "type=" + type);
        }
    }

    @Test
    void shouldPassAndMakeWhatARouterMust() { // REQ-10a
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));
        for (int type : new int[] {3, 11, 12}) {
            assertNull(world.in(error(SERVER, PUBLIC, type, 0, out.packet())));
        }
        ByteBuffer last = udp(HOST, 5000, SERVER, 53);
        new Packet().wrap(last).hopLimit(1);
        assertSame(NatDrop.HOP_LIMIT, world.out(last));
        assertEquals(11, world.one().icmp().type());
    }

    @Test
    void shouldRestoreAQuoteOfAnyLength() {
        NatWorld world = new NatWorld();
        ByteBuffer syn = NatWorld.tcp(HOST, 5000, SERVER, 80, NatWorld.SYN);
        Sent out = world.passedOut(syn);
        for (int length = 28; length <= 40; length++) {
            ByteBuffer quote =
                    ByteBuffer.wrap(out.packet().toBytes(), 0, length).slice();
            Sent error = world.passedIn(PacketBuilder.icmp(SERVER, PUBLIC, 3, 1, 0, quote));
            assertEquals(IpProtocol.TCP, quoteOf(error).protocol());
            byte[] bytes = quoteOf(error).toBytes();
            // Half a checksum, as in the quote of 37 bytes, cannot be put right.
            for (int i = 20; i < (length == 37 ? 36 : length); i++) {
                assertEquals(syn.get(i), bytes[i], "length=" + length + " at=" + i);
            }
        }
        for (int length = 0; length < 28; length++) {
            ByteBuffer quote =
                    ByteBuffer.wrap(out.packet().toBytes(), 0, length).slice();
            assertNotEquals(null, world.in(PacketBuilder.icmp(SERVER, PUBLIC, 3, 1, 0, quote)), "length=" + length);
        }
    }
}
