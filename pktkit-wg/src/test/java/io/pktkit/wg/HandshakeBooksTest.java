// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.internal.noise.Crafted;
import io.pktkit.wire.IpAddress;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a handshake message changes besides the session: counts, endpoints and timers. */
class HandshakeBooksTest {

    private static final WgEndpoint ELSEWHERE = new WgEndpoint(IpAddress.parse("198.51.100.9"), 9);
    private static final long SECOND = 1_000_000_000L;

    private final World world = new World(31);
    private Host a;
    private Host b;

    @BeforeEach
    void join() {
        world.delay = 0;
        a = world.host("192.0.2.1");
        b = world.host("192.0.2.2");
        World.join(a, b);
    }

    private void alone() {
        a.connected = false;
        b.connected = false;
    }

    /** A session that a initiated and confirmed. */
    private void establish() {
        a.engine.initiate(a.peer, world.now, a);
        world.run(Duration.ZERO);
        assertTrue(a.peer.hasSession(world.now) && b.peer.hasSession(world.now));
        world.run(Duration.ofSeconds(6));
        a.forget();
        b.forget();
    }

    @Test
    void shouldCountTheBytesOfEachMessage() {
        alone();
        a.engine.initiate(a.peer, world.now, a);
        assertEquals(148, a.peer.stats().sentBytes());
        b.receive(a.last(1), a.endpoint);
        assertEquals(148, b.peer.stats().receivedBytes());
        assertEquals(92, b.peer.stats().sentBytes());
        a.receive(b.last(2), b.endpoint);
        assertEquals(92, a.peer.stats().receivedBytes());
        assertEquals(148 + 32, a.peer.stats().sentBytes());
    }

    @Test
    void shouldFollowAResponse() {
        alone();
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        a.receive(b.last(2), ELSEWHERE);
        assertEquals(ELSEWHERE, a.peer.endpoint());
        assertEquals(ELSEWHERE, a.sentTo.get(a.sentTo.size() - 1), "which is confirmed there");
    }

    @Test
    void shouldFollowAnInitiation() {
        alone();
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), ELSEWHERE);
        assertEquals(ELSEWHERE, b.peer.endpoint());
        assertEquals(ELSEWHERE, b.sentTo.get(0));
    }

    /** Data was not answered, but the response is a sign of life: what came of the data will show again. */
    @Test
    void shouldTakeAResponseForASignOfLife() {
        establish();
        alone();
        a.send(b, 10);
        world.run(Duration.ofSeconds(10));
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        a.receive(b.last(2), b.endpoint);
        world.run(Duration.ofSeconds(30));
        assertEquals(1, a.count(1));
    }

    @Test
    void shouldTakeAnInitiationForASignOfLife() {
        establish();
        alone();
        b.send(a, 10);
        world.run(Duration.ofSeconds(10));
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        world.run(Duration.ofSeconds(30));
        assertEquals(0, b.count(1));
        assertEquals(1, b.count(2));
    }

    @Test
    void shouldTakeAResponseOfItsOwnForTheKeepaliveThatWasDue() {
        establish();
        a.send(b, 10);
        world.run(Duration.ofSeconds(6));
        alone();
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        assertEquals(1, b.count(2));
        world.run(Duration.ofSeconds(30));
        assertEquals(0, b.count(4));
    }

    @Test
    void shouldCountResponsesThatAnswerNothing() {
        alone();
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        byte[] response = b.last(2);
        response[response.length - 17] ^= 1;
        a.receive(response, b.endpoint);
        assertEquals(1, a.engine.drops(WgDrop.BAD_MAC1));
        response[response.length - 17] ^= 1;
        a.receive(response, b.endpoint);
        assertTrue(a.peer.hasSession(world.now));
        a.receive(response, b.endpoint);
        assertEquals(1, a.engine.drops(WgDrop.UNKNOWN_INDEX), "the index is that of a session by now");
    }

    @Test
    void shouldCountInitiationsThatAreNotGenuine() {
        alone();
        a.engine.initiate(a.peer, world.now, a);
        byte[] genuine = a.last(1);
        int[] places = {8, 40, 88};
        for (int i = 0; i < places.length; i++) {
            byte[] forged = genuine.clone();
            forged[places[i]] ^= 1;
            b.receive(Crafted.withMac1(Stranger.keys(b), forged), ELSEWHERE);
            assertEquals(i + 1, b.engine.drops(WgDrop.BAD_HANDSHAKE), "byte " + places[i]);
        }
        assertEquals(0, b.sent.size());
        b.receive(genuine, a.endpoint);
        assertEquals(1, b.sent.size());
    }

    @Test
    void shouldCountStaticKeysOfSmallOrder() {
        b.identity.askAboutUnknown(true);
        byte[] responder = b.identity.publicKey().toBytes();
        b.receive(Crafted.initiation(responder, new byte[32], new FixedRandom(1)), ELSEWHERE);
        assertEquals(1, b.engine.drops(WgDrop.BAD_HANDSHAKE));
        byte[] known = a.identity.publicKey().toBytes();
        b.receive(Crafted.initiation(responder, known, new FixedRandom(2)), ELSEWHERE);
        assertEquals(2, b.engine.drops(WgDrop.BAD_HANDSHAKE), "a key that somebody else has");
        assertTrue(b.strangers.isEmpty());
        assertFalse(b.peer.hasSession(world.now));
        assertEquals(a.endpoint, b.peer.endpoint());
    }

    @Test
    void shouldNotAnswerAPeerThatIsLetInWithATimeThatIsOver() {
        b.identity.removePeer(b.peer);
        b.identity.askAboutUnknown(true);
        WgPeer peer =
                b.identity.addPeer(a.identity.publicKey(), World.options(a).expiresAt(world.now), world.now);
        world.run(Duration.ofMillis(1));
        assertTrue(peer.isExpired());
        a.engine.initiate(a.peer, world.now, a);
        world.run(Duration.ofSeconds(1));
        assertEquals(1, b.strangers.size());
        b.engine.accept(b.strangers.get(0), World.options(a).expiresAt(world.now - SECOND), world.now, b);
        assertEquals(1, b.engine.drops(WgDrop.PEER_EXPIRED));
        assertEquals(0, b.sent.size());
    }
}
