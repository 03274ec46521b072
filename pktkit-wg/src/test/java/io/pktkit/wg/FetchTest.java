// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client that asks, gets its answer, and is idle until it asks again: what shows a tunnel that goes deaf in one direction
 * some time after a handshake, which a stream that never pauses would not.
 */
class FetchTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long TEN_MINUTES = 600 * SECOND;

    private final World world = new World(41);
    private final Host client = world.host("192.0.2.1");
    private final Host server = world.host("192.0.2.2");

    /** At any pace, and whoever made the session: also around each limit of the timer table. */
    @ParameterizedTest(name = "every {0} s, the client initiates {1}, jitter {2} ms")
    @CsvSource({
        "3, true, 0",
        "3, false, 0",
        "3, true, 333",
        "3, false, 333",
        "1, true, 150",
        "1, false, 150",
        "9, true, 0",
        "9, false, 0",
        "10, true, 0",
        "10, false, 0",
        "11, true, 0",
        "11, false, 0",
        "15, true, 0",
        "15, false, 0",
        "29, true, 150",
        "29, false, 150",
        "59, true, 0",
        "59, false, 0",
    })
    void shouldAnswerWithinOneRoundTripForTenMinutes(int pause, boolean clientInitiates, int jitter) {
        world.delay = 25_000_000L;
        world.jitterMillis = jitter;
        World.join(client, server);
        Host first = clientInitiates ? client : server;
        first.engine.initiate(first.peer, world.now, first);
        world.run(Duration.ofSeconds(1));
        long begun = world.now;
        int fetched = 0;
        while (world.now - begun < TEN_MINUTES) {
            long asked = world.now;
            String when = (asked - begun) / SECOND + " s";
            fetch(++fetched, when);
            world.runUntil(asked + pause * SECOND);
        }
        assertEquals(0, client.allDrops() + server.allDrops());
        int initiations = client.count(1) + server.count(1);
        assertTrue(initiations <= 1 + TEN_MINUTES / (120 * SECOND), "initiations=" + initiations);
    }

    /** One round trip and not a moment more, in which nothing is lost. */
    private void fetch(int number, String when) {
        assertEquals(SendResult.SENT, client.send(server, 100), when);
        world.run(Duration.ofNanos(world.delay));
        assertEquals(number, server.packets.size(), when);
        assertEquals(SendResult.SENT, server.send(client, 1000), when);
        world.run(Duration.ofNanos(world.delay));
        assertEquals(number, client.packets.size(), when);
    }
}
