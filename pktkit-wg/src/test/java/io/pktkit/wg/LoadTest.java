// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.internal.noise.ResponderKeys;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Floods and junk. */
class LoadTest {

    private static final long SECOND = 1_000_000_000L;

    private final World world = new World(10);
    private final Random random = new Random(10);
    private Host server;
    private Host client;
    private ResponderKeys serverKeys;
    private byte[] template;

    @BeforeEach
    void join() {
        server = world.host("192.0.2.1");
        client = world.host("192.0.2.2");
        World.join(server, client);
        serverKeys = new ResponderKeys(server.identity.publicKey().toBytes());
        Host stranger = world.host("192.0.2.3");
        stranger.connected = false;
        stranger.peer = stranger.identity.addPeer(server.identity.publicKey(), World.options(server), world.now);
        stranger.engine.initiate(stranger.peer, world.now, stranger);
        template = stranger.last(1);
        world.hosts.remove(stranger);
    }

    @Test
    void shouldLetAnHonestPeerInDuringAFlood() {
        flood(4_000);
    }

    @Test
    @Tag("long")
    void shouldLetAnHonestPeerInDuringAFloodOfAHundredThousandASecond() {
        flood(100_000);
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
        client.receive(cookie, new WgEndpoint(IpAddress.parse("192.0.2.66"), 6));
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
        loaded.receive(template(loaded), client.endpoint);
        loaded.receive(initiationAt(again + 100 * SECOND), client.endpoint);
        assertEquals(3, loaded.count(2), "another reply in between leaves it as it is");
    }

    @Test
    void shouldCountWhatIsForNobody() {
        byte[] message = strangersInitiation();
        message[120] ^= 1;
        server.receive(message, client.endpoint);
        assertEquals(1, server.engine.drops(WgDrop.BAD_MAC1));
        server.receive(strangersInitiation(), client.endpoint);
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

    @Test
    void shouldSurviveRandomDatagrams() {
        junk(30_000);
    }

    @Test
    @Tag("long")
    void shouldSurviveAMillionRandomDatagrams() {
        junk(1_000_000);
    }

    private void flood(int perSecond) {
        client.connected = true;
        world.delay = 0;
        long begun = world.now;
        int step = perSecond / 100;
        boolean in = false;
        for (int tick = 0; tick < 800 && !in; tick++) {
            for (int i = 0; i < step; i++) {
                server.receive(strangersInitiation(), spoofed());
            }
            if (tick > 20) {
                for (byte[] sent : server.sent) {
                    assertTrue(sent[0] == 3 && sent.length == 64, "only cookies are answered with");
                }
            }
            server.forget();
            if (tick == 30) {
                client.send(server, 10);
            }
            world.run(Duration.ofMillis(10));
            in = !server.packets.isEmpty();
            server.sent.removeIf(sent -> sent[0] != 3);
            assertTrue(server.engine.indexCount() <= 2);
        }
        assertTrue(in, "the honest peer did not get in within " + (world.now - begun) / SECOND + " s");
        assertTrue(world.now - begun < 7 * SECOND);
    }

    private void junk(int count) {
        client.send(server, 10);
        world.run(Duration.ofSeconds(1));
        int got = server.packets.size();
        ByteBuffer buffer = ByteBuffer.allocate(2000);
        for (int i = 0; i < count; i++) {
            int length = random.nextInt(4) == 0 ? random.nextInt(1500) : 20 + random.nextInt(140);
            random.nextBytes(buffer.array());
            switch (random.nextInt(8)) {
                case 0 -> length = 148;
                case 1 -> length = 92;
                case 2 -> length = 64;
                default -> {}
            }
            if (random.nextInt(4) != 0) {
                buffer.putInt(3, (1 + random.nextInt(4)) << 24);
            }
            if (random.nextInt(3) == 0) {
                byte[] known = server.sent.get(random.nextInt(server.sent.size()));
                buffer.put(3 + 4, known, 4, 8);
            }
            WgEndpoint from = spoofed();
            server.engine.receive(buffer, 3, length, from, world.now, server);
        }
        assertEquals(got, server.packets.size(), "seed=10");
        assertEquals(client.endpoint, server.peer.endpoint());
        client.send(server, 10);
        world.run(Duration.ofSeconds(1));
        assertEquals(got + 1, server.packets.size());
    }

    /** Genuine to the eye: a right mac1, but the key is nobody's. */
    private byte[] strangersInitiation() {
        byte[] message = template.clone();
        byte[] noise = new byte[36];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, message, 4, 36);
        System.arraycopy(serverKeys.mac1().of(message, 0, 116), 0, message, 116, 16);
        return message;
    }

    /** What somebody without a cookie sends to a host. */
    private byte[] template(Host to) {
        byte[] message = template.clone();
        ResponderKeys keys = new ResponderKeys(to.identity.publicKey().toBytes());
        System.arraycopy(keys.mac1().of(message, 0, 116), 0, message, 116, 16);
        return message;
    }

    private WgEndpoint spoofed() {
        return new WgEndpoint(IpAddress.ofIpv4(random.nextInt()), 1 + random.nextInt(65_535));
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
