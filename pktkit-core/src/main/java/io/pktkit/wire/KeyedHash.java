// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.security.SecureRandom;

/**
 * A keyed hash for tables whose keys an attacker chooses: addresses, ports, identifiers.
 *
 * <p>It is SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF") over 64-bit words. Without the secret
 * nobody can aim keys at one bucket. A cheaper unkeyed mixer was rejected, since its collisions can be computed. It is
 * not a message authentication code: 1-3 rounds are chosen for speed, and nothing here may serve as proof of origin.
 *
 * <p>Instances are immutable and safe for any thread.
 */
public final class KeyedHash {

    private static final KeyedHash SHARED = new KeyedHash();

    private final long key0;
    private final long key1;

    /** A hash with a secret of its own, drawn at random. */
    public KeyedHash() {
        SecureRandom random = new SecureRandom();
        this.key0 = random.nextLong();
        this.key1 = random.nextLong();
    }

    KeyedHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** {@return the hash whose secret is drawn once per process} */
    public static KeyedHash shared() {
        return SHARED;
    }

    /**
     * Hashes three words under the secret of the process.
     *
     * @param a first word
     * @param b second word
     * @param c third word
     * @return 64 bits, all of them equally good for a table index
     */
    public static long hash(long a, long b, long c) {
        return SHARED.of(a, b, c);
    }

    /**
     * Hashes one word.
     *
     * @param a the word
     * @return 64 bits, all of them equally good for a table index
     */
    public long of(long a) {
        return hash(1, a, 0, 0, 0, 0);
    }

    /**
     * Hashes two words.
     *
     * @param a first word
     * @param b second word
     * @return 64 bits, all of them equally good for a table index
     */
    public long of(long a, long b) {
        return hash(2, a, b, 0, 0, 0);
    }

    /**
     * Hashes three words.
     *
     * @param a first word
     * @param b second word
     * @param c third word
     * @return 64 bits, all of them equally good for a table index
     */
    public long of(long a, long b, long c) {
        return hash(3, a, b, c, 0, 0);
    }

    /**
     * Hashes five words: two addresses of two words each, and a word for ports and protocol.
     *
     * @param a first word
     * @param b second word
     * @param c third word
     * @param d fourth word
     * @param e fifth word
     * @return 64 bits, all of them equally good for a table index
     */
    public long of(long a, long b, long c, long d, long e) {
        return hash(5, a, b, c, d, e);
    }

    /**
     * One compression round for each word and for the last block, which carries the length in bytes, and three rounds to
     * finish. In one loop over locals, so that nothing is allocated even before the compiler has seen it.
     */
    private long hash(int words, long a, long b, long c, long d, long e) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L;
        for (int i = 0; i < words + 4; i++) {
            long m = 0;
            if (i < words) {
                m = i == 0 ? a : i == 1 ? b : i == 2 ? c : i == 3 ? d : e;
            } else if (i == words) {
                m = (words * 8L) << 56;
            } else if (i == words + 1) {
                v2 ^= 0xff;
            }
            v3 ^= m;
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
            v0 ^= m;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }
}
