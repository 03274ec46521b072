// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Byte arrays as OpenVPN sees them: big-endian. */
public final class Bytes {

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Bytes() {}

    /**
     * Reads 16 bits.
     *
     * @param from the array
     * @param offset where they are
     * @return 0 to 65535
     */
    public static int getShort(byte[] from, int offset) {
        return (short) SHORT.get(from, offset) & 0xffff;
    }

    /**
     * Writes 16 bits.
     *
     * @param to the array
     * @param offset where to
     * @param value the low 16 bits are written
     */
    public static void putShort(byte[] to, int offset, int value) {
        SHORT.set(to, offset, (short) value);
    }

    /**
     * Reads 32 bits.
     *
     * @param from the array
     * @param offset where they are
     * @return the number
     */
    public static int getInt(byte[] from, int offset) {
        return (int) INT.get(from, offset);
    }

    /**
     * Writes 32 bits.
     *
     * @param to the array
     * @param offset where to
     * @param value the number
     */
    public static void putInt(byte[] to, int offset, int value) {
        INT.set(to, offset, value);
    }

    /**
     * Reads 64 bits.
     *
     * @param from the array
     * @param offset where they are
     * @return the number
     */
    public static long getLong(byte[] from, int offset) {
        return (long) LONG.get(from, offset);
    }

    /**
     * Writes 64 bits.
     *
     * @param to the array
     * @param offset where to
     * @param value the number
     */
    public static void putLong(byte[] to, int offset, long value) {
        LONG.set(to, offset, value);
    }
}
