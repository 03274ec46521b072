// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.pktkit.wg.internal.noise.Tai64n;
import org.junit.jupiter.api.Test;

class TombstonesTest {

    private final Tombstones<Integer> stones = new Tombstones<>();
    private final Tombstones.Stamps stamps = new Tombstones.Stamps(Tai64n.ZERO, Tai64n.ZERO);

    @Test
    void shouldForgetTheOldestWhenFull() {
        for (int peer = 0; peer < 4096; peer++) {
            stones.put(peer, stamps);
        }
        assertEquals(4096, stones.size());
        assertSame(stamps, stones.peek(0));
        stones.put(0, stamps); // which is not the oldest any more
        stones.put(5000, stamps);
        assertEquals(4096, stones.size());
        assertNull(stones.peek(1));
        assertSame(stamps, stones.peek(0));
    }

    @Test
    void shouldGiveBackOnceWhatItKept() {
        Tombstones.Stamps newer = new Tombstones.Stamps(new Tai64n(5, 0), Tai64n.ZERO);
        stones.put(7, stamps);
        stones.put(7, newer);
        assertSame(newer, stones.take(7));
        assertNull(stones.take(7));
        assertEquals(0, stones.size());
    }
}
