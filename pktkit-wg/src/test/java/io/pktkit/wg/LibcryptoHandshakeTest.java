// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** Whole handshakes between an end whose cryptography is libcrypto's and one without it. */
class LibcryptoHandshakeTest {

    private final World world = new World(25);
    private Host libcrypto;
    private Host jdk;

    @BeforeEach
    void join() {
        WgCipher chosen;
        try {
            chosen = WgCipher.libcrypto();
        } catch (IOException absent) {
            throw new TestAbortedException(absent.getMessage(), absent);
        }
        assertTrue(chosen.toString().startsWith("ChaCha20-Poly1305 and X25519 of OpenSSL"), chosen.toString());
        libcrypto = world.host("192.0.2.1", world.config().cipher(chosen));
        jdk = world.host("192.0.2.2");
        World.join(libcrypto, jdk);
    }

    @Test
    void shouldCompleteInBothRoles() {
        for (int round = 1; round <= 20; round++) {
            Host initiator = round % 2 == 0 ? libcrypto : jdk;
            Host responder = round % 2 == 0 ? jdk : libcrypto;
            initiator.engine.initiate(initiator.peer, world.now, initiator);
            world.run(Duration.ofSeconds(6));
            assertEquals((round + 1) / 2, jdk.count(1), "round=" + round);
            assertEquals(round / 2, libcrypto.count(1), "round=" + round);
            assertEquals(SendResult.SENT, initiator.send(responder, 100));
            assertEquals(SendResult.SENT, responder.send(initiator, 100));
            world.run(Duration.ofSeconds(1));
            assertEquals(round, jdk.packets.size(), "round=" + round);
            assertEquals(round, libcrypto.packets.size(), "round=" + round);
        }
        assertEquals(0, jdk.allDrops() + libcrypto.allDrops());
    }

    @Test
    void shouldRefuseAPeerOfSmallOrder() {
        WgPublicKey nobody = WgPublicKey.of(new byte[32]);
        assertThrows(
                IllegalArgumentException.class,
                () -> libcrypto.identity.addPeer(nobody, WgPeerOptions.create(), world.now));
    }

    @Test
    void shouldSayThatTheIdentityIsGoneAndNotBlameThePeer() {
        libcrypto.engine.removeIdentity(libcrypto.identity);
        WgPublicKey key = WgPrivateKey.generate(new FixedRandom(4)).publicKey();
        assertThrows(
                IllegalStateException.class, () -> libcrypto.identity.addPeer(key, WgPeerOptions.create(), world.now));
    }

    @Test
    void shouldGoOnWithAnotherPrivateKey() {
        WgPrivateKey fresh = WgPrivateKey.generate(new FixedRandom(5));
        libcrypto.identity.setPrivateKey(fresh);
        jdk.identity.removePeer(jdk.peer);
        jdk.peer = jdk.identity.addPeer(fresh.publicKey(), World.options(libcrypto), world.now);
        assertEquals(SendResult.STAGED, libcrypto.send(jdk, 50));
        world.run(Duration.ofSeconds(1));
        assertEquals(1, jdk.packets.size());
    }
}
