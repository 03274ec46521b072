// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.internal.cookie.CookieChecker;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wg.internal.noise.ResponderKeys;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Floods and junk. */
class LoadStressTest {

    private static final long SECOND = 1_000_000_000L;

    private final World world = new World(10);
    private final Random random = new Random(10);
    private Host server;
    private Host client;
    private Stranger stranger;
    private ResponderKeys serverKeys;

    @BeforeEach
    void join() {
        server = world.host("192.0.2.1");
        client = world.host("192.0.2.2");
        World.join(server, client);
        stranger = new Stranger(world, server, random);
        serverKeys = Stranger.keys(server);
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
    void shouldSurviveRandomDatagrams() {
        junk(30_000);
    }

    @Test
    @Tag("long")
    void shouldSurviveAMillionRandomDatagrams() {
        junk(1_000_000);
    }

    /**
     * A peer that comes during a flood is asked for a cookie, and has it in its next initiation, 5 s later; one that has its
     * cookie gets in at once.
     */
    private void flood(int perSecond) {
        client.connected = true;
        world.delay = 10_000_000L;
        for (int i = 0; i < 30; i++) {
            floodFor10Millis(perSecond);
        }
        long first = nanosToGetIn(perSecond);
        assertTrue(first < 6 * SECOND, "got in after " + first / 1_000_000 + " ms");
        assertEquals(2, client.count(1));
        long before = used();
        client.peer.wipe();
        server.peer.wipe();
        for (int i = 0; i < 600; i++) {
            floodFor10Millis(perSecond);
        }
        client.forget();
        long second = nanosToGetIn(perSecond);
        assertTrue(second < 2 * SECOND, "got in after " + second / 1_000_000 + " ms, with a cookie");
        assertEquals(1, client.count(1));
        long grown = used() - before;
        assertTrue(grown < 4 << 20, "grown by " + grown + " bytes");
    }

    private long nanosToGetIn(int perSecond) {
        long begun = world.now;
        client.send(server, 10);
        while (server.packets.isEmpty()) {
            assertTrue(world.now - begun < 20 * SECOND, "the honest peer did not get in");
            floodFor10Millis(perSecond);
        }
        server.packets.clear();
        return world.now - begun;
    }

    private void floodFor10Millis(int perSecond) {
        boolean loaded = server.engine.drops(WgDrop.COOKIE_REQUIRED) > 0;
        server.sent.clear();
        for (int i = 0; i < perSecond / 100; i++) {
            server.receive(stranger.initiation(serverKeys), stranger.spoofed());
        }
        if (loaded) {
            assertEquals(perSecond / 100, server.sent.size());
            for (byte[] sent : server.sent) {
                assertTrue(sent[0] == 3 && sent.length == 64, "only cookies are answered with");
            }
        }
        server.sent.clear();
        server.sentAt.clear();
        server.sentTo.clear();
        world.run(Duration.ofMillis(10));
        assertTrue(server.engine.indexCount() <= 2);
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Random datagrams, and those of the peer with something changed, while a session and an attempt of ours are there. */
    private void junk(int count) {
        client.send(server, 10);
        world.run(Duration.ofSeconds(1));
        List<byte[]> genuine = genuine();
        byte[] response = client.last(2);
        ByteBuffer buffer = ByteBuffer.allocate(2000);
        for (int i = 0; i < count; i++) {
            int length = random.nextInt(3) == 0 ? changed(buffer, genuine) : random(buffer);
            server.engine.receive(buffer, 3, length, stranger.spoofed(), world.now, server);
        }
        assertEquals(1, server.packets.size(), "seed=10");
        assertEquals(client.endpoint, server.peer.endpoint());
        for (WgDrop why : List.of(
                WgDrop.MALFORMED,
                WgDrop.BAD_MAC1,
                WgDrop.UNKNOWN_INDEX,
                WgDrop.BAD_TAG,
                WgDrop.REPLAYED_COUNTER,
                WgDrop.BAD_COOKIE_REPLY)) {
            assertTrue(server.engine.drops(why) > 0, why.name());
        }
        server.sent.clear();
        server.receive(response, client.endpoint);
        assertEquals(1, server.count(4), "the attempt is as it was, and its response is confirmed");
        client.connected = true;
        client.send(server, 10);
        world.run(Duration.ofSeconds(1));
        assertEquals(2, server.packets.size());
    }

    /** A message of each type that the client sends; the response and the cookie are for an attempt that waits for them. */
    private List<byte[]> genuine() {
        client.connected = false;
        server.peer.timers.forgetLastHandshake();
        server.engine.initiate(server.peer, world.now, server);
        world.run(Duration.ofSeconds(1));
        List<byte[]> genuine = new ArrayList<>(client.sent);
        byte[] source = server.endpoint.toCookieBytes();
        genuine.add(
                new CookieChecker(new FixedRandom(4)).reply(Stranger.keys(client), server.last(1), source, world.now));
        return genuine;
    }

    private void fill(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        random.nextBytes(bytes);
        buffer.put(0, bytes);
    }

    private int random(ByteBuffer buffer) {
        int length = random.nextInt(4) == 0 ? random.nextInt(1500) : 20 + random.nextInt(140);
        fill(buffer);
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
        return length;
    }

    private int changed(ByteBuffer buffer, List<byte[]> genuine) {
        byte[] message = genuine.get(random.nextInt(genuine.size()));
        fill(buffer);
        buffer.put(3, message);
        if (random.nextInt(8) == 0) {
            int length = random.nextInt(2 * message.length);
            return length == message.length ? 0 : length;
        }
        // mac2 is not looked at without load.
        int bound = message[0] <= 2 ? Message.mac2(message) : message.length;
        int at = 3 + random.nextInt(bound);
        buffer.put(at, (byte) (buffer.get(at) ^ 1 << random.nextInt(8)));
        return message.length;
    }
}
