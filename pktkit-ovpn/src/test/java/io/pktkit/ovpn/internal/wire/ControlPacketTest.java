// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.Vectors;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ControlPacketTest {

    private static final ControlPacket FULL = new ControlPacket(
            Opcode.CONTROL_V1, 3, 0x0102030405060708L, new int[] {0, 7}, 0x1112131415161718L, 9, new byte[] {42, 43});

    @Test
    void shouldReadTheFirstPacketOfAClient() {
        ControlPacket packet = parse(Vectors.PLAIN);
        assertEquals(ControlPacket.bare(Opcode.CONTROL_HARD_RESET_CLIENT_V2, 0, 0xcd271057eb7bd42dL), packet);
    }

    @Test
    void shouldWriteWhatItReads() {
        byte[] wire = wire(FULL);
        // Checked by hand: opcode 4 and key 3, session, 2 acks, remote session, id, payload.
        assertArrayEquals(
                Vectors.hex("23" + "0102030405060708" + "02" + "00000000" + "00000007" + "1112131415161718" + "00000009"
                        + "2a2b"),
                wire);
        assertEquals(FULL, parse(wire));
        ControlPacket ack = new ControlPacket(Opcode.ACK_V1, 0, 5, new int[] {1}, 6, 0, new byte[0]);
        assertEquals(9 + 1 + 4 + 8, wire(ack).length);
        assertEquals(ack, parse(wire(ack)));
        assertEquals(wire(FULL).length - 2, ControlPacket.overhead(2));
    }

    @Test
    void shouldRefuseEachTruncation() {
        byte[] wire = wire(FULL);
        for (int length = 9; length < wire.length - 2; length++) {
            assertNull(parse(Arrays.copyOf(wire, length)), "length " + length);
        }
        assertNotNull(parse(Arrays.copyOf(wire, wire.length - 2)), "without payload");
    }

    @Test
    void shouldReadAnAcknowledgmentOfNothing() {
        byte[] wire = new byte[10];
        wire[0] = Opcode.first(Opcode.ACK_V1, 0);
        assertEquals(new ControlPacket(Opcode.ACK_V1, 0, 0, new int[0], 0, 0, new byte[0]), parse(wire));
        assertNull(parse(Arrays.copyOf(wire, 9)), "how many it acknowledges is not there");
    }

    @Test
    void shouldRefuseTooManyAcknowledgmentsAndOtherOpcodes() {
        byte[] nine = new byte[9 + 1 + 36 + 8 + 4];
        nine[0] = Opcode.first(Opcode.CONTROL_V1, 0);
        nine[9] = 9;
        assertNull(parse(nine));
        nine[9] = 8;
        assertNotNull(parse(nine));
        for (int opcode = 0; opcode < 32; opcode++) {
            nine[0] = Opcode.first(opcode, 0);
            boolean known = opcode >= 3 && opcode <= 11 && opcode != Opcode.DATA_V1 && opcode != Opcode.DATA_V2;
            assertEquals(known, parse(nine) != null, "opcode " + opcode);
        }
    }

    @Test
    void shouldTellPacketsApart() {
        for (int at = 0; at < wire(FULL).length; at++) {
            byte[] other = wire(FULL);
            other[at] ^= 1;
            ControlPacket packet = parse(other);
            assertFalse(FULL.equals(packet), "byte " + at);
        }
        assertFalse(FULL.equals("a packet"));
        assertTrue(FULL.toString().contains("id=9 payload=2"), FULL.toString());
    }

    @Test
    void shouldTakeAnyBytes() {
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            byte[] junk = new byte[9 + random.nextInt(80)];
            random.nextBytes(junk);
            ControlPacket packet = parse(junk);
            if (packet != null) {
                // What was read is what was there: unless there are no acks, when a remote session cannot be.
                assertArrayEquals(junk, wire(packet), "seed 2, junk " + i);
            }
        }
    }

    private static byte[] wire(ControlPacket packet) {
        byte[] head = packet.head();
        byte[] body = packet.body();
        byte[] wire = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, wire, head.length, body.length);
        return wire;
    }

    private static @Nullable ControlPacket parse(byte[] wire) {
        return ControlPacket.parse(wire, Arrays.copyOfRange(wire, 9, wire.length));
    }
}
