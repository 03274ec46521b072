// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to one peer while the listener hears of another. */
class PeerEventsTest {

    private final World world = new World(8);
    private final Host client = world.host("192.0.2.2");
    private final Host other = world.host("192.0.2.3");
    private final List<String> told = new ArrayList<>();
    private Runnable meanwhile = () -> {};

    private final Host server = world.host("192.0.2.1", world.config().listener(new WgPeerListener() {
        @Override
        public void handshakeCompleted(WgPeer peer) {
            if (peer.publicKey().equals(other.identity.publicKey())) {
                meanwhile.run();
            } else {
                told.add("handshake");
            }
        }

        @Override
        public void unanswered(WgPeer peer) {
            told.add("unanswered");
        }

        @Override
        public void sessionLost(WgPeer peer) {
            told.add("lost");
        }

        @Override
        public void peerExpired(WgPeer peer) {
            told.add("expired");
        }
    }));

    @BeforeEach
    void meet() {
        World.join(server, other);
        World.join(server, client);
    }

    private void whileItHearsOfAnother(Runnable what) {
        boolean[] done = new boolean[1];
        meanwhile = () -> {
            meanwhile = () -> {};
            what.run();
            done[0] = true;
        };
        other.send(server, 1);
        world.run(Duration.ofMinutes(4));
        assertTrue(done[0]);
    }

    private void expire(WgPeer peer) {
        peer.setExpiresAt(world.now + 1_000_000_000L, world.now);
        world.run(Duration.ofSeconds(2));
        assertTrue(peer.isExpired());
    }

    private void handshake() {
        client.engine.initiate(Objects.requireNonNull(client.peer), world.now, client);
        world.run(Duration.ofSeconds(6));
        assertTrue(server.peer.hasSession(world.now));
    }

    @Test
    void shouldTellTheEndOfItsTimeBeforeTheSessionThatFollows() {
        whileItHearsOfAnother(() -> {
            expire(server.peer);
            server.peer.setExpiresAt(world.now + 1_000_000_000_000L, world.now);
            handshake();
        });

        assertEquals(List.of("expired", "handshake"), told);
    }

    @Test
    void shouldTellTheEndOfItsTimeBehindTheSessionThatWas() {
        whileItHearsOfAnother(() -> {
            handshake();
            expire(server.peer);
        });

        assertEquals(List.of("handshake", "expired"), told);
    }

    /** Its keys are there for some minutes yet, which does not make it a session that came behind. */
    @Test
    void shouldTellThatNobodyAnswersBehindTheSessionThatWas() {
        whileItHearsOfAnother(() -> {
            handshake();
            client.connected = false;
            server.engine.initiate(server.peer, world.now, server);
            world.run(Duration.ofMinutes(2));
        });

        assertEquals(List.of("handshake", "unanswered", "lost"), told);
    }
}
