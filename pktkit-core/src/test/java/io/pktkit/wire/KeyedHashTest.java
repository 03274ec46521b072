// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KeyedHashTest {

    /** From CPython 3.11, whose hash of bytes is SipHash-1-3; PYTHONHASHSEED=0 sets the key to zeros. */
    @Test
    void shouldHashAsCpythonDoes() {
        KeyedHash hash = new KeyedHash(0, 0);

        assertEquals(0x1e9f734161d62dd9L, hash.of(1));
        assertEquals(0xfb058313e6201d48L, hash.of(1, 2));
        assertEquals(0x8acb65135d8f2da1L, hash.of(1, 2, 3));
        assertEquals(0x0ac1337336f43ed3L, hash.of(1, 2, 3, 4, 5));
        assertEquals(0x7283304c2cf224a4L, hash.of(-1, 0, 0x0123456789abcdefL));
    }

    @Test
    void shouldDependOnBothHalvesOfTheKey() {
        long zeros = new KeyedHash(0, 0).of(1, 2, 3);

        assertNotEquals(zeros, new KeyedHash(1, 0).of(1, 2, 3));
        assertNotEquals(zeros, new KeyedHash(0, 1).of(1, 2, 3));
        assertNotEquals(new KeyedHash().of(1, 2, 3), new KeyedHash().of(1, 2, 3));
        assertEquals(KeyedHash.hash(1, 2, 3), KeyedHash.shared().of(1, 2, 3));
    }

    @Test
    void shouldSpreadConsecutiveKeysOverAllBits() {
        KeyedHash hash = new KeyedHash(3, 4);
        int[] set = new int[64];
        int keys = 4096;
        for (int key = 0; key < keys; key++) {
            long h = hash.of(key, 0, 0);
            for (int bit = 0; bit < 64; bit++) {
                set[bit] += (int) (h >>> bit & 1);
            }
        }

        for (int bit = 0; bit < 64; bit++) {
            assertTrue(Math.abs(set[bit] - keys / 2) < keys / 10, "bit=" + bit + " set=" + set[bit]);
        }
    }
}
