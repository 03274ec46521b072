// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouterDiscoveryTest {
    private static final long SECOND = 1_000_000_000L;
    /** Shortly before the clock wraps; no constant, since a compiler would take what is meant for an overflow. */
    private static final long START = Long.parseLong("" + (Long.MAX_VALUE - 100 * SECOND));

    private static final IpAddress ROUTER = IpAddress.parse("fe80::1");
    private static final IpAddress DNS = IpAddress.parse("fd00::1");
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:07");
    private static final IpPrefix ADDRESS = IpPrefix.parse("fd00::ff:fe00:7/64");

    private final RouterDiscovery discovery = new RouterDiscovery(InterfaceIdentifier.of(MAC), new Random(3), START);

    private static RouterAdvertisement said(Duration lifetime) {
        return new Ipv6Offer(IpPrefix.parse("fd00::/64"), lifetime, 1500, List.of(DNS), List.of(), null)
                .advertisement(MAC);
    }

    private static RouterAdvertisement prefixFor(long seconds) {
        AdvertisedPrefix prefix = new AdvertisedPrefix(IpPrefix.parse("fd00::/64"), true, true, seconds, seconds);
        return new RouterAdvertisement(64, false, false, 0, null, 0, List.of(prefix), 0, List.of(), List.of(), null, 0);
    }

    @Test
    void shouldAskLessAndLessOften() {
        long previous = START;
        double[] wanted = {0, 4, 8, 16, 32, 64, 128};
        for (double seconds : wanted) {
            long at = discovery.nextDeadlineNanos();
            double gap = (at - previous) / 1e9;
            assertTrue(seconds == 0 ? gap <= 1 : gap >= 0.9 * seconds && gap <= 1.1 * seconds, gap + " for " + seconds);
            assertTrue(discovery.onTick(at));
            previous = at;
        }
    }

    @Test
    void shouldTakeRouterAddressAndServers() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);

        assertEquals(new RouterDiscovery.State(ROUTER, ADDRESS, List.of(DNS)), discovery.state());
        assertFalse(discovery.onTick(START + 2 * SECOND), "it has its answer");
    }

    @Test
    void shouldTakeAnAddressFromARouterThatIsNoDefaultOne() {
        discovery.onAdvertisement(ROUTER, said(Duration.ZERO), START);

        assertNull(discovery.state().router());
        assertEquals(ADDRESS, discovery.state().address());
    }

    @Test
    void shouldListenToOneRouterOnly() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);
        discovery.onAdvertisement(
                IpAddress.parse("fe80::bad"), said(Duration.ofMinutes(30)).ending(), START);

        assertEquals(ROUTER, discovery.state().router());
    }

    @Test
    void shouldLoseTheRouterAndItsServersWhenItLeavesAndKeepTheAddress() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)).ending(), START + SECOND);

        assertEquals(new RouterDiscovery.State(null, ADDRESS, List.of()), discovery.state());
    }

    @Test
    void shouldForgetWhatIsNotRepeatedAndAskAgain() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);

        discovery.onTick(START + 1801 * SECOND);
        assertEquals(new RouterDiscovery.State(null, ADDRESS, List.of()), discovery.state());
        assertTrue(discovery.onTick(START + 5401 * SECOND), "all is gone: it asks");
        assertNull(discovery.state().address());
        discovery.onAdvertisement(IpAddress.parse("fe80::2"), said(Duration.ofMinutes(30)), START + 5402 * SECOND);
        assertEquals(IpAddress.parse("fe80::2"), discovery.state().router(), "another router is heard now");
    }

    /** RFC 4862 section 5.5.3 (e). */
    @Test
    void shouldNotLetAnAddressBeCutToLessThanTwoHours() {
        discovery.onAdvertisement(ROUTER, prefixFor(86_400), START);
        discovery.onAdvertisement(ROUTER, prefixFor(1), START);

        discovery.onTick(START + 7199 * SECOND);
        assertEquals(ADDRESS, discovery.state().address());
        discovery.onTick(START + 7200 * SECOND);
        assertNull(discovery.state().address());
    }

    @Test
    void shouldMakeNoAddressOfAPrefixThatFades() {
        discovery.onAdvertisement(ROUTER, said(Duration.ZERO).ending(), START);

        assertNull(discovery.state().address());
    }
}
