// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.internal.crypto.AgreementKey;
import io.pktkit.wg.internal.crypto.Curve25519;
import io.pktkit.wg.internal.noise.Crafted;
import io.pktkit.wg.internal.noise.Kept;
import io.pktkit.wg.internal.noise.LocalKeys;
import io.pktkit.wg.internal.noise.ReceivedInitiation;
import io.pktkit.wg.internal.noise.RemoteKeys;
import io.pktkit.wg.internal.noise.SentInitiation;
import io.pktkit.wg.internal.noise.Tai64n;
import java.io.Serial;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Handshakes that something overtakes while they are computed, which is when no lock is held. It happens in the moment
 * when the ephemeral key is drawn. And what the engine keeps of the secrets of those that it is done with: nothing.
 */
class OvertakenTest {

    /** Does something when the next key is drawn. */
    private static final class Overtaker extends SecureRandom {

        @Serial
        private static final long serialVersionUID = 1L;

        private final transient Kept bytes = new Kept(8);
        private transient @Nullable Runnable deed;

        @Override
        public void nextBytes(byte[] key) {
            Runnable due = deed;
            if (key.length == 32 && due != null) {
                deed = null;
                due.run();
            }
            bytes.nextBytes(key);
        }
    }

    private final World world = new World(21);
    private final Overtaker random = new Overtaker();
    private final List<byte[]> keysOfCiphers = new ArrayList<>();
    private int keysKept;
    private Runnable beforeAgreeing = () -> {};
    private Host a;
    private Host b;

    private AgreementKey watched(byte[] privateKey) {
        AgreementKey key = WgCipher.jca().agreement().key(privateKey);
        keysKept++;
        return new AgreementKey() {
            private boolean wiped;

            @Override
            public byte[] publicKey() {
                return key.publicKey();
            }

            @Override
            public byte @Nullable [] agree(byte[] publicKey) {
                Runnable due = beforeAgreeing;
                beforeAgreeing = () -> {};
                due.run();
                return key.agree(publicKey);
            }

            @Override
            public void wipe() {
                keysKept -= wiped ? 0 : 1;
                wiped = true;
                key.wipe();
            }
        };
    }

    @BeforeEach
    void join() {
        WgCipher jca = WgCipher.jca();
        WgCipher keeping = new WgCipher(
                "keeps what it is given",
                key -> {
                    keysOfCiphers.add(key);
                    return jca.transport().key(key);
                },
                this::watched);
        a = world.host("192.0.2.1", world.config(random).cipher(keeping));
        b = world.host("192.0.2.2");
        World.join(a, b);
        a.connected = false;
        b.connected = false;
    }

    private void assertNothingCameOfIt() {
        assertEquals(0, a.sent.size());
        assertEquals(0, a.engine.indexCount());
        assertEquals(0, a.peer.stats().sentBytes());
        assertFalse(a.peer.hasSession(world.now));
        assertTrue(isZero(random.bytes.last()), "the ephemeral key");
        assertTrue(keysKept <= 1, "keysKept=" + keysKept);
    }

    @Test
    void shouldNotInitiateWithAPeerThatIsRemovedMeanwhile() {
        random.deed = () -> a.identity.removePeer(a.peer);
        a.engine.initiate(a.peer, world.now, a);
        assertNothingCameOfIt();
    }

    @Test
    void shouldNotInitiateUnderAKeyThatIsReplacedMeanwhile() {
        WgPrivateKey other = WgPrivateKey.generate(new FixedRandom(31));
        random.deed = () -> a.identity.setPrivateKey(other);
        a.engine.initiate(a.peer, world.now, a);
        assertNothingCameOfIt();
    }

    @Test
    void shouldNotSendAnInitiationThatAnotherOvertook() {
        random.deed = () -> {
            a.peer.timers.forgetLastHandshake();
            a.engine.initiate(a.peer, world.now, a);
        };
        a.engine.initiate(a.peer, world.now, a);
        assertEquals(1, a.count(1));
        assertEquals(1, a.engine.indexCount());
        b.receive(a.last(1), a.endpoint);
        a.receive(b.last(2), b.endpoint);
        assertTrue(a.peer.hasSession(world.now));
    }

    @Test
    void shouldNotRespondToAPeerThatIsRemovedMeanwhile() {
        b.engine.initiate(b.peer, world.now, b);
        random.deed = () -> a.identity.removePeer(a.peer);
        a.receive(b.last(1), b.endpoint);
        assertNothingCameOfIt();
        assertEquals(1, a.engine.drops(WgDrop.SUPERSEDED));
    }

    @Test
    void shouldNotRespondUnderAKeyThatIsReplacedMeanwhile() {
        WgPrivateKey other = WgPrivateKey.generate(new FixedRandom(31));
        b.engine.initiate(b.peer, world.now, b);
        random.deed = () -> a.identity.setPrivateKey(other);
        a.receive(b.last(1), b.endpoint);
        assertNothingCameOfIt();
        assertEquals(1, a.engine.drops(WgDrop.SUPERSEDED));
    }

    /** The initiation that he knocked with cannot be answered then. */
    @Test
    void shouldNotKeepAStrangerForGoodWhoIsLetInWhileTheKeyIsReplaced() {
        WgPrivateKey other = WgPrivateKey.generate(new FixedRandom(31));
        a.identity.removePeer(a.peer);
        a.identity.askAboutUnknown(true);
        b.engine.initiate(b.peer, world.now, b);
        a.receive(b.last(1), b.endpoint);
        beforeAgreeing = () -> a.identity.setPrivateKey(other);
        a.peer = Objects.requireNonNull(a.engine.accept(a.strangers.get(0), World.options(b), world.now, a));
        assertEquals(other.publicKey(), a.identity.publicKey());
        assertEquals(0, a.sent.size());
        assertFalse(a.peer.everInitiated);
        assertEquals(Tai64n.ZERO, a.peer.receivedStamp);
        world.run(Duration.ofMinutes(10));
        assertTrue(a.peer.isRemoved());
    }

    @Test
    void shouldNotAskAboutAStrangerWhoKnockedUnderAKeyThatIsReplacedMeanwhile() {
        WgPrivateKey other = WgPrivateKey.generate(new FixedRandom(31));
        a.identity.removePeer(a.peer);
        a.identity.askAboutUnknown(true);
        b.engine.initiate(b.peer, world.now, b);
        WgPublicKey claimed = b.identity.publicKey();
        LocalKeys old = a.identity.keys();
        UnknownPeers waiting = new UnknownPeers();
        ReceivedInitiation received = Objects.requireNonNull(ReceivedInitiation.read(old, b.last(1)));
        UnknownPeer.Knock knock = new UnknownPeer.Knock(old, received, Tai64n.ZERO, b.endpoint, world.now);
        a.identity.setPrivateKey(other);
        Core core = new Core(world.config());
        assertNull(waiting.add(a.identity, claimed, knock, core));
        assertEquals(1, core.drops(WgDrop.SUPERSEDED));
    }

    /** Clamped as X25519 does it, a key of zeros is 2^254: who knows that needs no private key. */
    @Test
    void shouldNotBelieveWhatIsJudgedByAWipedKey() {
        WgPublicKey claimed = b.identity.publicKey();
        byte[] zeros = new byte[32];
        LocalKeys forger = new LocalKeys(zeros, privateKey -> {
            byte[] own = isZero(privateKey) ? claimed.toBytes() : Curve25519.publicKey(privateKey);
            return new AgreementKey() {
                @Override
                public byte[] publicKey() {
                    return own;
                }

                @Override
                public byte @Nullable [] agree(byte[] theirs) {
                    return Curve25519.agree(zeros, own);
                }

                @Override
                public void wipe() {}
            };
        });
        byte[] forged = new byte[148];
        assertNotNull(SentInitiation.create(
                forger,
                new RemoteKeys(a.identity.publicKey().toBytes()),
                7,
                Tai64n.of(Instant.parse("2100-01-01T00:00:00Z")),
                new FixedRandom(32),
                forged));
        beforeAgreeing = () -> a.identity.setPrivateKey(WgPrivateKey.generate(new FixedRandom(31)));
        a.receive(Crafted.withMac1(Stranger.keys(a), forged), b.endpoint);
        assertEquals(0, a.sent.size());
        assertEquals(Tai64n.ZERO, a.peer.receivedStamp, "or no initiation of the peer is new for 74 years");
    }

    @Test
    void shouldRespondToTheLaterOfTwoInitiationsOnly() {
        b.engine.initiate(b.peer, world.now, b);
        byte[] first = b.last(1);
        world.run(Duration.ofSeconds(6));
        byte[] second = b.last(1);
        random.deed = () -> {
            world.now += 20_000_000L;
            a.receive(second, b.endpoint);
        };
        a.receive(first, b.endpoint);
        assertEquals(1, a.count(2));
        assertEquals(1, a.engine.indexCount());
        assertEquals(1, a.engine.drops(WgDrop.SUPERSEDED));
        b.receive(a.last(2), a.endpoint);
        a.receive(b.last(4), b.endpoint);
        assertTrue(a.peer.hasSession(world.now));
    }

    @Test
    void shouldKeepNoSecretOfAHandshake() {
        a.engine.initiate(a.peer, world.now, a);
        byte[] initiators = random.bytes.last();
        assertTrue(isZero(initiators), "the key has a copy");
        assertEquals(2, keysKept, "that of the identity, and this one, as the response may come");
        b.receive(a.last(1), a.endpoint);
        a.receive(b.last(2), b.endpoint);
        assertEquals(1, keysKept);
        assertEquals(2, keysOfCiphers.size());

        world.now += 6_000_000_000L;
        b.peer.timers.forgetLastHandshake();
        b.engine.initiate(b.peer, world.now, b);
        a.receive(b.last(1), b.endpoint);
        assertTrue(isZero(random.bytes.last()));
        assertEquals(1, keysKept);
        assertEquals(4, keysOfCiphers.size());
        for (byte[] key : keysOfCiphers) {
            assertTrue(isZero(key), "a cipher has a copy");
        }
    }

    /** A response is made, and read, with the key that was there when the message came. */
    @Test
    void shouldKeepNoPresharedKeyThatIsReplaced() {
        PresharedKey first = PresharedKey.generate(new FixedRandom(33));
        PresharedKey next = PresharedKey.generate(new FixedRandom(34));
        a.peer.setPresharedKey(first);
        b.peer.setPresharedKey(first);
        byte[] kept = a.peer.presharedKeyBytes();
        assertFalse(isZero(kept));
        b.engine.initiate(b.peer, world.now, b);
        random.deed = () -> a.peer.setPresharedKey(next);
        a.receive(b.last(1), b.endpoint);
        assertTrue(isZero(kept));
        b.receive(a.last(2), a.endpoint);
        assertTrue(b.peer.hasSession(world.now));

        kept = a.peer.presharedKeyBytes();
        a.identity.removePeer(a.peer);
        assertTrue(isZero(kept));
        a.peer.setPresharedKey(first);
        assertFalse(a.peer.hasPresharedKey());
        assertFalse(isZero(first.toBytes()), "the caller's own");
    }

    private static boolean isZero(byte[] array) {
        for (byte one : array) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }
}
