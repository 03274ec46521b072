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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouterDiscoveryTest {
    private static final long SECOND = 1_000_000_000L;
    /** Shortly before the clock wraps; no constant, since a compiler would take what is meant for an overflow. */
    private static final long START = Long.parseLong("" + (Long.MAX_VALUE - 100 * SECOND));

    private static final IpAddress ROUTER = IpAddress.parse("fe80::1");
    private static final IpAddress OTHER = IpAddress.parse("fe80::2");
    private static final IpAddress DNS = IpAddress.parse("fd00::1");
    private static final IpAddress OTHER_DNS = IpAddress.parse("fd00::2");
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:07");
    private static final IpPrefix ADDRESS = IpPrefix.parse("fd00::ff:fe00:7/64");
    private static final IpPrefix NEXT_ADDRESS = IpPrefix.parse("fd01::ff:fe00:7/64");
    private static final AdvertisedPrefix PREFIX =
            new AdvertisedPrefix(IpPrefix.parse("fd00::/64"), true, true, 5400, 2700);
    private static final AdvertisedPrefix NEXT_PREFIX =
            new AdvertisedPrefix(IpPrefix.parse("fd01::/64"), true, true, 5400, 2700);

    private final RouterDiscovery discovery = new RouterDiscovery(InterfaceIdentifier.of(MAC), new Random(3), START);

    private static RouterAdvertisement said(Duration lifetime) {
        return new Ipv6Offer(IpPrefix.parse("fd00::/64"), lifetime, 1500, List.of(DNS), List.of(), null)
                .advertisement(MAC);
    }

    private static RouterAdvertisement prefixFor(long seconds) {
        return noRouter(new AdvertisedPrefix(IpPrefix.parse("fd00::/64"), true, true, seconds, seconds));
    }

    private static RouterAdvertisement noRouter(AdvertisedPrefix... prefixes) {
        return new RouterAdvertisement(
                64, false, false, 0, null, 0, List.of(prefixes), 0, List.of(), List.of(), null, 0);
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

    /** RFC 4861 section 6.3.7, RFC 7559 section 2: only a default router ends the questions. */
    @Test
    void shouldHearAnotherRouterWhereTheFirstIsNoDefaultOne() {
        discovery.onAdvertisement(ROUTER, said(Duration.ZERO), START);
        assertTrue(discovery.onTick(START + 2 * SECOND), "it asks on");

        discovery.onAdvertisement(OTHER, said(Duration.ofMinutes(30)), START + 3 * SECOND);

        assertEquals(OTHER, discovery.state().router());
        assertEquals(ADDRESS, discovery.state().address());
        assertFalse(discovery.onTick(START + 900 * SECOND), "it has its answer");
    }

    @Test
    void shouldHearAnotherRouterWhenTheFirstLeaves() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)).ending(), START + SECOND);
        long asks = discovery.nextDeadlineNanos() - (START + SECOND);
        assertTrue(asks >= 0 && asks <= SECOND, "asks after " + asks);

        discovery.onAdvertisement(OTHER, said(Duration.ofMinutes(30)), START + 2 * SECOND);

        assertEquals(new RouterDiscovery.State(OTHER, ADDRESS, List.of(DNS)), discovery.state());
    }

    @Test
    void shouldAskAndHearAnotherRouterWhenTheFirstIsSilent() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);
        assertFalse(discovery.onTick(START + 1799 * SECOND));

        assertTrue(discovery.onTick(START + 1801 * SECOND));

        assertEquals(new RouterDiscovery.State(null, ADDRESS, List.of()), discovery.state());
        assertTrue(discovery.nextDeadlineNanos() - START <= 1806 * SECOND, "as often as at first");
        discovery.onAdvertisement(OTHER, said(Duration.ofMinutes(30)), START + 1802 * SECOND);
        assertEquals(OTHER, discovery.state().router());
    }

    /** A timer may be late, what another router says need not be. */
    @Test
    void shouldHearAnotherRouterAsSoonAsTheTimeOfTheFirstIsOver() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);

        discovery.onAdvertisement(OTHER, said(Duration.ofMinutes(30)), START + 1800 * SECOND);

        assertEquals(OTHER, discovery.state().router());
    }

    @Test
    void shouldAskAnewOnAnotherLinkAndKeepWhatIsThereUntilItIsReplaced() {
        discovery.onAdvertisement(ROUTER, saidOf(List.of(PREFIX), 1000, DNS), START);
        RouterDiscovery.State before = discovery.state();

        discovery.onLinkUp(START + 10 * SECOND);

        assertEquals(before, discovery.state());
        long asks = discovery.nextDeadlineNanos() - (START + 10 * SECOND);
        assertTrue(asks >= 0 && asks <= SECOND, "asks after " + asks);
        discovery.onAdvertisement(OTHER, noRouter(), START + 11 * SECOND);
        assertEquals(ROUTER, discovery.state().router(), "the other one is none");
        discovery.onAdvertisement(OTHER, saidOf(List.of(NEXT_PREFIX), 1000, DNS), START + 12 * SECOND);
        assertEquals(new RouterDiscovery.State(OTHER, NEXT_ADDRESS, List.of(DNS)), discovery.state());
    }

    @Test
    void shouldHaveAnAddressOfAnotherLinkThatHasNoDefaultRouter() {
        discovery.onAdvertisement(ROUTER, prefixFor(86_400), START);

        discovery.onLinkUp(START + SECOND);
        discovery.onAdvertisement(OTHER, noRouter(NEXT_PREFIX), START + 2 * SECOND);

        assertEquals(NEXT_ADDRESS, discovery.state().address());
    }

    /** RFC 4861 section 6.2.3: an advertisement may name some of the prefixes only. */
    @Test
    void shouldKeepAnAddressThatAnAdvertisementDoesNotNameWhileItIsPreferred() {
        discovery.onAdvertisement(ROUTER, saidOf(List.of(PREFIX), 0), START);

        discovery.onAdvertisement(ROUTER, saidOf(List.of(NEXT_PREFIX), 0), START + 2699 * SECOND);
        assertEquals(ADDRESS, discovery.state().address());

        discovery.onAdvertisement(ROUTER, saidOf(List.of(NEXT_PREFIX), 0), START + 2700 * SECOND);
        assertEquals(NEXT_ADDRESS, discovery.state().address());
    }

    @Test
    void shouldNotChangeItsAddressWithWhicheverOfTwoRoutersSpoke() {
        discovery.onAdvertisement(ROUTER, noRouter(PREFIX), START);

        discovery.onAdvertisement(OTHER, noRouter(NEXT_PREFIX), START + SECOND);

        assertEquals(ADDRESS, discovery.state().address());
    }

    /** RFC 6724 section 5, rule 5.5: an address of the router that packets go to. */
    @Test
    void shouldHaveAnAddressOfItsDefaultRouter() {
        discovery.onAdvertisement(ROUTER, noRouter(PREFIX), START);

        discovery.onAdvertisement(OTHER, saidOf(List.of(NEXT_PREFIX), 0), START + SECOND);

        assertEquals(NEXT_ADDRESS, discovery.state().address());
        discovery.onAdvertisement(OTHER, saidOf(List.of(PREFIX, NEXT_PREFIX), 0), START + 2 * SECOND);
        assertEquals(NEXT_ADDRESS, discovery.state().address(), "it has one");
    }

    /** RFC 5942 section 4: without a word that they are, other addresses of the prefix are no neighbours. */
    @Test
    void shouldHaveNoNeighboursInAPrefixThatIsNotSaidToBeOnTheLink() {
        AdvertisedPrefix off = new AdvertisedPrefix(IpPrefix.parse("fd00::/64"), false, true, 5400, 2700);

        discovery.onAdvertisement(ROUTER, saidOf(List.of(off), 0), START);

        IpPrefix alone = IpPrefix.of(ADDRESS.address(), 128);
        assertEquals(alone, discovery.state().address());
        discovery.onAdvertisement(ROUTER, saidOf(List.of(off), 0), START + 2699 * SECOND);
        assertEquals(alone, discovery.state().address());
        discovery.onAdvertisement(ROUTER, saidOf(List.of(NEXT_PREFIX), 0), START + 2701 * SECOND);
        assertEquals(alone, discovery.state().address(), "it was extended");
    }

    /** RFC 4861 section 6.3.4: a clear L flag says nothing, and what was said holds for its time. */
    @Test
    void shouldTakeAPrefixToBeOnTheLinkForAsLongAsThatWasSaid() {
        AdvertisedPrefix silent = new AdvertisedPrefix(IpPrefix.parse("fd00::/64"), false, true, 86_400, 86_400);
        discovery.onAdvertisement(ROUTER, saidOf(List.of(silent), 0), START);
        discovery.onAdvertisement(ROUTER, saidOf(List.of(PREFIX), 0), START);
        assertEquals(ADDRESS, discovery.state().address());
        discovery.onAdvertisement(ROUTER, saidOf(List.of(silent), 0), START + 2000 * SECOND);
        discovery.onAdvertisement(ROUTER, saidOf(List.of(silent), 0), START + 4000 * SECOND);
        assertEquals(ADDRESS, discovery.state().address());
        assertTrue(discovery.nextDeadlineNanos() - START <= 5400 * SECOND);

        discovery.onTick(START + 5400 * SECOND);

        assertEquals(
                IpPrefix.of(ADDRESS.address(), 128), discovery.state().address(), "and the address is good for longer");
    }

    @Test
    void shouldListenToOneRouterOnly() {
        discovery.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);
        discovery.onAdvertisement(
                IpAddress.parse("fe80::bad"), said(Duration.ofMinutes(30)).ending(), START);

        assertEquals(ROUTER, discovery.state().router());
    }

    private static RouterAdvertisement saidOf(List<AdvertisedPrefix> prefixes, long dnsSeconds, IpAddress... servers) {
        return new RouterAdvertisement(
                64, false, false, 1800, null, 0, prefixes, dnsSeconds, List.of(servers), List.of(), null, 0);
    }

    /** A network that is renumbered lists the old prefix first, for nothing new. */
    @Test
    void shouldTakeTheNextPrefixWhenTheFirstFades() {
        AdvertisedPrefix old = new AdvertisedPrefix(IpPrefix.parse("fd00::/64"), true, true, 7200, 0);
        RouterAdvertisement both = saidOf(List.of(old, NEXT_PREFIX), 0);

        discovery.onAdvertisement(ROUTER, both, START);
        assertEquals(NEXT_ADDRESS, discovery.state().address(), "a newcomer");

        RouterDiscovery there = new RouterDiscovery(InterfaceIdentifier.of(MAC), new Random(3), START);
        there.onAdvertisement(ROUTER, said(Duration.ofMinutes(30)), START);
        assertEquals(ADDRESS, there.state().address());
        there.onAdvertisement(ROUTER, both, START);
        assertEquals(NEXT_ADDRESS, there.state().address(), "who had an address of the old one");
        AdvertisedPrefix again = new AdvertisedPrefix(IpPrefix.parse("fd00::/64"), true, true, 7200, 7200);
        there.onAdvertisement(ROUTER, saidOf(List.of(again, NEXT_PREFIX), 0), START);
        assertEquals(NEXT_ADDRESS, there.state().address(), "another order changes nothing");
    }

    @Test
    void shouldKeepNameServersUntilTheirTimeIsOverOrTheyAreWithdrawn() {
        discovery.onAdvertisement(ROUTER, saidOf(List.of(), 1000, DNS, OTHER_DNS), START);
        discovery.onAdvertisement(ROUTER, saidOf(List.of(), 0), START + SECOND);
        assertEquals(List.of(DNS, OTHER_DNS), discovery.state().dnsServers(), "not all is said each time");
        discovery.onAdvertisement(ROUTER, saidOf(List.of(), 0, DNS), START + 2 * SECOND);
        assertEquals(List.of(OTHER_DNS), discovery.state().dnsServers());
        discovery.onTick(START + 999 * SECOND);
        assertEquals(List.of(OTHER_DNS), discovery.state().dnsServers());
        discovery.onTick(START + 1000 * SECOND);
        assertEquals(List.of(), discovery.state().dnsServers());
    }

    private static RouterAdvertisement noRouterBut(long dnsSeconds, IpAddress... servers) {
        return new RouterAdvertisement(
                64, false, false, 0, null, 0, List.of(), dnsSeconds, List.of(servers), List.of(), null, 0);
    }

    @Test
    void shouldNotChangeItsNameServersWithWhicheverOfTwoRoutersSpoke() {
        List<List<IpAddress>> told = new ArrayList<>();
        for (int second = 0; second < 3000; second += 200) {
            discovery.onAdvertisement(ROUTER, noRouterBut(1000, DNS), START + second * SECOND);
            told.add(discovery.state().dnsServers());
            discovery.onAdvertisement(OTHER, noRouterBut(1000, OTHER_DNS), START + (second + 100) * SECOND);
            told.add(discovery.state().dnsServers());
        }

        assertEquals(List.of(List.of(DNS)), told.stream().distinct().toList());
    }

    @Test
    void shouldTakeTheNameServersOfAnotherRouterWhenThoseOfTheFirstAreOver() {
        discovery.onAdvertisement(ROUTER, noRouterBut(1000, DNS), START);
        discovery.onAdvertisement(OTHER, noRouterBut(3000, OTHER_DNS), START + 999 * SECOND);
        assertEquals(List.of(DNS), discovery.state().dnsServers());

        discovery.onAdvertisement(OTHER, noRouterBut(3000, OTHER_DNS), START + 1000 * SECOND);
        assertEquals(List.of(OTHER_DNS), discovery.state().dnsServers());

        discovery.onAdvertisement(OTHER, noRouterBut(0, OTHER_DNS), START + 1001 * SECOND);
        discovery.onAdvertisement(ROUTER, noRouterBut(1000, DNS), START + 1002 * SECOND);
        assertEquals(List.of(DNS), discovery.state().dnsServers(), "the other has withdrawn its own");
    }

    @Test
    void shouldPreferTheNameServersOfItsDefaultRouterAndThoseOfTheLinkThatItIsOn() {
        discovery.onAdvertisement(ROUTER, noRouterBut(1000, DNS), START);
        discovery.onAdvertisement(OTHER, saidOf(List.of(), 1000, OTHER_DNS), START + SECOND);
        assertEquals(List.of(OTHER_DNS), discovery.state().dnsServers());

        discovery.onLinkUp(START + 2 * SECOND);
        assertEquals(List.of(OTHER_DNS), discovery.state().dnsServers(), "until there are others");
        discovery.onAdvertisement(ROUTER, noRouterBut(1000, DNS), START + 3 * SECOND);
        assertEquals(List.of(DNS), discovery.state().dnsServers());
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

        assertTrue(discovery.onTick(START + 1801 * SECOND));
        assertEquals(new RouterDiscovery.State(null, ADDRESS, List.of()), discovery.state());
        assertTrue(discovery.onTick(START + 5401 * SECOND));
        assertEquals(new RouterDiscovery.State(null, null, List.of()), discovery.state());
    }

    /** RFC 4862 section 5.5.3 (e). */
    @Test
    void shouldNotLetAnAddressBeCutToLessThanTwoHours() {
        discovery.onAdvertisement(ROUTER, prefixFor(86_400), START);
        discovery.onAdvertisement(ROUTER, prefixFor(1), START);

        discovery.onTick(START + 7199 * SECOND);
        assertEquals(IpPrefix.of(ADDRESS.address(), 128), discovery.state().address(), "with neighbours for a second");
        discovery.onTick(START + 7200 * SECOND);
        assertNull(discovery.state().address());
    }

    @Test
    void shouldMakeNoAddressOfAPrefixThatFades() {
        discovery.onAdvertisement(ROUTER, said(Duration.ZERO).ending(), START);

        assertNull(discovery.state().address());
    }
}
