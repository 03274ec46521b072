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
        State s = new State(key0, key1);
        s.word(a);
        return s.finish(1);
    }

    /**
     * Hashes two words.
     *
     * @param a first word
     * @param b second word
     * @return 64 bits, all of them equally good for a table index
     */
    public long of(long a, long b) {
        State s = new State(key0, key1);
        s.word(a);
        s.word(b);
        return s.finish(2);
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
        State s = new State(key0, key1);
        s.word(a);
        s.word(b);
        s.word(c);
        return s.finish(3);
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
        State s = new State(key0, key1);
        s.word(a);
        s.word(b);
        s.word(c);
        s.word(d);
        s.word(e);
        return s.finish(5);
    }

    /** Never escapes the methods above, so the compiler keeps its fields in registers. */
    private static final class State {
        private long v0;
        private long v1;
        private long v2;
        private long v3;

        State(long key0, long key1) {
            v0 = key0 ^ 0x736f6d6570736575L;
            v1 = key1 ^ 0x646f72616e646f6dL;
            v2 = key0 ^ 0x6c7967656e657261L;
            v3 = key1 ^ 0x7465646279746573L;
        }

        void word(long m) {
            v3 ^= m;
            round();
            v0 ^= m;
        }

        long finish(int words) {
            word((words * 8L) << 56); // the last block carries the length in bytes, modulo 256
            v2 ^= 0xff;
            round();
            round();
            round();
            return v0 ^ v1 ^ v2 ^ v3;
        }

        private void round() {
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
        }
    }
}
