// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.wire.IpFamily;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens on the way between a client and the server. */
@NeedsPeer("openvpn")
class WayTest {

    /**
     * A client repeats its first datagram after 2, 4, 8 and 16 s, gives up after 60 and begins again; on a bad way it has bad
     * luck with five in a row now and then.
     */
    private static final Duration SOME_ATTEMPTS = Duration.ofSeconds(400);

    @TempDir
    Path folder;

    private static String through(Rig rig, Relay relay) throws Exception {
        return rig.fileWithout("alice").replace(rig.outer(1) + " 1194", rig.outer(1) + " " + relay.port());
    }

    @Test
    void shouldFollowAClientToAnotherPort() throws Exception {
        try (Rig rig = new Rig(folder);
                Relay relay = new Relay(rig.outer(1), Rig.PORT, 0, 0)) {
            rig.startFrom(through(rig, relay)).completed();
            rig.exchange();
            for (int i = 0; i < 3; i++) {
                relay.move();
                // The client has something to say, and by that the server learns where it is.
                rig.run("ping -c 3 -i 0.5 -W 5 " + Rig.inner(IpFamily.IPV4));
                String expected = rig.outer(1) + ":" + relay.farPort();
                Rig.await(
                        "the client at " + expected,
                        () -> rig.only().remoteAddress().equals(expected));
                rig.exchange();
                pause();
            }
        }
    }

    /** A client may move once a second. */
    private static void pause() {
        long end = System.nanoTime() + Duration.ofMillis(1100).toNanos();
        Rig.await("the second", () -> System.nanoTime() - end > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 35, 50})
    void shouldConnectOverALossyWay(int percent) throws Exception {
        long seed = Streams.SEED;
        System.out.println("seed " + seed);
        try (Rig rig = new Rig(folder);
                Relay relay = new Relay(rig.outer(1), Rig.PORT, percent, seed)) {
            rig.startFrom(through(rig, relay)).completed(SOME_ATTEMPTS);
            assertEquals(1, rig.server.clients().size(), "seed " + seed);
            assertTrue(relay.dropped() > 0, "seed " + seed);
        }
    }
}
