// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handshakes under load: cookies, and the limits behind them. */
class LoadTest {

    private static final long SECOND = 1_000_000_000L;

    private final World world = new World(10);
    private Host server;
    private Host client;
    private Stranger stranger;

    @BeforeEach
    void join() {
        server = world.host("192.0.2.1");
        client = world.host("192.0.2.2");
        World.join(server, client);
        stranger = new Stranger(world, server, new Random(10));
    }

    @Test
    void shouldBindCookiesToAddressAndPort() {
        Host loaded = world.host("192.0.2.7", world.config().loadThreshold(0));
        World.join(loaded, client);
        client.connected = false;
        loaded.connected = false;
        client.engine.initiate(client.peer, world.now, client);
        loaded.receive(client.last(1), client.endpoint);
        assertEquals(1, loaded.count(3));
        assertEquals(1, loaded.engine.drops(WgDrop.COOKIE_REQUIRED));
        client.receive(loaded.last(3), loaded.endpoint);
        assertEquals(0, client.engine.drops(WgDrop.BAD_COOKIE_REPLY));
        world.run(Duration.ofSeconds(6));
        byte[] withMac2 = client.last(1);
        loaded.receive(withMac2, new WgEndpoint(client.endpoint.address(), 1));
        loaded.receive(withMac2, new WgEndpoint(IpAddress.parse("192.0.2.9"), client.endpoint.port()));
        assertEquals(3, loaded.count(3));
        assertEquals(0, loaded.count(2));
        loaded.receive(withMac2, client.endpoint);
        assertEquals(1, loaded.count(2));
    }

    @Test
    void shouldTakeACookieOnceForTheLastMessageAndLearnNothingElseFromIt() {
        Host loaded = world.host("192.0.2.7", world.config().loadThreshold(0));
        World.join(loaded, client);
        client.connected = false;
        loaded.connected = false;
        client.engine.initiate(client.peer, world.now, client);
        loaded.receive(client.last(1), client.endpoint);
        byte[] cookie = loaded.last(3);
        WgPeerStats before = client.peer.stats();
        long deadline = client.engine.nextDeadlineNanos();
        for (int i = 0; i < cookie.length * 8; i++) {
            byte[] forged = cookie.clone();
            forged[i / 8] ^= (byte) (1 << i % 8);
            client.receive(forged, new WgEndpoint(IpAddress.parse("192.0.2.66"), 6));
        }
        long malformed = client.engine.drops(WgDrop.MALFORMED);
        for (int length = 0; length < cookie.length + 40; length++) {
            if (length != cookie.length) {
                client.receive(Arrays.copyOf(cookie, length), loaded.endpoint);
            }
        }
        client.receive(cookie, new WgEndpoint(IpAddress.parse("192.0.2.66"), 6));
        assertEquals(cookie.length + 39, client.engine.drops(WgDrop.MALFORMED) - malformed, "and it alone was taken");
        long bad = client.engine.drops(WgDrop.BAD_COOKIE_REPLY);
        client.receive(cookie, loaded.endpoint);
        assertEquals(bad + 1, client.engine.drops(WgDrop.BAD_COOKIE_REPLY), "once");
        assertEquals(before, client.peer.stats());
        assertEquals(deadline, client.engine.nextDeadlineNanos());
        assertFalse(client.peer.hasSession(world.now));
        world.run(Duration.ofSeconds(6));
        long unknown = client.engine.drops(WgDrop.UNKNOWN_INDEX);
        client.receive(cookie, loaded.endpoint);
        assertEquals(unknown + 1, client.engine.drops(WgDrop.UNKNOWN_INDEX), "it answers an older message");
    }

    @Test
    void shouldRotateCookies() {
        Host loaded = world.host("192.0.2.7", world.config().loadThreshold(0));
        World.join(loaded, client);
        client.connected = false;
        loaded.connected = false;
        client.engine.initiate(client.peer, world.now, client);
        loaded.receive(client.last(1), client.endpoint);
        client.receive(loaded.last(3), loaded.endpoint);
        long taken = world.now;
        assertTrue(hasMac2(initiationAt(taken + 115 * SECOND)));
        byte[] fresh = client.last(1);
        world.now = taken + 120 * SECOND;
        loaded.receive(fresh, client.endpoint);
        assertEquals(1, loaded.count(2), "a secret is good for 120 s");
        assertFalse(hasMac2(initiationAt(taken + 120 * SECOND + 1)));
        loaded.receive(fresh, client.endpoint);
        assertEquals(2, loaded.count(3));
        assertEquals(1, loaded.count(2));

        loaded.receive(client.last(1), client.endpoint);
        client.receive(loaded.last(3), loaded.endpoint);
        long again = world.now;
        initiationAt(again + 60 * SECOND);
        loaded.receive(client.last(1), client.endpoint);
        assertEquals(2, loaded.count(2), "the next secret is as good");
        loaded.receive(stranger.sameFor(loaded), client.endpoint);
        loaded.receive(initiationAt(again + 100 * SECOND), client.endpoint);
        assertEquals(3, loaded.count(2), "another reply in between leaves it as it is");
    }

    @Test
    void shouldCountWhatIsForNobody() {
        byte[] message = stranger.initiation(Stranger.keys(server));
        message[120] ^= 1;
        server.receive(message, client.endpoint);
        assertEquals(1, server.engine.drops(WgDrop.BAD_MAC1));
        server.receive(stranger.initiation(Stranger.keys(server)), client.endpoint);
        assertEquals(1, server.engine.drops(WgDrop.BAD_HANDSHAKE));
    }

    @Test
    void shouldLimitASourceThatHasItsCookie() {
        Host loaded = world.host("192.0.2.7", world.config().loadThreshold(0));
        World.join(loaded, client);
        client.connected = false;
        loaded.connected = false;
        client.engine.initiate(client.peer, world.now, client);
        loaded.receive(client.last(1), client.endpoint);
        client.receive(loaded.last(3), loaded.endpoint);
        world.run(Duration.ofSeconds(6));
        byte[] message = client.last(1);
        for (int i = 0; i < 20; i++) {
            loaded.receive(message, client.endpoint);
        }
        assertEquals(1, loaded.count(2));
        assertEquals(4, loaded.engine.drops(WgDrop.REPLAYED_INITIATION));
        assertEquals(15, loaded.engine.drops(WgDrop.SOURCE_LIMIT));
    }

    @Test
    void shouldAskForACookieForResponsesToo() {
        Host loaded = world.host("192.0.2.7", world.config().loadThreshold(0));
        World.join(loaded, client);
        client.connected = false;
        loaded.connected = false;
        loaded.engine.initiate(loaded.peer, world.now, loaded);
        client.receive(loaded.last(1), loaded.endpoint);
        loaded.receive(client.last(2), client.endpoint);
        assertEquals(1, loaded.count(3));
        assertFalse(loaded.peer.hasSession(world.now));
        client.receive(loaded.last(3), loaded.endpoint);
        world.run(Duration.ofSeconds(6));
        client.receive(loaded.last(1), loaded.endpoint);
        loaded.receive(client.last(2), client.endpoint);
        assertTrue(loaded.peer.hasSession(world.now));
    }

    private byte[] initiationAt(long time) {
        world.now = time;
        client.forget();
        client.peer.timers.forgetLastHandshake();
        client.engine.initiate(client.peer, world.now, client);
        return client.last(1);
    }

    private static boolean hasMac2(byte[] message) {
        return !Arrays.equals(message, 132, 148, new byte[16], 0, 16);
    }
}
