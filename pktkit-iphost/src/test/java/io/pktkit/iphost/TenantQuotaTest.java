// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TenantQuotaTest {
    private static IpAddress source(IpFamily family, int number) {
        return family == IpFamily.IPV4
                ? IpAddress.ofIpv4(0x0a000000 + number)
                : IpAddress.ofIpv6(0xfd00L << 48, number);
    }

    private static int takeAll(TenantQuota.Tenant tenant, IpAddress source, boolean proven) {
        int taken = 0;
        for (TenantQuota.Place place = tenant.take(source, () -> {});
                place != null;
                place = tenant.take(source, () -> {})) {
            taken++;
            if (proven) {
                place.proven();
            }
        }
        return taken;
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldLeaveAsMuchForTheNextSource(IpFamily family) {
        TenantQuota quota = new TenantQuota(1024);
        TenantQuota.Tenant alone = quota.attach();

        assertEquals(512, takeAll(alone, source(family, 1), true));
        assertEquals(256, takeAll(alone, source(family, 2), true));
        assertEquals(128, takeAll(alone, source(family, 3), true));
        assertEquals(896, quota.used());
        assertEquals(3, alone.sources());
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldGiveAllToATenantThatIsAloneAndShareWhenAnotherComes(IpFamily family) {
        TenantQuota quota = new TenantQuota(64);
        TenantQuota.Tenant first = quota.attach();
        List<TenantQuota.Place> places = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            TenantQuota.Place place = first.take(source(family, i), () -> {});
            places.add(Objects.requireNonNull(place, "i=" + i));
        }
        places.get(0).proven();

        TenantQuota.Tenant second = quota.attach();
        assertNull(second.take(source(family, 1), () -> {}), "the first has all");
        first.shed();

        assertEquals(32, first.used());
        places.get(0).release();
        assertEquals(31, first.used(), "the proven one had stayed");
        assertEquals(17, takeAll(second, source(family, 1), false), "as much as it leaves");
        second.close();
        first.close();
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldLetAnInventedSourceGoForANewOne(IpFamily family) {
        TenantQuota quota = new TenantQuota(8);
        TenantQuota.Tenant tenant = quota.attach();
        List<Integer> evicted = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int number = i;
            TenantQuota.Place place = tenant.take(source(family, i), () -> evicted.add(number));
            if (i == 0) {
                Objects.requireNonNull(place).proven();
            }
        }

        assertNotNull(tenant.take(source(family, 100), () -> {}));
        assertNotNull(tenant.take(source(family, 101), () -> {}));
        assertEquals(List.of(1, 2), evicted, "the oldest that are unproven");
        assertEquals(8, quota.used());
    }

    @Test
    void shouldNotEvictForASourceThatHasItsPart() {
        TenantQuota quota = new TenantQuota(8);
        TenantQuota.Tenant tenant = quota.attach();
        IpAddress greedy = source(IpFamily.IPV4, 1);
        List<Integer> evicted = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            tenant.take(greedy, () -> evicted.add(number));
        }
        assertEquals(4, tenant.used());
        assertTrue(evicted.isEmpty(), evicted.toString());
    }

    @Test
    void shouldCountRight() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TenantQuota quota = new TenantQuota(50);
        TenantQuota.Tenant[] tenants = {quota.attach(), quota.attach(), quota.attach()};
        List<Map<TenantQuota.Place, Integer>> held = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());
        for (int i = 0; i < 50_000; i++) {
            int who = random.nextInt(3);
            Map<TenantQuota.Place, Integer> mine = held.get(who);
            if (random.nextInt(3) > 0) {
                AtomicReference<TenantQuota.@Nullable Place> self = new AtomicReference<>();
                TenantQuota.Place place =
                        tenants[who].take(source(IpFamily.IPV6, random.nextInt(20)), () -> mine.remove(self.get()));
                if (place != null) {
                    self.set(place);
                    mine.put(place, i);
                    if (random.nextBoolean()) {
                        place.proven();
                    }
                }
            } else if (!mine.isEmpty()) {
                TenantQuota.Place any = mine.keySet().iterator().next();
                mine.remove(any);
                any.release();
                any.release();
            }
            assertEquals(mine.size(), tenants[who].used(), "seed=" + seed);
            int all = held.stream().mapToInt(Map::size).sum();
            assertEquals(all, quota.used(), "seed=" + seed);
            assertTrue(all <= 50, "seed=" + seed);
        }
    }
}
