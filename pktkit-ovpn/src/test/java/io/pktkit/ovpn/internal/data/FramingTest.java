// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FramingTest {

    /** What is behind the end of a packet is of another one. */
    @Test
    void shouldReadNoFurtherThanThePacket() {
        byte[] stub = {(byte) 0xfa};
        assertEquals(1, Framing.STUB.read(stub, 0, 1));
        assertEquals(-1, Framing.STUB.read(stub, 0, 0));
        byte[] escaped = {0x50, 0};
        assertEquals(2, Framing.STUB_V2.read(escaped, 0, 2));
        assertEquals(-1, Framing.STUB_V2.read(escaped, 0, 1));
        assertEquals(0, Framing.STUB_V2.read(escaped, 0, 0));
        assertEquals(0, Framing.NONE.read(escaped, 0, 0));
    }

    @Test
    void shouldEscapeWhatLooksLikeItself() {
        byte[] to = new byte[3];
        assertEquals(2, Framing.STUB_V2.write(to, 1, (byte) 0x50));
        assertEquals(2, Framing.STUB_V2.read(to, 1, 2));
        assertEquals(0, Framing.STUB_V2.write(to, 0, (byte) 0x45));
        assertEquals(1, Framing.STUB.write(to, 0, (byte) 0x50));
        assertEquals(1, Framing.STUB.read(to, 0, 3));
    }
}
