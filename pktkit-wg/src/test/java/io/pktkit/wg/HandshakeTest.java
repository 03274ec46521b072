// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Handshakes between two engines: what completes one, and all that does not. */
class HandshakeTest {

    private static final WgEndpoint ELSEWHERE = new WgEndpoint(IpAddress.parse("198.51.100.9"), 9);

    private final World world = new World(2);
    private Host a;
    private Host b;

    @BeforeEach
    void join() {
        a = world.host("192.0.2.1");
        b = world.host("192.0.2.2");
        World.join(a, b);
    }

    @Test
    void shouldCarryTheFirstPacketAndAllThatFollow() {
        assertEquals(SendResult.STAGED, a.send(b, 100));
        assertEquals(SendResult.STAGED, a.send(b, 200));
        world.run(Duration.ofSeconds(1));
        assertEquals(2, b.packets.size());
        assertEquals(2, a.count(4), "what waited confirms the session, without a keepalive");
        assertEquals(SendResult.SENT, b.send(a, 300));
        world.run(Duration.ofSeconds(1));
        assertEquals(1, a.packets.size());
        assertArrayEquals(bytes(World.packet(b.inner(), a.inner(), 300)), a.packets.get(0));
        assertEquals(0, a.allDrops() + b.allDrops());
    }

    @Test
    void shouldCountWhatCouldNotWait() {
        for (int i = 0; i < 130; i++) {
            assertEquals(SendResult.STAGED, a.send(b, i));
        }
        world.run(Duration.ofSeconds(1));
        assertEquals(2, a.engine.drops(WgDrop.STAGED));
        assertEquals(128, b.packets.size());
        assertEquals(20 + 8 + 2, b.packets.get(0).length, "the oldest two went");
    }

    @Test
    void shouldNotSendBeforeItIsConfirmedAsTheResponder() {
        a.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        assertEquals(92, b.last().length);
        assertFalse(b.peer.hasSession(world.now));
        assertEquals(SendResult.STAGED, b.send(a, 10));
        assertEquals(1, b.sent.size());
        a.receive(b.last(2), b.endpoint);
        b.receive(a.last(4), a.endpoint);
        assertTrue(b.peer.hasSession(world.now));
        assertEquals(1, b.count(4), "what waited is sent when the session is confirmed");
    }

    @Test
    void shouldAnswerAnInitiationOnce() {
        a.engine.initiate(a.peer, world.now, a);
        byte[] initiation = a.last(1);
        world.run(Duration.ofSeconds(1));
        b.receive(initiation, ELSEWHERE);
        assertEquals(1, b.count(2));
        assertEquals(1, b.engine.drops(WgDrop.REPLAYED_INITIATION));
        assertEquals(a.endpoint, b.peer.endpoint());
    }

    @Test
    void shouldTakeAResponseOnce() {
        a.engine.initiate(a.peer, world.now, a);
        world.run(Duration.ofSeconds(1));
        a.forget();
        a.receive(b.last(2), ELSEWHERE);
        assertEquals(0, a.sent.size());
        assertEquals(1, a.engine.drops(WgDrop.UNKNOWN_INDEX));
        assertEquals(b.endpoint, a.peer.endpoint());
    }

    @Test
    void shouldRefuseTheResponseToASupersededInitiation() {
        a.connected = false;
        b.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        byte[] late = b.last(2);
        world.run(Duration.ofSeconds(6));
        assertEquals(2, a.count(1));
        a.receive(late, b.endpoint);
        assertFalse(a.peer.hasSession(world.now));
        b.receive(a.last(1), a.endpoint);
        a.receive(b.last(2), b.endpoint);
        assertTrue(a.peer.hasSession(world.now));
        assertEquals(2, a.engine.indexCount() + b.engine.indexCount());
    }

    @Test
    void shouldWaitOnAfterAResponseThatIsNotGenuine() {
        a.connected = false;
        b.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        byte[] response = b.last(2);
        // All but mac2, which is not looked at without load.
        for (int i = 0; i < 76 * 8; i++) {
            byte[] forged = response.clone();
            forged[i / 8] ^= (byte) (1 << i % 8);
            a.receive(forged, ELSEWHERE);
            assertFalse(a.peer.hasSession(world.now), "bit " + i);
        }
        assertEquals(b.endpoint, a.peer.endpoint());
        a.receive(response, b.endpoint);
        assertTrue(a.peer.hasSession(world.now));
    }

    @Test
    void shouldAnswerNothingThatWasTamperedWith() {
        a.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        byte[] initiation = a.last(1);
        for (int i = 0; i < 132 * 8; i++) {
            byte[] forged = initiation.clone();
            forged[i / 8] ^= (byte) (1 << i % 8);
            b.receive(forged, ELSEWHERE);
            assertEquals(0, b.sent.size(), "bit " + i);
        }
        assertEquals(0, b.engine.indexCount());
        assertEquals(a.endpoint, b.peer.endpoint());
        b.receive(initiation, a.endpoint);
        assertEquals(1, b.sent.size());
    }

    @Test
    void shouldTakeMessagesOfTheirExactLengthOnly() {
        a.connected = false;
        b.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        byte[] initiation = a.last(1);
        assertNoneTaken(b, initiation);
        b.receive(initiation, a.endpoint);
        byte[] response = b.last(2);
        assertNoneTaken(a, response);
        a.receive(response, b.endpoint);
        assertTrue(a.peer.hasSession(world.now));
    }

    @Test
    void shouldTakeReservedBytesForPartOfTheType() {
        a.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        for (int at = 1; at < 4; at++) {
            byte[] other = a.last(1).clone();
            other[at] = 1;
            b.receive(other, a.endpoint);
        }
        assertEquals(3, b.engine.drops(WgDrop.MALFORMED));
    }

    @Test
    void shouldAnswerAPeerAtMostFiftyTimesASecond() {
        int answered = 0;
        for (int i = 0; i < 20; i++) {
            world.now += 5_000_000L;
            byte[] initiation = craft(a, b, i);
            int before = b.sent.size();
            b.receive(initiation, a.endpoint);
            answered += b.sent.size() - before;
        }
        assertEquals(5, answered);
        assertEquals(15, b.engine.drops(WgDrop.INITIATION_FLOOD));
        assertEquals(1, b.engine.indexCount());
    }

    @Test
    void shouldMixThePresharedKey() {
        PresharedKey key = PresharedKey.generate(new FixedRandom(5));
        a.peer.setPresharedKey(key);
        a.send(b, 10);
        world.run(Duration.ofSeconds(1));
        assertFalse(a.peer.hasSession(world.now));
        assertEquals(1, a.engine.drops(WgDrop.BAD_HANDSHAKE));
        b.peer.setPresharedKey(key);
        world.run(Duration.ofSeconds(10));
        assertTrue(a.peer.hasSession(world.now));
        assertEquals(1, b.packets.size());
    }

    @Test
    void shouldTakeThePresharedKeyThatIsSetWhenTheResponseComes() {
        PresharedKey key = PresharedKey.generate(new FixedRandom(5));
        b.peer.setPresharedKey(key);
        a.connected = false;
        b.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        a.peer.setPresharedKey(key);
        a.receive(b.last(2), b.endpoint);
        assertTrue(a.peer.hasSession(world.now));
        assertEquals(key, a.peer.presharedKey());
        a.peer.setPresharedKey(null);
        assertNull(a.peer.presharedKey());
        assertTrue(a.peer.hasSession(world.now), "what there is stays");
    }

    @Test
    void shouldKeepTimestampsThroughChangesOfThePeer() {
        a.engine.initiate(a.peer, world.now, a);
        byte[] initiation = a.last(1);
        world.run(Duration.ofSeconds(1));
        b.peer.setPresharedKey(PresharedKey.generate(new FixedRandom(5)));
        b.receive(initiation, a.endpoint);
        b.identity.removePeer(b.peer);
        b.receive(initiation, a.endpoint);
        assertEquals(1, b.engine.drops(WgDrop.UNKNOWN_PEER));
        b.peer = b.identity.addPeer(a.identity.publicKey(), World.options(a), world.now);
        b.receive(initiation, a.endpoint);
        assertEquals(2, b.engine.drops(WgDrop.REPLAYED_INITIATION));
        assertEquals(1, b.count(2));
    }

    @Test
    void shouldSendGreaterTimestampsThoughTheClockGoesBack() {
        World other = new World(3);
        long[] wall = {0};
        WgEngineConfig config = WgEngineConfig.create(() -> World.BEGINNING.plusSeconds(wall[0]), new FixedRandom(8))
                .jitter(other.random);
        Host c = world.host("192.0.2.3", config);
        World.join(c, b);
        c.send(b, 10);
        world.run(Duration.ofSeconds(1));
        assertEquals(1, b.packets.size());
        wall[0] = -3600;
        c.identity.removePeer(c.peer);
        c.peer = c.identity.addPeer(b.identity.publicKey(), World.options(b), world.now);
        c.send(b, 10);
        world.run(Duration.ofSeconds(10));
        assertEquals(2, b.packets.size());
        assertEquals(0, b.engine.drops(WgDrop.REPLAYED_INITIATION));
    }

    @Test
    void shouldNotBringARemovedPeerBack() {
        a.connected = false;
        b.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        a.identity.removePeer(a.peer);
        a.forget();
        a.receive(b.last(2), b.endpoint);
        assertEquals(0, a.sent.size());
        assertEquals(0, a.engine.indexCount());
        assertTrue(a.peer.isRemoved());
        assertEquals(SendResult.PEER_GONE, a.send(b, 10));
    }

    @Test
    void shouldCompleteWhenBothInitiateAtOnce() {
        cross(0, 100);
    }

    @Test
    @Tag("long")
    void shouldCompleteWhenBothInitiateAtOnceAThousandTimes() {
        cross(100, 1100);
    }

    private static void cross(long from, long to) {
        for (long seed = from; seed < to; seed++) {
            World crossing = new World(seed);
            crossing.reorder = seed % 2 == 1;
            Host left = crossing.host("192.0.2.1");
            Host right = crossing.host("192.0.2.2");
            World.join(left, right);
            left.send(right, 10);
            crossing.run(Duration.ofNanos((long) (crossing.random.nextDouble() * 3_000_000)));
            right.send(left, 10);
            crossing.run(Duration.ofSeconds(4));
            String where = "seed=" + seed;
            assertEquals(1, left.packets.size(), where);
            assertEquals(1, right.packets.size(), where);
            for (int i = 0; i < 20; i++) {
                assertEquals(SendResult.SENT, left.send(right, 10), where);
                assertEquals(SendResult.SENT, right.send(left, 10), where);
                crossing.run(Duration.ofMillis(500));
            }
            assertEquals(21, left.packets.size(), where);
            assertEquals(21, right.packets.size(), where);
            assertEquals(1, left.count(1), where);
            assertTrue(left.engine.indexCount() <= 3, where);
        }
    }

    @Test
    void shouldEndItsOwnAttemptWhenThePeersIsConfirmed() {
        a.connected = false;
        b.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        b.engine.initiate(b.peer, world.now, b);
        b.receive(a.last(1), a.endpoint);
        a.receive(b.last(2), b.endpoint);
        b.receive(a.last(4), a.endpoint);
        assertTrue(b.peer.hasSession(world.now));
        assertEquals(1, b.engine.indexCount(), "the attempt of b is over");
        world.run(Duration.ofSeconds(60));
        assertEquals(1, b.count(1));
        assertEquals(1, a.count(1));
    }

    @Test
    void shouldHandshakeOverABadLink() {
        overBadLink(0, 15);
    }

    @Test
    @Tag("long")
    void shouldHandshakeOverManyBadLinks() {
        overBadLink(15, 200);
    }

    private static void overBadLink(long from, long to) {
        for (long seed = from; seed < to; seed++) {
            World bad = new World(seed);
            bad.loss = 0.5;
            bad.duplicate = 0.3;
            bad.reorder = true;
            bad.jitterMillis = 150;
            Host left = bad.host("192.0.2.1");
            Host right = bad.host("192.0.2.2");
            World.join(left, right);
            int sent = 0;
            for (int i = 0; i < 600; i++) {
                left.send(right, 10);
                right.send(left, 10);
                sent++;
                bad.run(Duration.ofSeconds(1));
            }
            String where = "seed=" + seed + " " + left.packets.size() + " " + right.packets.size();
            assertTrue(left.packets.size() > sent / 4 && right.packets.size() > sent / 4, where);
            assertTrue(
                    left.packets.size() <= sent && right.packets.size() <= sent, where + ": a duplicate came through");
            assertTrue(left.engine.indexCount() <= 4 && right.engine.indexCount() <= 4, where);
        }
    }

    @Test
    void shouldNeverStopDataWhileKeysChange() {
        for (int i = 0; i < 10 * 600; i++) {
            assertEquals(i == 0 ? SendResult.STAGED : SendResult.SENT, a.send(b, 10), "after " + i);
            world.run(Duration.ofMillis(50));
            if (i > 0) {
                assertEquals(SendResult.SENT, b.send(a, 10), "after " + i);
            }
            world.run(Duration.ofMillis(50));
        }
        assertEquals(6000, b.packets.size());
        assertEquals(5999, a.packets.size());
        assertEquals(5, a.count(1));
        assertEquals(0, b.count(1));
        assertEquals(0, a.allDrops() + b.allDrops());
    }

    /** The next initiation of a host, as a clone of it would send it: with a timestamp that is greater by some steps. */
    private static byte[] craft(Host from, Host to, int step) {
        Host clone = new Host(
                from.world,
                from.endpoint,
                WgEngineConfig.create(() -> World.BEGINNING.plusSeconds(100 + step), new FixedRandom(step))
                        .jitter(from.world.random));
        clone.identity.setPrivateKey(WgPrivateKey.generate(new FixedRandom(99)));
        if (step == 0) {
            to.identity.addPeer(clone.identity.publicKey(), World.options(from), from.world.now);
        }
        clone.connected = false;
        clone.peer = clone.identity.addPeer(to.identity.publicKey(), World.options(to), from.world.now);
        clone.engine.initiate(clone.peer, from.world.now, clone);
        return clone.last(1);
    }

    private static void assertNoneTaken(Host host, byte[] message) {
        int sent = host.sent.size();
        for (int length = 0; length < message.length + 40; length++) {
            if (length != message.length) {
                host.receive(Arrays.copyOf(message, length), ELSEWHERE);
                assertEquals(sent, host.sent.size(), "length " + length);
            }
        }
    }

    private static byte[] bytes(ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.get(packet.position(), bytes);
        return bytes;
    }
}
