// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BytesTest {

    @Test
    void shouldBeBigEndianAndUnsigned() {
        byte[] bytes = new byte[16];
        Bytes.putShort(bytes, 1, 0x1_fffe);
        Bytes.putInt(bytes, 3, 0x01020304);
        Bytes.putLong(bytes, 7, 0x1112131415161718L);
        assertArrayEquals(new byte[] {0, -1, -2, 1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0}, bytes);
        assertEquals(0xfffe, Bytes.getShort(bytes, 1));
        assertEquals(0x01020304, Bytes.getInt(bytes, 3));
        assertEquals(0x1112131415161718L, Bytes.getLong(bytes, 7));
    }
}
