// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.util.Arrays;

/** Byte arrays that nobody else must know. */
public final class Secrets {

    private Secrets() {}

    /**
     * Compares a secret with what came, in a time that does not tell where they differ.
     *
     * @param secret what it must be, all of it
     * @param from the array to compare with
     * @param offset where it begins there; there must be as many bytes
     * @return whether they are the same
     */
    public static boolean same(byte[] secret, byte[] from, int offset) {
        return same(secret, from, offset, secret.length);
    }

    /**
     * Compares the beginning of a secret with what came, in a time that does not tell where they differ.
     *
     * @param secret begins with what it must be
     * @param from the array to compare with
     * @param offset where it begins there
     * @param length how many bytes, which both must have
     * @return whether they are the same
     */
    public static boolean same(byte[] secret, byte[] from, int offset, int length) {
        int difference = 0;
        for (int i = 0; i < length; i++) {
            difference |= secret[i] ^ from[offset + i];
        }
        return difference == 0;
    }

    /**
     * Overwrites secrets with zeros.
     *
     * @param secrets what to wipe
     */
    public static void wipe(byte[]... secrets) {
        for (byte[] secret : secrets) {
            Arrays.fill(secret, (byte) 0);
        }
    }
}
