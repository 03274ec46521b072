// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.WipeableKey;
import io.pktkit.ovpn.key.DataCipher;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/** An AEAD cipher of the JDK, on arrays, with the tag behind. For one direction, under its monitor. */
final class AeadCipher {

    static final int TAG_LENGTH = 16;
    static final int NONCE_LENGTH = 12;

    private final DataCipher suite;
    private final boolean chaCha;
    private final Cipher cipher;

    AeadCipher(DataCipher suite) {
        this.suite = suite;
        this.chaCha = suite == DataCipher.CHACHA20_POLY1305;
        try {
            cipher = Cipher.getInstance(chaCha ? "ChaCha20-Poly1305" : "AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + suite.label() + "; use one that has SunJCE", e);
        }
    }

    /** A key of the first bytes of a secret. */
    WipeableKey key(byte[] secret) {
        return new WipeableKey(chaCha ? "ChaCha20" : "AES", secret, suite.keyLength());
    }

    /** Encrypts in place and writes the tag behind; the additional data are in the same array. */
    void seal(WipeableKey key, byte[] nonce, byte[] data, int aad, int aadLength, int begin, int length) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, parameters(nonce));
            cipher.updateAAD(data, aad, aadLength);
            cipher.doFinal(data, begin, length, data, begin);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK's cipher did not encrypt: length=" + length, e);
        }
    }

    /**
     * Decrypts from one array, in which the tag is behind, to another: in place the JDK 17 would make an array of its own for
     * each packet, and copy it back. Both begin at 0, or ChaCha20 would do likewise. False if the tag is wrong.
     */
    boolean open(WipeableKey key, byte[] nonce, byte[] aad, int aadLength, byte[] data, int length, byte[] to) {
        try {
            initDecrypt(key, nonce);
            cipher.updateAAD(aad, 0, aadLength);
            cipher.doFinal(data, 0, length, to, 0);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK's cipher did not decrypt: length=" + length, e);
        }
    }

    /**
     * The JDK 17 refuses to initialize ChaCha20 for decryption with the key and nonce of the time before, even when the
     * tag was wrong then: a forged packet with an id to come would make the genuine one fail. So on that refusal the cipher
     * is set to another nonce and asked again.
     */
    private void initDecrypt(WipeableKey key, byte[] nonce) throws GeneralSecurityException {
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, parameters(nonce));
        } catch (InvalidKeyException e) {
            byte[] other = nonce.clone();
            other[0] ^= 1;
            cipher.init(Cipher.DECRYPT_MODE, key, parameters(other));
            cipher.init(Cipher.DECRYPT_MODE, key, parameters(nonce));
        }
    }

    private AlgorithmParameterSpec parameters(byte[] iv) {
        return chaCha ? new IvParameterSpec(iv) : new GCMParameterSpec(8 * TAG_LENGTH, iv);
    }
}
