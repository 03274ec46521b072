// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.darwin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Byte for byte what a C compiler makes of {@code sys/kern_control.h}, on the little-endian processors of all Macs. */
class ControlStructuresTest {

    private static String hex(ByteBuffer memory) {
        byte[] bytes = new byte[memory.capacity()];
        memory.get(0, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void shouldAskForTheNumberOfAControl() {
        String name = HexFormat.of().formatHex("com.apple.net.utun_control".getBytes(StandardCharsets.US_ASCII));

        ByteBuffer info = ControlStructures.info("com.apple.net.utun_control");

        assertEquals("00000000" + name + "00".repeat(96 - 26), hex(info));
        assertEquals(100, info.capacity());
        info.order(ByteOrder.nativeOrder()).putInt(0, 0x01020304);
        assertEquals(0x01020304, ControlStructures.id(info));
    }

    /** {@code _IOWR(g, n, t)} of {@code sys/ioccom.h}: both directions, the structure's length, the group, the number. */
    @Test
    void shouldAskByTheRequestForItsStructure() {
        int both = 0xc0000000;
        int length = ControlStructures.info("").capacity();

        assertEquals(both | length << 16 | 'N' << 8 | 3, ControlStructures.CTLIOCGINFO);
    }

    @Test
    void shouldAddressAUnit() {
        assertEquals(ByteOrder.LITTLE_ENDIAN, ByteOrder.nativeOrder(), "what follows is written for it");
        assertEquals(
                "20" + "20" + "0200" + "04030201" + "08000000" + "00".repeat(20),
                hex(ControlStructures.address(0x01020304, 8)));
        assertEquals("20" + "20" + "0200" + "05000000" + "00".repeat(24), hex(ControlStructures.address(5, 0)));
        assertEquals(8, ControlStructures.unit(ControlStructures.address(1, 8)));
    }

    @Test
    void shouldRefuseANameThatWouldBeCut() {
        assertThrows(IllegalArgumentException.class, () -> ControlStructures.info("x".repeat(96)));
        assertEquals("00".repeat(4) + "78".repeat(95) + "00", hex(ControlStructures.info("x".repeat(95))));
    }
}
