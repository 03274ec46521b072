// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class IpHeaderTest {

    /** The header of the worked example that is in most textbooks: its checksum is B861. */
    @Test
    void shouldWriteEveryByteOfAnIpv4Header() {
        ByteBuffer target = Packets.dirty(24);

        int length = IpHeader.write(
                target, 2, IpAddress.parse("192.168.0.1"), IpAddress.parse("192.168.0.199"), 17, 0x5F, 64, 0, 0, true);

        assertEquals(20, length);
        assertArrayEquals(
                Packets.bytes(Packets.hex("a5a5 4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7 a5a5")),
                Packets.bytes(target));
    }

    @Test
    void shouldWriteEveryByteOfAnIpv6Header() {
        ByteBuffer target = Packets.dirty(44);

        int length = IpHeader.write(target, 2, Packets.V6_A, Packets.V6_B, 6, 0x1234, 255, 99, 0xB9, true);

        assertEquals(40, length);
        assertArrayEquals(
                Packets.bytes(Packets.hex("a5a5 6b900000 1234 06 ff 20010db8000000000000000000000001"
                        + "20010db8000000000000000000000002 a5a5")),
                Packets.bytes(target));
    }
}
