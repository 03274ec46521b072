// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transport data in an established session. */
class TransportTest {

    private static final WgEndpoint ELSEWHERE = new WgEndpoint(IpAddress.parse("198.51.100.9"), 9);

    private final World world = new World(4);
    private Host a;
    private Host b;

    @BeforeEach
    void establish() {
        a = world.host("192.0.2.1");
        b = world.host("192.0.2.2");
        World.join(a, b);
        a.engine.initiate(a.peer, world.now, a);
        world.run(Duration.ofSeconds(1));
        a.connected = false;
        b.connected = false;
        a.forget();
        b.forget();
    }

    @Test
    void shouldPadToSixteenAndTrim() {
        a.identity.setMtu(1421);
        for (int payload = 0; payload <= 1421 - 28; payload++) {
            ByteBuffer packet = World.packet(a.inner(), b.inner(), payload);
            byte[] plain = bytes(packet);
            assertEquals(SendResult.SENT, a.send(packet));
            int padded = Math.min(1421, (plain.length + 15) / 16 * 16);
            assertEquals(32 + padded, a.last().length, "payload " + payload);
            b.receive(a.last(), a.endpoint);
            assertArrayEquals(plain, b.packets.get(payload));
        }
    }

    @Test
    void shouldRefuseWhatIsTooLong() {
        assertEquals(SendResult.SENT, a.send(b, 1420 - 28));
        assertEquals(SendResult.TOO_BIG, a.send(b, 1420 - 27));
        assertEquals(1, a.engine.drops(WgDrop.TOO_BIG));
        a.identity.setMtu(65_535);
        assertEquals(SendResult.SENT, a.send(b, 65_000));
        b.receive(a.last(), a.endpoint);
        assertEquals(65_028, b.packets.get(0).length);
    }

    @Test
    void shouldEncryptInPlaceAndTouchNothingElse() {
        ByteBuffer buffer = ByteBuffer.allocate(200);
        Arrays.fill(buffer.array(), (byte) 0xA5);
        byte[] plain = bytes(World.packet(a.inner(), b.inner(), 5));
        buffer.put(50, plain);
        int[] where = new int[2];
        WgSink sink = new WgSink() {
            @Override
            public void datagram(ByteBuffer from, int offset, int length, WgEndpoint to) {
                assertSame(buffer, from);
                where[0] = offset;
                where[1] = length;
            }

            @Override
            public void packet(WgPeer peer, ByteBuffer from, int offset, int length) {
                assertSame(buffer, from);
                where[0] = offset;
                where[1] = length;
            }
        };
        assertEquals(SendResult.SENT, a.engine.send(a.peer, buffer, 50, plain.length, world.now, sink));
        assertArrayEquals(new int[] {34, 32 + 48}, where);
        for (int i = 0; i < 200; i++) {
            assertTrue((i >= 34 && i < 34 + 80) || buffer.get(i) == (byte) 0xA5, "byte " + i);
        }
        b.engine.receive(buffer, 34, 80, a.endpoint, world.now, sink);
        assertArrayEquals(new int[] {50, plain.length}, where);
    }

    @Test
    void shouldWantRoom() {
        ByteBuffer buffer = ByteBuffer.allocate(16 + 28 + 31);
        buffer.put(16, bytes(World.packet(a.inner(), b.inner(), 0)));
        assertThrows(IllegalArgumentException.class, () -> a.engine.send(a.peer, buffer, 15, 28, world.now, a));
        assertThrows(IllegalArgumentException.class, () -> a.engine.send(a.peer, buffer, 16, 29, world.now, a));
        assertThrows(IllegalArgumentException.class, () -> a.engine.send(a.peer, buffer, 16, 0, world.now, a));
        assertEquals(SendResult.SENT, a.engine.send(a.peer, buffer, 16, 28, world.now, a));
    }

    @Test
    void shouldTakeNothingThatWasTamperedWithOrCut() {
        a.send(b, 30);
        byte[] genuine = a.last();
        for (int i = 0; i < genuine.length * 8; i++) {
            byte[] forged = genuine.clone();
            forged[i / 8] ^= (byte) (1 << i % 8);
            b.receive(forged, ELSEWHERE);
            assertEquals(0, b.packets.size(), "bit " + i);
        }
        assertEquals(Integer.SIZE, b.engine.drops(WgDrop.UNKNOWN_INDEX), "one for each bit of the index");
        for (int length = 0; length < genuine.length + 40; length++) {
            if (length != genuine.length) {
                b.receive(Arrays.copyOf(genuine, length), ELSEWHERE);
            }
        }
        assertEquals(0, b.packets.size());
        assertEquals(a.endpoint, b.peer.endpoint());
        b.receive(genuine, a.endpoint);
        assertEquals(1, b.packets.size());
    }

    @Test
    void shouldTakeTheGenuinePacketAfterForgedOnesWithItsCounter() {
        for (int i = 0; i < 50; i++) {
            a.send(b, 30);
        }
        byte[] ahead = a.last();
        for (int i = 0; i < 3; i++) {
            byte[] forged = ahead.clone();
            forged[20] ^= 1;
            b.receive(forged, ELSEWHERE);
        }
        assertEquals(3, b.engine.drops(WgDrop.BAD_TAG));
        b.receive(ahead, a.endpoint);
        assertEquals(1, b.packets.size());
        byte[] farAhead = a.sent.get(0).clone();
        farAhead[14] = 0x10;
        b.receive(farAhead, ELSEWHERE);
        for (int i = 0; i < 49; i++) {
            b.receive(a.sent.get(i), a.endpoint);
        }
        assertEquals(50, b.packets.size(), "a forged counter moves no window");
    }

    @Test
    void shouldTakeEachPacketOnce() {
        for (int i = 0; i < 9000; i++) {
            a.send(b, 1);
        }
        for (int i = 8999; i >= 0; i--) {
            b.receive(a.sent.get(i), a.endpoint);
            b.receive(a.sent.get(i), ELSEWHERE);
        }
        // The session's keepalive had counter 0, so packet i has counter i + 1.
        assertEquals(8129, b.packets.size());
        assertEquals(2 * 9000 - 8129, b.engine.drops(WgDrop.REPLAYED_COUNTER));
        assertEquals(a.endpoint, b.peer.endpoint());
    }

    @Test
    void shouldDropWhatIsNoPacketButTakeItForALifeSign() {
        byte[][] inner = {
            {0x45},
            new byte[19],
            new byte[40],
            header(0x45, 19, 40),
            header(0x45, 61, 40),
            header(0x55, 40, 40),
            header(0x60, 0, 32),
            header6(20, 48),
        };
        for (byte[] packet : inner) {
            ByteBuffer buffer = ByteBuffer.allocate(packet.length + 60);
            buffer.put(20, packet);
            a.engine.send(a.peer, buffer, 20, packet.length, world.now, a);
            b.receive(a.last(), a.endpoint);
        }
        assertEquals(0, b.packets.size());
        assertEquals(inner.length, b.engine.drops(WgDrop.BAD_PACKET));
        world.run(Duration.ofSeconds(11));
        assertEquals(1, b.count(4), "it was authentic, so it is confirmed");
    }

    @Test
    void shouldTakeOnlyWhatTheLongestPrefixGivesTheSender() {
        Host c = world.host("192.0.2.3");
        WgPeer other = b.identity.addPeer(
                c.identity.publicKey(), WgPeerOptions.create().allowedIp(IpPrefix.parse("10.1.2.0/24")), world.now);
        b.peer.setAllowedIps(List.of(IpPrefix.parse("10.1.0.0/16"), IpPrefix.parse("fd00::/8")));
        assertFrom("10.1.1.1", true);
        assertFrom("10.1.2.1", false);
        assertFrom("10.2.0.1", false);
        assertFrom("fd00:1::1", true);
        assertFrom("fe00::1", false);
        b.peer.addAllowedIp(IpPrefix.parse("10.1.2.7/32"));
        assertFrom("10.1.2.7", true);
        assertFrom("10.1.2.8", false);
        other.addAllowedIp(IpPrefix.parse("10.1.2.7/32"));
        assertFrom("10.1.2.7", false);
        assertFalse(b.peer.allowedIps().contains(IpPrefix.parse("10.1.2.7/32")));
        assertTrue(other.removeAllowedIp(IpPrefix.parse("10.1.2.0/24")));
        assertFrom("10.1.2.8", true);
        assertEquals(5, b.engine.drops(WgDrop.SOURCE_NOT_ALLOWED));

        assertSame(b.peer, b.identity.route(IpAddress.parse("10.1.1.1")));
        assertSame(other, b.identity.route(IpAddress.parse("10.1.2.7")));
        assertNull(b.identity.route(IpAddress.parse("10.9.9.9")));
        ByteBuffer to = World.packet(IpAddress.parse("10.9.9.9"), IpAddress.parse("10.1.2.7"), 4);
        assertSame(other, b.identity.route(to, to.position(), to.remaining()), "by destination, not by source");
        assertNull(b.identity.route(to, to.position(), 19));
        b.identity.removePeer(other);
        assertSame(b.peer, b.identity.route(IpAddress.parse("10.1.2.7")));
    }

    @Test
    void shouldFollowTheNewestPacket() {
        a.send(b, 1);
        a.send(b, 1);
        a.send(b, 1);
        b.receive(a.sent.get(1), ELSEWHERE);
        assertEquals(ELSEWHERE, b.peer.endpoint());
        b.receive(a.sent.get(0), a.endpoint);
        assertEquals(ELSEWHERE, b.peer.endpoint(), "an older one came late");
        b.receive(a.sent.get(2), a.endpoint);
        assertEquals(a.endpoint, b.peer.endpoint());
    }

    @Test
    void shouldStayWhereItIsPinned() {
        b.peer.setRoaming(false);
        a.send(b, 1);
        b.receive(a.last(), ELSEWHERE);
        assertEquals(a.endpoint, b.peer.endpoint());
        b.peer.setEndpoint(null, world.now);
        assertEquals(SendResult.NO_ENDPOINT, b.send(a, 1));
        assertEquals(1, b.engine.drops(WgDrop.NO_ENDPOINT));
        a.send(b, 1);
        b.receive(a.last(), ELSEWHERE);
        assertEquals(ELSEWHERE, b.peer.endpoint(), "what is not set is learned once");
    }

    @Test
    void shouldAnswerFromTheAddressThatWasSpokenTo() {
        WgEndpoint local = new WgEndpoint(a.endpoint.address(), a.endpoint.port(), IpAddress.parse("192.0.2.22"), 3);
        a.send(b, 1);
        b.receive(a.last(), local);
        b.send(a, 1);
        assertEquals(local, b.sentTo.get(0));
        world.run(Duration.ofSeconds(16));
        assertEquals(1, b.count(1));
        assertEquals(a.endpoint, b.sentTo.get(b.sentTo.size() - 1), "cleared when nothing comes back");
    }

    @Test
    void shouldKeepTheAddressThatWasSpokenToUntilNothingComesBack() {
        WgEndpoint local = new WgEndpoint(a.endpoint.address(), a.endpoint.port(), IpAddress.parse("192.0.2.22"), 3);
        a.send(b, 1);
        b.receive(a.last(), local);
        b.forget();
        world.run(Duration.ofSeconds(11));
        assertEquals(List.of(local), b.sentTo, "a keepalive");
        b.connected = false;
        b.forget();
        b.engine.initiate(b.peer, world.now, b);
        world.run(Duration.ofSeconds(6));
        assertEquals(List.of(local, a.endpoint), b.sentTo, "an initiation, and its repetition");
    }

    @Test
    void shouldCountBytes() {
        WgPeerStats before = b.peer.stats();
        a.send(b, 4);
        b.receive(a.last(), a.endpoint);
        b.receive(a.last(), a.endpoint);
        b.send(a, 100);
        WgPeerStats after = b.peer.stats();
        assertEquals(before.receivedBytes() + 64, after.receivedBytes());
        assertEquals(before.sentBytes() + 32 + 128, after.sentBytes());
        assertEquals(148 + 32, before.receivedBytes());
        assertEquals(92, before.sentBytes());
    }

    @Test
    void shouldStageNothingForAPeerThatCannotHandshake() {
        b.identity.removePeer(b.peer);
        WgPeer nowhere = b.identity.addPeer(a.identity.publicKey(), WgPeerOptions.create(), world.now);
        b.peer = nowhere;
        assertEquals(SendResult.NO_ENDPOINT, b.send(a, 1));
        nowhere.setEndpoint(a.endpoint, world.now);
        nowhere.setExpiresAt(world.now + 1, world.now);
        world.run(Duration.ofSeconds(1));
        assertEquals(SendResult.PEER_GONE, b.send(a, 1));
        assertEquals(0, b.sent.size());
        assertEquals(1, b.engine.drops(WgDrop.NO_ENDPOINT));
        assertEquals(1, b.engine.drops(WgDrop.PEER_GONE));
        assertEquals(0, b.engine.drops(WgDrop.STAGED));
    }

    @Test
    void shouldSurviveAThrowingSink() {
        WgSink broken = new WgSink() {
            @Override
            public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void packet(WgPeer peer, ByteBuffer buffer, int offset, int length) {
                throw new IllegalStateException("on purpose");
            }
        };
        a.send(b, 1);
        ByteBuffer datagram = ByteBuffer.wrap(a.last());
        b.engine.receive(datagram, 0, datagram.capacity(), a.endpoint, world.now, broken);
        b.engine.sendKeepalive(b.peer, world.now, broken);
        a.send(b, 1);
        b.receive(a.last(), a.endpoint);
        assertEquals(1, b.packets.size());
    }

    private void assertFrom(String source, boolean taken) {
        int before = b.packets.size();
        IpAddress address = IpAddress.parse(source);
        IpAddress destination = address.isIpv4() ? b.inner() : b.inner6();
        ByteBuffer packet = World.packet(address, destination, 3);
        int offset = packet.position();
        int length = packet.remaining();
        a.engine.send(a.peer, packet.clear(), offset, length, world.now, a);
        b.receive(a.last(), a.endpoint);
        assertEquals(taken ? 1 : 0, b.packets.size() - before, source);
    }

    private static byte[] header(int first, int totalLength, int size) {
        byte[] packet = new byte[size];
        packet[0] = (byte) first;
        packet[2] = (byte) (totalLength >>> 8);
        packet[3] = (byte) totalLength;
        return packet;
    }

    private static byte[] header6(int payload, int size) {
        byte[] packet = new byte[size];
        packet[0] = 0x60;
        packet[5] = (byte) payload;
        return packet;
    }

    private static byte[] bytes(ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.get(packet.position(), bytes);
        return bytes;
    }
}
