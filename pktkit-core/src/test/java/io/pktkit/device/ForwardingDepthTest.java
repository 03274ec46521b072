// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ForwardingDepthTest {

    @Test
    void shouldCountUpToItsLimitAndBack() {
        for (int i = 0; i < ForwardingDepth.DEFAULT_LIMIT; i++) {
            assertEquals(i, ForwardingDepth.current());
            assertTrue(ForwardingDepth.enter());
        }
        assertFalse(ForwardingDepth.enter());
        assertEquals(ForwardingDepth.DEFAULT_LIMIT, ForwardingDepth.current());
        for (int i = 0; i < ForwardingDepth.DEFAULT_LIMIT; i++) {
            ForwardingDepth.exit();
        }
        assertEquals(0, ForwardingDepth.current());
        assertThrows(IllegalStateException.class, ForwardingDepth::exit);
    }

    @Test
    void shouldTakeTheHighestLimitOfTheChain() {
        assertTrue(ForwardingDepth.enter(ForwardingDepth.MAX_LIMIT));
        for (int i = 1; i < ForwardingDepth.MAX_LIMIT; i++) {
            assertTrue(ForwardingDepth.enter(1), "depth " + i);
        }
        assertFalse(ForwardingDepth.enter());
        for (int i = 0; i < ForwardingDepth.MAX_LIMIT; i++) {
            ForwardingDepth.exit();
        }
        assertTrue(ForwardingDepth.enter(1));
        assertFalse(ForwardingDepth.enter(1), "the high limit is gone with who had it");
        ForwardingDepth.exit();
    }

    @Test
    void shouldRefuseALimitThatTheStackCannotHold() {
        assertThrows(IllegalArgumentException.class, () -> ForwardingDepth.enter(0));
        assertThrows(IllegalArgumentException.class, () -> ForwardingDepth.enter(ForwardingDepth.MAX_LIMIT + 1));
        assertEquals(0, ForwardingDepth.current());
    }
}
