// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IfreqTest {

    @Test
    void shouldBeAsLongAsTheKernelsStructure() {
        // sizeof(struct ifreq) with 8-byte pointers: 16 for the name, 24 for struct ifmap, the longest of the union
        assertEquals(40, new Ifreq("pk0").memory().capacity());
    }

    @Test
    void shouldPutNameAndFlagsWhereTheKernelReadsThem() {
        Ifreq ifreq = new Ifreq("pk0").flags(0x1002);

        byte[] name = new byte[4];
        ifreq.memory().get(0, name);
        assertEquals("pk0\0", new String(name, java.nio.charset.StandardCharsets.US_ASCII));
        assertEquals(0x1002, ifreq.memory().getShort(16));
        assertEquals("pk0", ifreq.name());
        assertEquals(0x1002, ifreq.flags());
    }

    @Test
    void shouldKeepHighFlagsUnsigned() {
        assertEquals(0x9002, new Ifreq("").flags(0x9002).flags());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "tun0", "fifteen-bytes-x", "\u00e9th0"})
    void shouldTakeNamesOfOneToFifteenBytes(String name) {
        assertDoesNotThrow(() -> Ifreq.checkName(name));
        assertEquals(name, new Ifreq(name).name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sixteen-bytes-xy",
                "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
                "a\0b",
                "a/b",
                "a:b",
                "a b",
                "a\tb",
                ".",
                "..",
                "tap%d"
            })
    void shouldRefuseOtherNames(String name) {
        assertThrows(IllegalArgumentException.class, () -> Ifreq.checkName(name));
    }

    @Test
    void shouldQuoteARefusedNameWithoutItsControlCharacters() {
        String message = assertThrows(IllegalArgumentException.class, () -> Ifreq.checkName("a\0\u001b[31m"))
                .toString();

        assertTrue(message.contains("name=a??[31m"), message);
    }
}
