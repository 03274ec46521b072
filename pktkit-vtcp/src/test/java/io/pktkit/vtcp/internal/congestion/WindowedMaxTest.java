// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowedMaxTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10})
    void shouldBeThatOfAllValuesKept(int length) {
        long seed = 42;
        Random random = new Random(seed);
        WindowedMax filter = new WindowedMax(length);
        Map<Long, Long> largest = new HashMap<>();
        long time = 0;
        for (int i = 0; i < 20_000; i++) {
            time += random.nextInt(4) > 0 ? 0 : 1 + random.nextInt(random.nextInt(10) == 0 ? 30 : 2);
            long value = random.nextInt(1000);
            largest.merge(time, value, Math::max);

            filter.update(time, value);

            long expected = 0;
            for (long t = time - length + 1; t <= time; t++) {
                expected = Math.max(expected, largest.getOrDefault(t, 0L));
            }
            assertEquals(expected, filter.max(), "seed=" + seed + " step=" + i);
            assertEquals(largest.get(time), filter.latest(), "seed=" + seed + " step=" + i);
        }
    }

    @Test
    void shouldForgetWithoutANewValue() {
        WindowedMax filter = new WindowedMax(2);
        filter.update(5, 100);
        filter.update(6, 50);

        filter.advance(7);
        assertEquals(50, filter.max());
        filter.advance(8);

        assertEquals(0, filter.max());
    }
}
