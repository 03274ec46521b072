// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureSetTest {

    private static final CaptureConfig CONFIG = CaptureConfig.builder().build();
    private static final CaptureRule DNS = CaptureRule.port(17, 53);
    private static final CaptureRule GRE = CaptureRule.protocol(47);
    private static final IpPrefix NET = IpPrefix.parse("10.0.0.0/24");
    private static final IpPrefix HOST = IpPrefix.parse("10.0.0.1/32");

    private static String refusal(CaptureSet set, String prefix) {
        return assertThrows(IllegalArgumentException.class, () -> set.with(IpPrefix.parse(prefix), CaptureRule.any()))
                .toString();
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0/0", "::/0"})
    void shouldRefuseTheWholeOfAFamily(String prefix) {
        assertTrue(refusal(CaptureSet.empty(CONFIG), prefix).contains("prefix=" + prefix));
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0/1, 128.0.0.0/1", "::/1, 8000::/1"})
    void shouldRefuseTwoHalves(String one, String other) {
        CaptureSet half = CaptureSet.empty(CONFIG).with(IpPrefix.parse(one), CaptureRule.any());

        assertTrue(refusal(half, other).contains("all of"));
        assertEquals(1, half.rules().size());
    }

    @Test
    void shouldKeepToTheFloors() {
        CaptureSet set =
                CaptureSet.empty(CaptureConfig.builder().minPrefix(24, 64).build());

        assertTrue(refusal(set, "10.0.0.0/23").contains("24"));
        assertTrue(refusal(set, "fd00::/63").contains("64"));
        set.with(NET, GRE).with(IpPrefix.parse("fd00::/64"), GRE);
    }

    @Test
    void shouldBeBounded() {
        CaptureConfig config =
                CaptureConfig.builder().maxPrefixes(2).maxRules(2).build();
        CaptureSet full = CaptureSet.empty(config).with(NET, DNS).with(HOST, GRE);

        assertTrue(refusal(full, "10.2.0.0/24").contains("at most 2 prefixes"));
        // The host has DNS from the prefix around it.
        assertTrue(refusal(full, "10.0.0.1/32").contains("at most 2 rules"));
        assertTrue(refusal(full, "10.0.0.0/24").contains("prefix=10.0.0.1/32"));
        assertEquals(List.of(DNS), full.without(HOST).rules().get(NET));
    }

    @Test
    void shouldWriteNarrowerPrefixesAnewWhenABroaderOneChanges() {
        CaptureSet before = CaptureSet.empty(CONFIG).with(HOST, DNS);
        CaptureSet after = before.with(NET, CaptureRule.any());

        assertEquals(
                List.of(
                        new CaptureSet.Change(HOST, List.of(CaptureRule.any(), DNS)),
                        new CaptureSet.Change(NET, List.of(CaptureRule.any()))),
                after.changes(before));
        assertEquals(
                List.of(new CaptureSet.Change(HOST, List.of(DNS)), new CaptureSet.Change(NET, null)),
                before.changes(after));
    }

    @Test
    void shouldKnowEachRuleOnce() {
        CaptureSet set = CaptureSet.empty(CONFIG).with(HOST, DNS).with(NET, DNS);

        assertSame(set, set.with(HOST, DNS));
        assertEquals(List.of(DNS), set.effective(HOST));
        assertSame(set, set.without(HOST, GRE));
        assertEquals(1, set.without(HOST, DNS).rules().size());
    }

    @Test
    void shouldIgnoreHostBits() {
        CaptureSet set = CaptureSet.empty(CONFIG).with(IpPrefix.parse("10.0.0.77/24"), DNS);

        assertEquals(List.of(NET), List.copyOf(set.rules().keySet()));
        assertEquals(0, set.without(IpPrefix.parse("10.0.0.99/24")).rules().size());
    }

    @Test
    void shouldEncodeRulesInWalkOrder() {
        List<CaptureRule> order = RuleList.walkOrder(List.of(CaptureRule.port(6, 0x1234), CaptureRule.any(), GRE));

        assertArrayEquals(
                new byte[] {1, 0, 0, 0, 3, 6, 0x12, 0x34, 2, 47, 0, 0, 0, 0, 0, 0}, RuleList.encode(order, 4));
    }

    @Test
    void shouldRefuseRulesThatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> CaptureRule.port(1, 53));
        assertThrows(IllegalArgumentException.class, () -> CaptureRule.port(6, 65_536));
        assertThrows(IllegalArgumentException.class, () -> CaptureRule.protocol(256));
        assertThrows(
                IllegalArgumentException.class, () -> CaptureConfig.builder().maxRules(65));
        assertThrows(
                IllegalArgumentException.class, () -> CaptureConfig.builder().maxRules(0));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "33, 1", "1, 0", "1, 129"})
    void shouldRefuseFloorsThatNoPrefixHas(int ipv4, int ipv6) {
        assertThrows(
                IllegalArgumentException.class, () -> CaptureConfig.builder().minPrefix(ipv4, ipv6));
    }
}
