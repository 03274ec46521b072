// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.internal.WipeableKey;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;

/**
 * The JCA's ChaCha20-Poly1305 (RFC 8439) of one thread, one object for each direction. For this cipher a change of key
 * costs nothing, so one pair serves all sessions. Everything works in place on arrays.
 *
 * <p>The JDK 17 refuses to initialize for decryption with the key and nonce of the time before, even when the tag was
 * wrong then. Left alone, a forged packet with a counter to come would make the genuine one fail. So on that refusal the
 * cipher is set to another nonce and asked again.
 */
final class ThreadCiphers {

    static final int NONCE_LENGTH = 12;

    private static final String TRANSFORMATION = "ChaCha20-Poly1305";
    private static final ThreadLocal<ThreadCiphers> CURRENT = ThreadLocal.withInitial(ThreadCiphers::new);

    /** What direct buffers are copied to; grows to the largest datagram seen. */
    private byte[] scratch = new byte[2048];

    /** The first four bytes stay 0. */
    private final byte[] nonce = new byte[NONCE_LENGTH];

    private final Cipher encrypt;
    private final Cipher decrypt;

    private ThreadCiphers() {
        try {
            this.encrypt = Cipher.getInstance(TRANSFORMATION);
            this.decrypt = Cipher.getInstance(TRANSFORMATION);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + TRANSFORMATION + "; use one that has SunJCE", e);
        }
    }

    static ThreadCiphers current() {
        return CURRENT.get();
    }

    byte[] scratch(int length) {
        if (scratch.length < length) {
            scratch = new byte[Math.max(length, 2 * scratch.length)];
        }
        return scratch;
    }

    /** Sets the nonce of a message: 4 zero bytes and the counter, little-endian. */
    byte[] nonce(long counter) {
        Bytes.putLong(nonce, 4, counter);
        return nonce;
    }

    /** Encrypts in place and writes the tag behind; false if the key is wiped, and then nothing is changed. */
    boolean seal(WipeableKey key, byte[] with, byte[] aad, byte[] data, int offset, int length) {
        try {
            encrypt.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(with));
            if (key.isDestroyed()) {
                return false;
            }
            if (aad.length > 0) {
                encrypt.updateAAD(aad);
            }
            encrypt.doFinal(data, offset, length, data, offset);
            return true;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK's " + TRANSFORMATION + " did not encrypt: length=" + length, e);
        }
    }

    /** Decrypts in place; false if the tag is wrong or the key is wiped, and then nothing is changed. */
    boolean open(WipeableKey key, byte[] with, byte[] aad, byte[] data, int offset, int length) {
        try {
            initDecrypt(key, with);
            if (key.isDestroyed()) {
                return false;
            }
            if (aad.length > 0) {
                decrypt.updateAAD(aad);
            }
            decrypt.doFinal(data, offset, length, data, offset);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK's " + TRANSFORMATION + " did not decrypt: length=" + length, e);
        }
    }

    private void initDecrypt(SecretKey key, byte[] with) throws GeneralSecurityException {
        try {
            decrypt.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(with));
        } catch (InvalidKeyException e) {
            byte[] other = with.clone();
            other[0] ^= 1;
            decrypt.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(other));
            decrypt.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(with));
        }
    }
}
