// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PortSpaceTest {

    private static final OutsideAddress OUTSIDE = new OutsideAddress(1, 10_000, 20_000);
    private static final Host HOST = new Host(new Tenant(1, "user"), 0, 1, 77, OUTSIDE);

    private static Mapping mapping(int port) {
        return new Mapping(HOST, port, new Endpoint().set(Kind.UDP, false, 0, 1, port), OUTSIDE, port, 0, "link");
    }

    private static PortSpace space(int low, int high) {
        return new PortSpace(new PortSpace.Range(600, 1023), new PortSpace.Range(low, high));
    }

    @Test
    void shouldFindEachFreePortOnceAndThenNone() {
        for (int parity : new int[] {PortSpace.ANY, 0, 1}) {
            PortSpace space = space(10_001, 20_000);
            Random random = new Random(parity);
            BitSet found = new BitSet();
            int expected = parity == PortSpace.ANY ? 10_000 : 5000;
            for (int i = 0; i < expected; i++) {
                int port = space.find(1, parity, random.nextLong(), 0);
                assertTrue(port >= 10_001 && port <= 20_000 && !found.get(port), "port=" + port);
                assertTrue(parity == PortSpace.ANY || (port & 1) == parity, "port=" + port);
                assertTrue(space.steps() < 20, "steps=" + space.steps());
                found.set(port);
                space.take(port, mapping(port));
            }
            assertEquals(-1, space.find(1, parity, random.nextLong(), 0));
            assertEquals(1, space.steps());
            space.free(15_001 - (parity == 0 ? 1 : 0), 77, 0, 0);
            assertEquals(15_001 - (parity == 0 ? 1 : 0), space.find(1, parity, random.nextLong(), 0));
        }
    }

    @Test
    void shouldLetPortsRest() {
        PortSpace space = space(10_000, 10_001);
        Mapping first = mapping(10_000);
        space.take(10_000, first);
        assertSame(first, space.get(10_000));
        assertFalse(space.isFree(10_000, 77, 0));

        space.free(10_000, 77, 100, 0);

        assertNull(space.get(10_000));
        assertTrue(space.isFree(10_000, 77, 0), "for its host");
        assertFalse(space.isFree(10_000, 78, 99));
        assertTrue(space.isFree(10_000, 78, 100));
        assertEquals(10_001, space.find(1, PortSpace.ANY, 0, 99));
        assertEquals(-1, space.find(1, 0, 0, 99));
        assertEquals(10_000, space.find(1, 0, 0, 100));
    }

    @Test
    void shouldNotTakeWhatIsHeldNorFreeWhatIsNot() {
        PortSpace space = space(10_000, 10_001);
        space.take(10_000, mapping(10_000));
        assertThrows(IllegalStateException.class, () -> space.take(10_000, mapping(10_000)));
        assertThrows(IllegalStateException.class, () -> space.free(10_001, 77, 0, 0));
    }

    @Test
    void shouldCountFreePortsThroughRandomUse() {
        long seed = 3;
        Random random = new Random(seed);
        PortSpace space = space(1024, 2047);
        BitSet held = new BitSet();
        long now = 0;
        for (int i = 0; i < 100_000; i++) {
            now += random.nextInt(3);
            int port = 1024 + random.nextInt(1024);
            if (held.get(port)) {
                space.free(port, 77, now + random.nextInt(200), now);
                held.clear(port);
            } else if (space.isFree(port, 77, now)) {
                space.take(port, mapping(port));
                held.set(port);
            }
        }
        for (int port = held.nextSetBit(0); port >= 0; port = held.nextSetBit(port + 1)) {
            space.free(port, 77, 0, now);
        }
        int found = 0;
        for (int port = space.find(1, PortSpace.ANY, 0, now + 300);
                port >= 0;
                port = space.find(1, PortSpace.ANY, found, now + 300)) {
            space.take(port, mapping(port));
            found++;
        }
        assertEquals(1024, found, "seed=" + seed);
    }
}
