// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Byte arrays as WireGuard sees them: little-endian. */
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
     * Writes a little-endian number.
     *
     * @param to the array
     * @param offset where to
     * @param value the number
     */
    public static void putLong(byte[] to, int offset, long value) {
        LONG.set(to, offset, value);
    }
}
