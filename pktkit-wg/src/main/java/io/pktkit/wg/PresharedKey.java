// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.internal.Secrets;
import java.security.MessageDigest;
import java.security.SecureRandom;

/**
 * A symmetric key that two peers have in common beside their key pairs: 32 bytes. All zeros are the same as none. It is
 * shown by nothing but {@link #toBase64}, {@link #toHex} and {@link #toBytes}. Whoever made it wipes it when it is not
 * needed any more; what it was given to has a copy. Immutable until then, any thread.
 */
public final class PresharedKey {

    private static final String THING = "WireGuard preshared key";

    private final byte[] key;
    private volatile boolean wiped;

    private PresharedKey(byte[] key) {
        this.key = key;
    }

    /**
     * Makes a new key.
     *
     * @param random where it comes from
     * @return the key
     */
    public static PresharedKey generate(SecureRandom random) {
        byte[] key = new byte[KeyText.KEY_LENGTH];
        random.nextBytes(key);
        return new PresharedKey(key);
    }

    /**
     * Makes a key of its bytes.
     *
     * @param bytes 32 bytes, copied
     * @return the key
     */
    public static PresharedKey of(byte[] bytes) {
        return new PresharedKey(KeyText.fromBytes(THING, bytes));
    }

    /**
     * Reads the usual form.
     *
     * @param base64 44 characters of base64
     * @return the key
     * @throws WgKeyFormatException if the text is anything else
     */
    public static PresharedKey parse(String base64) {
        return new PresharedKey(KeyText.fromBase64(THING, base64));
    }

    /**
     * Reads the form of the cross-platform configuration protocol.
     *
     * @param hex 64 hexadecimal digits
     * @return the key
     * @throws WgKeyFormatException if the text is anything else
     */
    public static PresharedKey parseHex(String hex) {
        return new PresharedKey(KeyText.fromHex(THING, hex));
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

    /** {@return whether it is all zeros, which is the same as no key} */
    public boolean isZero() {
        return Secrets.same(new byte[KeyText.KEY_LENGTH], bytes(), 0);
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
        return other instanceof PresharedKey that && MessageDigest.isEqual(key, that.key);
    }

    /** {@return the same for every key, since a hash would tell of the secret} */
    @Override
    public int hashCode() {
        return PresharedKey.class.hashCode();
    }

    /** {@return a text without the key} */
    @Override
    public String toString() {
        return "PresharedKey[hidden]";
    }

    private byte[] bytes() {
        if (wiped) {
            throw new IllegalStateException("the preshared key is wiped: wiped=true");
        }
        return key;
    }
}
