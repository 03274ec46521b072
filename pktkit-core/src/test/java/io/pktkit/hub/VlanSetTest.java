// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class VlanSetTest {

    @Property(tries = 200)
    void shouldBehaveAsASetOfIntegers(
            @ForAll @Size(max = 40) Set<@IntRange(min = -3, max = 4100) Integer> ids,
            @ForAll @IntRange(min = -3, max = 4100) int other) {
        VlanSet set = VlanSet.of(ids.stream().mapToInt(id -> id).toArray());

        for (int id = -5; id < 4200; id++) {
            boolean expected = id >= 0 && id < 4096 && ids.contains(id);
            assertEquals(expected, set.contains(id));
            assertEquals(id == other ? false : expected, set.without(other).contains(id));
            assertEquals(
                    (id == other && id >= 0 && id < 4096) || expected,
                    set.with(other).contains(id));
        }
        assertEquals(IntStream.range(0, 4096).filter(set::contains).count(), set.size());
    }

    @Test
    void shouldPrintRanges() {
        assertEquals("all", VlanSet.all().toString());
        assertEquals("none", VlanSet.none().toString());
        assertEquals("1-3,10,4095", VlanSet.of(3, 10, 1, 2, 4095, 4096).toString());
    }

    @Test
    void shouldCompareByContent() {
        assertEquals(VlanSet.of(1, 2), VlanSet.none().with(2).with(1));
        assertEquals(VlanSet.of(1).hashCode(), VlanSet.of(1).hashCode());
        assertTrue(VlanSet.of(1).hashCode() != VlanSet.of(2).hashCode());
        assertEquals(VlanSet.all().size(), 4096);
        assertTrue(VlanSet.all().contains(4095));
        assertFalse(VlanSet.of(1).equals(VlanSet.of(2)));
    }

    @Test
    void shouldRefuseAVlanThatIsNone() {
        assertThrows(IllegalArgumentException.class, () -> PortMode.access(4095));
        assertThrows(IllegalArgumentException.class, () -> PortMode.access(-1));
        assertEquals(4094, ((PortMode.Access) PortMode.access(4094)).vlan());
        assertEquals(0, ((PortMode.Access) PortMode.access(0)).vlan());
        assertThrows(IllegalArgumentException.class, () -> PortMode.trunk(VlanSet.all(), 5000));
        assertEquals(PortMode.trunk(VlanSet.all(), 0), PortMode.transparent());
    }
}
