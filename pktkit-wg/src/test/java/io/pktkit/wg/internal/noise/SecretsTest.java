// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.internal.crypto.AgreementKey;
import io.pktkit.wg.internal.crypto.BouncyAgreement;
import io.pktkit.wg.internal.crypto.Curve25519;
import io.pktkit.wg.internal.crypto.JcaTransportCipher;
import io.pktkit.wg.internal.crypto.KeyAgreement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a handshake leaves behind, and what a key of small order makes of it: nothing. */
class SecretsTest {

    private static final byte[] ZEROS = new byte[32];
    private static final Tai64n STAMP = new Tai64n(5, 0);
    private static final byte[] INPUT = {1, 2, 3};

    private final Kept random = new Kept(3);
    private final Watched agreement = new Watched();
    private final LocalKeys initiator = new LocalKeys(Curve25519.generate(random), agreement);
    private final LocalKeys responder = new LocalKeys(Curve25519.generate(random), agreement);
    private final RemoteKeys remote = new RemoteKeys(responder.publicKey());
    private final byte[] message = new byte[Message.INITIATION_LENGTH];
    private final byte[] response = new byte[Message.RESPONSE_LENGTH];
    private SentInitiation sent;
    private byte[] ephemeral;

    @BeforeEach
    void initiate() {
        sent = Objects.requireNonNull(SentInitiation.create(initiator, remote, 7, STAMP, random, message));
        ephemeral = random.last();
    }

    /** Counts the keys that were made and not wiped yet. */
    private static final class Watched implements KeyAgreement {

        private final KeyAgreement inner = new BouncyAgreement();
        private int kept;

        @Override
        public AgreementKey key(byte[] privateKey) {
            AgreementKey key = inner.key(privateKey);
            kept++;
            return new AgreementKey() {
                private boolean wiped;

                @Override
                public byte[] publicKey() {
                    return key.publicKey();
                }

                @Override
                public byte @Nullable [] agree(byte[] publicKey) {
                    return wiped ? null : key.agree(publicKey);
                }

                @Override
                public void wipe() {
                    kept -= wiped ? 0 : 1;
                    wiped = true;
                }
            };
        }
    }

    private ReceivedInitiation receive() {
        ReceivedInitiation received = Objects.requireNonNull(ReceivedInitiation.read(responder, message));
        assertArrayEquals(initiator.publicKey(), received.theirStatic());
        byte[] secret = Objects.requireNonNull(responder.agree(initiator.publicKey()));
        assertEquals(STAMP, received.authenticate(secret));
        return received;
    }

    private SessionKeys respond(ReceivedInitiation received) {
        return Objects.requireNonNull(received.respond(ZEROS, 9, random, response));
    }

    @Test
    void shouldEndWithTheSameKeysAtBothEnds() {
        SessionKeys theirs = respond(receive());
        SessionKeys ours = Objects.requireNonNull(sent.consume(response, ZEROS));
        assertArrayEquals(bytes(ours, true), bytes(theirs, false));
        assertArrayEquals(bytes(ours, false), bytes(theirs, true));
        assertEquals(9, ours.remoteIndex());
        assertEquals(7, theirs.remoteIndex());
        assertEquals(7, sent.index());
        assertSame(initiator, sent.local());
    }

    @Test
    void shouldWipeTheKeysOfASession() {
        SessionKeys keys = respond(receive());
        keys.wipe();
        assertArrayEquals(ZEROS, bytes(keys, true));
        assertArrayEquals(ZEROS, bytes(keys, false));
    }

    @Test
    void shouldWipeAnAttempt() throws ReflectiveOperationException {
        respond(receive());
        Object transcript = Kept.fieldOf(sent, "transcript");
        sent.wipe();
        assertArrayEquals(ZEROS, ephemeral);
        assertEquals(2, agreement.kept, "those of the identities alone");
        assertAllZeros(transcript);
        assertNull(sent.consume(response, ZEROS), "what is being tried fails");
    }

    @Test
    void shouldLeaveNothingOfAResponseThatWasMade() throws ReflectiveOperationException {
        ReceivedInitiation received = receive();
        respond(received);
        assertArrayEquals(ZEROS, random.last());
        assertEquals(3, agreement.kept, "those of the identities, and the initiator's");
        assertAllZeros(Kept.fieldOf(received, "transcript"));
    }

    @Test
    void shouldWipeAnIdentity() {
        assertFalse(isZero(initiator.privateKey()));
        assertFalse(initiator.isWiped());
        initiator.wipe();
        assertTrue(initiator.isWiped());
        assertArrayEquals(ZEROS, initiator.privateKey());
        assertNull(initiator.agree(responder.publicKey()));
    }

    @Test
    void shouldKeepTheSecretOfTwoKeysUntilOneChanges() {
        byte[] secret = Objects.requireNonNull(remote.staticSecret(initiator));
        byte[] copy = secret.clone();
        assertSame(secret, remote.staticSecret(initiator));
        LocalKeys other = new LocalKeys(Curve25519.generate(random), new BouncyAgreement());
        assertArrayEquals(other.agree(responder.publicKey()), remote.staticSecret(other));
        byte[] last = Objects.requireNonNull(remote.staticSecret(initiator));
        remote.wipe();
        assertArrayEquals(ZEROS, last);
        assertArrayEquals(copy, remote.staticSecret(initiator));
    }

    @Test
    void shouldHaveNoSecretWithAKeyOfSmallOrder() {
        RemoteKeys nobody = new RemoteKeys(ZEROS);
        assertNull(nobody.staticSecret(initiator));
        nobody.wipe();
        int before = agreement.kept;
        assertNull(SentInitiation.create(initiator, nobody, 7, STAMP, random, new byte[Message.INITIATION_LENGTH]));
        assertEquals(before, agreement.kept);
    }

    @Test
    void shouldRefuseEphemeralKeysOfSmallOrder() {
        respond(receive());
        System.arraycopy(ZEROS, 0, message, Message.INITIATION_EPHEMERAL, 32);
        assertNull(ReceivedInitiation.read(responder, message));
        byte[] genuine = response.clone();
        System.arraycopy(ZEROS, 0, response, Message.RESPONSE_EPHEMERAL, 32);
        assertNull(sent.consume(response, ZEROS));
        assertNotNull(sent.consume(genuine, ZEROS));
    }

    @Test
    void shouldNotReadAnInitiationWithAStaticKeyThatIsNotGenuine() {
        message[Message.INITIATION_STATIC] ^= 1;
        assertNull(ReceivedInitiation.read(responder, message));
    }

    @Test
    void shouldWipeKeysOfATranscriptOnceTheyWereUsed() throws ReflectiveOperationException {
        Transcript one = responder.responder().begin();
        Transcript other = one.copy();
        byte[] before = Kept.arraysOf(one).get(0);
        byte[] key = one.mixKeyAndDerive(INPUT);
        assertArrayEquals(ZEROS, before, "the chaining key that was replaced");
        byte[] data = new byte[12 + 16];
        byte[] same = key.clone();
        byte[] wrong = key.clone();
        one.seal(key, data, 0, 12);
        assertArrayEquals(ZEROS, key);
        other.mixKey(INPUT);
        data[0] ^= 1;
        assertFalse(other.open(wrong, data, 0, new byte[12]));
        assertArrayEquals(ZEROS, wrong);
        data[0] ^= 1;
        byte[] plaintext = new byte[12];
        assertTrue(other.open(same, data, 0, plaintext), "what was not genuine is not mixed in");
        assertArrayEquals(new byte[12], plaintext);
        assertArrayEquals(ZEROS, same);
    }

    private static void assertAllZeros(Object owner) throws ReflectiveOperationException {
        List<byte[]> arrays = Kept.arraysOf(owner);
        assertFalse(arrays.isEmpty());
        for (byte[] array : arrays) {
            assertTrue(isZero(array));
        }
    }

    private static boolean isZero(byte[] array) {
        for (byte one : array) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    /** The key as a cipher is given it. */
    private static byte[] bytes(SessionKeys keys, boolean send) {
        List<byte[]> given = new ArrayList<>();
        JcaTransportCipher cipher = new JcaTransportCipher();
        if (send) {
            keys.send(key -> {
                given.add(key.clone());
                return cipher.key(key);
            });
        } else {
            keys.receive(key -> {
                given.add(key.clone());
                return cipher.key(key);
            });
        }
        return given.get(0);
    }
}
