// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.key;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The 2048 bits of tls-auth or tls-crypt: for each direction 512 bits for a cipher and 512 for an HMAC. What {@code openvpn
 * --genkey secret FILE} writes.
 */
public final class StaticKey {

    /** Its bytes. */
    public static final int LENGTH = 256;

    private static final String BEGIN = "-----BEGIN OpenVPN Static key V1-----";
    private static final String END = "-----END OpenVPN Static key V1-----";
    private static final String REMEDY = "; make one with: openvpn --genkey secret FILE";
    private static final int LINE = 16;
    private static final int HALF = 64;

    private final byte[] bytes;

    private StaticKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Makes a key of its bytes.
     *
     * @param bytes 256 of them, copied
     * @return the key
     */
    public static StaticKey of(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a static key has 256 bytes: length=" + bytes.length);
        }
        return new StaticKey(bytes.clone());
    }

    /**
     * Makes a new key.
     *
     * @param random where its bytes are from
     * @return the key
     */
    public static StaticKey generate(SecureRandom random) {
        byte[] fresh = new byte[LENGTH];
        random.nextBytes(fresh);
        return new StaticKey(fresh);
    }

    /**
     * Reads a key file.
     *
     * @param text the file; what is before and after the key is passed over
     * @return the key
     * @throws KeyFormatException if there is no whole key in it
     */
    public static StaticKey parse(String text) throws KeyFormatException {
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new KeyFormatException("there is no '" + BEGIN + "' with its END in the file" + REMEDY);
        }
        StringBuilder hex = new StringBuilder(2 * LENGTH);
        text.substring(begin + BEGIN.length(), end).lines().forEach(line -> hex.append(line.strip()));
        if (hex.length() != 2 * LENGTH) {
            throw new KeyFormatException("a static key has 512 hex digits, not " + hex.length() + REMEDY);
        }
        try {
            return new StaticKey(HexFormat.of().parseHex(hex));
        } catch (IllegalArgumentException e) {
            throw new KeyFormatException("a static key has hex digits alone" + REMEDY);
        }
    }

    /** {@return the key as a file} */
    public String toText() {
        StringBuilder text = new StringBuilder(700);
        text.append("#\n# 2048 bit OpenVPN static key\n#\n").append(BEGIN).append('\n');
        for (int at = 0; at < LENGTH; at += LINE) {
            text.append(HexFormat.of().formatHex(bytes, at, at + LINE)).append('\n');
        }
        return text.append(END).append('\n').toString();
    }

    /**
     * The cipher part of a direction.
     *
     * @param direction 0 or 1
     * @return 64 bytes, a copy
     */
    public byte[] cipher(int direction) {
        return part(2 * direction);
    }

    /**
     * The HMAC part of a direction.
     *
     * @param direction 0 or 1
     * @return 64 bytes, a copy
     */
    public byte[] hmac(int direction) {
        return part(2 * direction + 1);
    }

    /** {@return all 256 bytes, a copy} */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /**
     * Mixes a key into another one, as dynamic tls-crypt does.
     *
     * @param other 256 bytes
     * @return the key of the exclusive or of both
     */
    public StaticKey xor(byte[] other) {
        byte[] mixed = bytes.clone();
        for (int i = 0; i < LENGTH; i++) {
            mixed[i] ^= other[i];
        }
        return new StaticKey(mixed);
    }

    private byte[] part(int index) {
        return Arrays.copyOfRange(bytes, index * HALF, (index + 1) * HALF);
    }

    /** Compares in constant time. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StaticKey that && MessageDigest.isEqual(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "StaticKey[hidden]";
    }
}
