// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The two implementations of X25519 beside each other. */
class KeyAgreementTest {

    private final KeyAgreement bouncy = new BouncyAgreement();

    private static KeyAgreement libcryptoOrSkip() {
        try {
            return new LibcryptoAgreement();
        } catch (IOException absent) {
            throw new TestAbortedException(absent.getMessage(), absent);
        }
    }

    @Test
    void shouldAgreeOnTheSame() {
        KeyAgreement libcrypto = libcryptoOrSkip();
        long seed = 25519;
        Random random = new Random(seed);
        byte[] ours = new byte[32];
        byte[] theirs = new byte[32];
        for (int round = 0; round < 300; round++) {
            String what = "seed=" + seed + " round=" + round;
            random.nextBytes(ours);
            random.nextBytes(theirs);
            if (round % 2 == 0) {
                Curve25519.clamp(ours);
            }
            AgreementKey one = bouncy.key(ours);
            AgreementKey other = libcrypto.key(ours);
            assertArrayEquals(one.publicKey(), other.publicKey(), what);
            assertArrayEquals(one.agree(theirs), other.agree(theirs), what);
            assertArrayEquals(one.agree(other.publicKey()), other.agree(one.publicKey()), what);
            one.wipe();
            other.wipe();
        }
    }

    @Test
    void shouldAgreeOnNothingWithAPointOfSmallOrder() {
        byte[] one = new byte[32];
        one[0] = 1;
        for (KeyAgreement agreement : new KeyAgreement[] {bouncy, libcryptoOrSkip()}) {
            AgreementKey key = agreement.key(one);
            assertNull(key.agree(new byte[32]));
            assertNull(key.agree(one));
            assertEquals("AgreementKey[hidden]", key.toString());
        }
    }

    @Test
    void shouldForgetAWipedKey() {
        byte[] bytes = new byte[32];
        new Random(3).nextBytes(bytes);
        AgreementKey zeros = bouncy.key(new byte[32]);
        AgreementKey key = bouncy.key(bytes);
        key.wipe();
        assertArrayEquals(zeros.agree(key.publicKey()), key.agree(key.publicKey()), "nothing of the key is left");
        AgreementKey gone = libcryptoOrSkip().key(bytes);
        gone.wipe();
        assertNull(gone.agree(gone.publicKey()));
    }
}
