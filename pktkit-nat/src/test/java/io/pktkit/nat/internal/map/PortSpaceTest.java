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

    private static void takeAll(PortSpace space, int low, int high, int by) {
        for (int port = low; port <= high; port += by) {
            space.take(port, mapping(port));
        }
    }

    /** Finds a port from the first of the range on, or {@code begin} behind it, in as many steps. */
    private static void assertFinds(PortSpace space, int parity, int begin, int port, int steps) {
        assertEquals(port, space.find(1, parity, begin, 0));
        assertEquals(steps, space.steps(), "steps to port " + port);
    }

    /** A step for the search, one for each word that is looked at, and one for each 64 words that are passed over. */
    @Test
    void shouldPassOverWhatIsFull() {
        PortSpace space = space(8192, 16_383);
        assertFinds(space, PortSpace.ANY, 0, 8192, 2);
        takeAll(space, 8192, 8255, 1);
        assertFinds(space, PortSpace.ANY, 0, 8256, 4);
        takeAll(space, 8256, 12_287, 1);
        assertFinds(space, PortSpace.ANY, 0, 12_288, 5);
        takeAll(space, 12_288, 12_350, 2);
        assertFinds(space, 0, 0, 12_352, 5);
        assertFinds(space, 1, 0, 12_289, 5);
        assertFinds(space, PortSpace.ANY, 0, 12_289, 5);

        assertFinds(space, PortSpace.ANY, 8191, 16_383, 2);
        space.take(16_383, mapping(16_383));
        assertFinds(space, PortSpace.ANY, 8191, 12_289, 6);
        takeAll(space, 16_256, 16_319, 1);
        assertFinds(space, PortSpace.ANY, 8064, 16_320, 4);
        takeAll(space, 16_320, 16_382, 1);
        assertFinds(space, PortSpace.ANY, 8064, 12_289, 7);
    }

    @Test
    void shouldBeginWhereItIsTold() {
        PortSpace space = space(10_000, 10_009);
        assertFinds(space, PortSpace.ANY, 9, 10_009, 2);
        assertFinds(space, PortSpace.ANY, 10, 10_000, 2);
        assertFinds(space, PortSpace.ANY, 11, 10_001, 2);
        assertEquals(10_005, space.find(1, PortSpace.ANY, -1, 0), "2^64 - 1");
    }

    @Test
    void shouldKnowWhatIsInARange() {
        PortSpace.Range odd = new PortSpace.Range(5, 9);
        assertEquals(2, odd.free[0]);
        assertEquals(3, odd.free[1]);
        assertTrue(odd.contains(5) && odd.contains(9) && !odd.contains(4) && !odd.contains(10));
        PortSpace space = new PortSpace(new PortSpace.Range(600, 600), odd);
        space.take(600, mapping(600));
        assertEquals(5, odd.free[0] + odd.free[1], "of another range");
        Mapping six = mapping(6);
        for (int port = 5; port <= 9; port++) {
            assertTrue(space.hasFree());
            space.take(port, port == 6 ? six : mapping(port));
        }
        assertFalse(space.hasFree());
        assertSame(six, space.get(6));
        assertNull(space.get(10));
        assertNull(space.get(20_000));
        space.free(6, 77, 0, 0);
        assertTrue(space.hasFree(), "an even one");
    }

    @Test
    void shouldReleaseAFewAtATime() {
        PortSpace.Range range = new PortSpace.Range(10_000, 10_099);
        PortSpace space = new PortSpace(range);
        takeAll(space, 10_000, 10_099, 1);
        for (int port = 10_000; port < 10_040; port++) {
            space.free(port, 77, 100, 0);
        }
        assertFalse(space.hasFree());
        space.free(10_050, 77, 100, 100);
        assertEquals(1, range.free[0], "what need not rest is free at once, whoever rests before it");
        space.free(10_051, 77, 200, 100);
        assertEquals(17, range.free[0] + range.free[1]);
        assertEquals(10_000, space.find(0, PortSpace.ANY, 0, 100));
        assertEquals(33, range.free[0] + range.free[1]);
        assertEquals(10_001, space.find(0, 1, 0, 199));
        assertEquals(41, range.free[0] + range.free[1]);
        assertEquals(10_051, space.find(0, 1, 51, 200));
    }

    @Test
    void shouldRestAnewWhenTakenMeanwhile() {
        PortSpace space = space(10_000, 10_000);
        space.take(10_000, mapping(10_000));
        space.free(10_000, 77, 100, 0);
        space.take(10_000, mapping(10_000));
        assertFalse(space.isFree(10_000, 77, 10), "it is held");
        assertEquals(-1, space.find(1, 0, 0, 100), "what it rested for before does not count");
        space.free(10_000, 77, 200, 100);
        assertEquals(-1, space.find(1, 0, 0, 199));
        assertEquals(10_000, space.find(1, 0, 0, 200));
    }

    @Test
    void shouldHoldNoMoreThanRestsHoweverOftenAPortIsTaken() {
        PortSpace space = space(10_000, 10_003);
        Mapping holder = mapping(10_000);
        for (int i = 0; i < 300_000; i++) {
            space.take(10_000 + i % 3, holder);
            space.free(10_000 + i % 3, 77, 100 + i, 0);
        }
        assertEquals(3, space.resting());

        space.take(10_001, holder);
        assertEquals(2, space.resting(), "the one in the middle is held");
        assertEquals(10_000, space.find(1, 0, 0, 400_000));
        assertEquals(0, space.resting());
        assertEquals(10_003, space.find(1, 1, 0, 400_000));
    }

    @Test
    void shouldNotTakeWhatIsHeldNorFreeWhatIsNot() {
        PortSpace space = space(10_000, 10_001);
        space.take(10_000, mapping(10_000));
        assertThrows(IllegalStateException.class, () -> space.take(10_000, mapping(10_000)));
        assertThrows(IllegalStateException.class, () -> space.free(10_001, 77, 0, 0));
        assertThrows(IllegalStateException.class, () -> space.free(20_000, 77, 0, 0));
        space.take(10_001, mapping(10_001));
        space.free(10_001, 77, 100, 0);
        assertThrows(
                IllegalStateException.class, () -> space.take(10_000, mapping(10_000)), "while its neighbour rests");
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
