// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PrefixTableTest {

    private static final String[] PEERS = {"a", "b", "c", "d", "e"};

    private final PrefixTable<String> table = new PrefixTable<>();

    @Test
    void shouldAgreeWithANaiveModel() {
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            PrefixTable<String> fast = new PrefixTable<>();
            Map<IpPrefix, String> model = new HashMap<>();
            for (int step = 0; step < 3000; step++) {
                IpPrefix prefix = prefix(random);
                String peer = PEERS[random.nextInt(PEERS.length)];
                if (random.nextInt(3) > 0) {
                    fast.put(prefix, peer);
                    model.put(prefix.masked(), peer);
                } else {
                    assertEquals(model.remove(prefix.masked(), peer), fast.remove(prefix, peer));
                }
                IpAddress address = address(random);
                assertEquals(
                        naive(model, address),
                        fast.find(address.family(), address.high(), address.low()),
                        "seed=" + seed + " step=" + step + " address=" + address);
            }
            model.forEach((prefix, peer) -> assertTrue(fast.remove(prefix, peer)));
            IpAddress address = address(random);
            assertNull(fast.find(address.family(), address.high(), address.low()));
        }
    }

    @Test
    void shouldMoveAPrefixToWhoIsGivenItLast() {
        put("10.0.0.0/8", "a");
        put("10.99.1.2/8", "b");
        assertEquals("b", find("10.1.1.1"));
        assertFalse(table.remove(IpPrefix.parse("10.0.0.0/8"), "a"));
        assertEquals(List.of(), table.stillOwned(List.of(IpPrefix.parse("10.0.0.0/8")), "a"));
        assertEquals(
                List.of(IpPrefix.parse("10.0.0.0/8")), table.stillOwned(List.of(IpPrefix.parse("10.0.0.0/8")), "b"));
    }

    @Test
    void shouldReplaceAllPrefixesOfAPeerOrNone() {
        PrefixTable<String> small = new PrefixTable<>(3);
        IpPrefix one = IpPrefix.parse("10.1.0.0/16");
        IpPrefix two = IpPrefix.parse("10.2.0.0/16");
        IpPrefix six = IpPrefix.parse("fd00::/16");
        IpPrefix more = IpPrefix.parse("10.4.0.0/16");
        small.replace(Set.of(), Set.of(one, two), "a");
        small.replace(Set.of(), Set.of(six), "b");

        assertThrows(IllegalStateException.class, () -> small.replace(Set.of(six), Set.of(one, six, more), "b"));
        assertEquals(List.of(one), small.stillOwned(List.of(one, more), "a"));
        assertEquals(List.of(six), small.stillOwned(List.of(one, six, more), "b"));

        small.replace(Set.of(six), Set.of(one, more), "b"); // one that is taken, and one in place of its own
        assertEquals(List.of(two), small.stillOwned(List.of(one, two), "a"));
        assertEquals(List.of(one, more), small.stillOwned(List.of(one, six, more), "b"));
        small.replace(Set.of(one, two), Set.of(), "a"); // of which one is another's
        small.replace(Set.of(one, more), Set.of(one, more, six), "b");
        assertEquals(List.of(one, six, more), small.stillOwned(List.of(one, six, more), "b"));
    }

    @Test
    void shouldKeepTheFamiliesApart() {
        put("0.0.0.0/0", "four");
        assertNull(find("::1"));
        assertNull(find("::ffff:1.2.3.4"));
        put("::/0", "six");
        assertEquals("four", find("255.255.255.255"));
        assertEquals("six", find("::"));
        assertEquals("six", find("ffff::1"));
    }

    @Test
    void shouldTakeTheWholeLengths() {
        put("10.0.0.1/32", "host");
        put("10.0.0.0/31", "pair");
        put("2001:db8::1/128", "host6");
        put("2001:db8::/64", "net6");
        assertEquals("host", find("10.0.0.1"));
        assertEquals("pair", find("10.0.0.0"));
        assertNull(find("10.0.0.2"));
        assertEquals("host6", find("2001:db8::1"));
        assertEquals("net6", find("2001:db8::2"));
        assertNull(find("2001:db8:0:1::1"));
    }

    @Test
    void shouldTakeSoManyPrefixesAndNoMore() {
        PrefixTable<String> small = new PrefixTable<>(2);
        small.put(IpPrefix.parse("10.0.0.0/8"), "a");
        small.put(IpPrefix.parse("fd00::/8"), "a");
        small.put(IpPrefix.parse("10.0.0.0/8"), "b");
        IpPrefix third = IpPrefix.parse("11.0.0.0/8");
        assertThrows(IllegalStateException.class, () -> small.put(third, "a"));
        assertEquals("b", small.find(IpFamily.IPV4, 0, 0x0A000001));
        assertNull(small.find(IpFamily.IPV4, 0, 0x0B000001));
        assertTrue(small.remove(IpPrefix.parse("fd00::/8"), "a"));
        small.put(third, "a");
        assertEquals("a", small.find(IpFamily.IPV4, 0, 0x0B000001));
    }

    @Test
    void shouldLeaveATrieAsItIsWithoutThePrefix() {
        PrefixTrie<String> trie = PrefixTrie.put(null, 1L << 63, 0, 8, "a");
        assertSame(trie, PrefixTrie.remove(trie, 1L << 62, 0, 8));
        assertSame(trie, PrefixTrie.remove(trie, 1L << 63, 0, 7));
        assertNull(PrefixTrie.remove(null, 0, 0, 8));
        assertNull(PrefixTrie.remove(trie, 1L << 63, 0, 8));
    }

    private void put(String prefix, String peer) {
        table.put(IpPrefix.parse(prefix), peer);
    }

    private @Nullable String find(String address) {
        IpAddress parsed = IpAddress.parse(address);
        return table.find(parsed.family(), parsed.high(), parsed.low());
    }

    private static @Nullable String naive(Map<IpPrefix, String> model, IpAddress address) {
        IpPrefix best = null;
        for (IpPrefix prefix : model.keySet()) {
            if (prefix.contains(address) && (best == null || prefix.length() > best.length())) {
                best = prefix;
            }
        }
        return best == null ? null : model.get(best);
    }

    /** Addresses that share long beginnings, so that prefixes nest. */
    private static IpAddress address(Random random) {
        if (random.nextBoolean()) {
            return IpAddress.ofIpv4(0x0A000000 | random.nextInt(4) << 16 | random.nextInt(4) << 6 | random.nextInt(4));
        }
        long high = 0x2001_0db8_0000_0000L | random.nextInt(3) << 14 | random.nextInt(2);
        long low = ((long) random.nextInt(3) << 62) | random.nextInt(5);
        return IpAddress.ofIpv6(high, low);
    }

    private static IpPrefix prefix(Random random) {
        IpAddress address = address(random);
        int most = address.family() == IpFamily.IPV4 ? 32 : 128;
        int length = random.nextInt(3) == 0 ? random.nextInt(most + 1) : most - random.nextInt(4);
        return IpPrefix.of(address, length);
    }
}
