// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Memory for C structures: direct, zeroed, in the byte order of the machine. */
final class Structs {

    private Structs() {}

    static ByteBuffer allocate(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    /** The text of a NUL-terminated field, or all of the field when it has no NUL. */
    static String cString(ByteBuffer memory, int offset, int fieldLength) {
        int length = 0;
        while (length < fieldLength && memory.get(offset + length) != 0) {
            length++;
        }
        byte[] text = new byte[length];
        memory.get(offset, text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
