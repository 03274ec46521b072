// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class Tai64nTest {

    @Test
    void shouldLabelAndWhiten() {
        assertEquals("400000000000000a00000000", hex(Tai64n.of(Instant.EPOCH)));
        assertEquals("4000000000000009" + "3b000000", hex(Tai64n.of(Instant.EPOCH.minusNanos(1))));
        assertEquals("400000000000000a01000000", hex(Tai64n.of(Instant.ofEpochSecond(0, (1 << 25) - 1))));
    }

    @Test
    void shouldOrderAsItsBytes() {
        Tai64n huge = new Tai64n(-1, -1);
        assertTrue(huge.isAfter(Tai64n.of(Instant.parse("2026-01-01T00:00:00Z"))));
        assertTrue(new Tai64n(5, -1).isAfter(new Tai64n(5, 1)));
        assertFalse(new Tai64n(5, 1).isAfter(new Tai64n(5, 1)));
        assertFalse(new Tai64n(4, -1).isAfter(new Tai64n(5, 0)));
    }

    @Test
    void shouldStepToTheNextWhitenedLabel() {
        Tai64n label = new Tai64n(7, 0);
        int steps = 0;
        while (label.seconds() == 7) {
            Tai64n next = label.next();
            assertTrue(next.isAfter(label));
            assertEquals(0, next.nanos() & 0xFFFFFF);
            label = next;
            steps++;
        }
        assertEquals(new Tai64n(8, 0), label);
        assertEquals(60, steps);
        assertEquals(new Tai64n(8, 0), new Tai64n(7, -1).next());
        assertEquals(new Tai64n(7, 1 << 24), new Tai64n(7, 1).next());
    }

    private static String hex(Tai64n label) {
        byte[] bytes = new byte[Tai64n.LENGTH + 1];
        label.write(bytes, 1);
        assertEquals(label, Tai64n.read(bytes, 1));
        return HexFormat.of().formatHex(bytes, 1, 13);
    }
}
