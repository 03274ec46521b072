// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Byte arrays as WireGuard sees them: little-endian, and often secret. */
public final class Bytes {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    /**
     * Reads a little-endian number.
     *
     * @param from the array
     * @param offset where it is
     * @return the number
     */
    public static int getInt(byte[] from, int offset) {
        return (int) INT.get(from, offset);
    }

    /**
     * Writes a little-endian number.
     *
     * @param to the array
     * @param offset where to
     * @param value the number
     */
    public static void putInt(byte[] to, int offset, int value) {
        INT.set(to, offset, value);
    }

    /**
     * Reads a little-endian number.
     *
     * @param from the array
     * @param offset where it is
     * @return the number
     */
    public static long getLong(byte[] from, int offset) {
        return (long) LONG.get(from, offset);
    }

    /**
     * Writes a little-endian number.
     *
     * @param to the array
     * @param offset where to
     * @param value the number
     */
    public static void putLong(byte[] to, int offset, long value) {
        LONG.set(to, offset, value);
    }

    /**
     * Compares a secret with what came, in a time that does not tell where they differ.
     *
     * @param secret what it must be, all of it
     * @param from the array to compare with
     * @param offset where it begins there; there must be as many bytes
     * @return whether they are the same
     */
    public static boolean same(byte[] secret, byte[] from, int offset) {
        int difference = 0;
        for (int i = 0; i < secret.length; i++) {
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
