// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wire.KeyedHash;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The public key of an identity or a peer: a point of Curve25519, 32 bytes. Immutable. */
public final class WgPublicKey {

    private static final String THING = "WireGuard public key";

    private final byte[] key;

    private WgPublicKey(byte[] key) {
        this.key = key;
    }

    /**
     * Makes a key of its bytes.
     *
     * @param bytes 32 bytes, copied
     * @return the key
     */
    public static WgPublicKey of(byte[] bytes) {
        return new WgPublicKey(KeyText.fromBytes(THING, bytes));
    }

    /**
     * Reads the usual form.
     *
     * @param base64 44 characters of base64
     * @return the key
     * @throws WgKeyFormatException if the text is anything else
     */
    public static WgPublicKey parse(String base64) {
        return new WgPublicKey(KeyText.fromBase64(THING, base64));
    }

    /**
     * Reads the form of the cross-platform configuration protocol.
     *
     * @param hex 64 hexadecimal digits
     * @return the key
     * @throws WgKeyFormatException if the text is anything else
     */
    public static WgPublicKey parseHex(String hex) {
        return new WgPublicKey(KeyText.fromHex(THING, hex));
    }

    /** {@return the 32 bytes, in a new array} */
    public byte[] toBytes() {
        return key.clone();
    }

    /** {@return 64 hexadecimal digits in lower case} */
    public String toHex() {
        return KeyText.toHex(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WgPublicKey that && Arrays.equals(key, that.key);
    }

    /** Keyed per process, since strangers choose keys. */
    @Override
    public int hashCode() {
        ByteBuffer words = ByteBuffer.wrap(key);
        return (int) KeyedHash.shared().of(words.getLong(0), words.getLong(8), words.getLong(16), words.getLong(24), 0);
    }

    /** {@return 44 characters of base64} */
    @Override
    public String toString() {
        return KeyText.toBase64(key);
    }
}
