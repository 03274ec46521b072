// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.Curve25519;
import java.security.MessageDigest;
import java.security.SecureRandom;

/**
 * The private key of an identity: 32 bytes, clamped as RFC 7748 section 5 says. It is shown by nothing but
 * {@link #toBase64}, {@link #toHex} and {@link #toBytes}. Whoever made it wipes it when it is not needed any more; what it
 * was given to has a copy. Immutable until then, any thread.
 */
public final class WgPrivateKey {

    private static final String THING = "WireGuard private key";

    private final byte[] key;
    private volatile boolean wiped;

    private WgPrivateKey(byte[] key) {
        Curve25519.clamp(key);
        this.key = key;
    }

    /**
     * Makes a new key.
     *
     * @param random where it comes from
     * @return the key
     */
    public static WgPrivateKey generate(SecureRandom random) {
        return new WgPrivateKey(Curve25519.generate(random));
    }

    /**
     * Makes a key of its bytes.
     *
     * @param bytes 32 bytes, copied, and clamped in the copy
     * @return the key
     */
    public static WgPrivateKey of(byte[] bytes) {
        return new WgPrivateKey(KeyText.fromBytes(THING, bytes));
    }

    /**
     * Reads the usual form.
     *
     * @param base64 44 characters of base64
     * @return the key, clamped
     * @throws WgKeyFormatException if the text is anything else
     */
    public static WgPrivateKey parse(String base64) {
        return new WgPrivateKey(KeyText.fromBase64(THING, base64));
    }

    /**
     * Reads the form of the cross-platform configuration protocol.
     *
     * @param hex 64 hexadecimal digits
     * @return the key, clamped
     * @throws WgKeyFormatException if the text is anything else
     */
    public static WgPrivateKey parseHex(String hex) {
        return new WgPrivateKey(KeyText.fromHex(THING, hex));
    }

    /** {@return the public key that belongs to it} */
    public WgPublicKey publicKey() {
        return WgPublicKey.of(Curve25519.publicKey(bytes()));
    }

    /** Overwrites the key, which cannot be used any more. */
    public void wipe() {
        wiped = true;
        Secrets.wipe(key);
    }

    /** {@return whether it was wiped} */
    public boolean isWiped() {
        return wiped;
    }

    /** {@return the 32 bytes, in a new array} */
    public byte[] toBytes() {
        return bytes().clone();
    }

    /** {@return the secret as 44 characters of base64} */
    public String toBase64() {
        return KeyText.toBase64(bytes());
    }

    /** {@return the secret as 64 hexadecimal digits} */
    public String toHex() {
        return KeyText.toHex(bytes());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WgPrivateKey that && MessageDigest.isEqual(key, that.key);
    }

    /** {@return a hash of nothing that is secret} */
    @Override
    public int hashCode() {
        return wiped ? 0 : publicKey().hashCode();
    }

    /** {@return a text without the key} */
    @Override
    public String toString() {
        return "WgPrivateKey[hidden]";
    }

    private byte[] bytes() {
        if (wiped) {
            throw new IllegalStateException("the private key is wiped: wiped=true");
        }
        return key;
    }
}
