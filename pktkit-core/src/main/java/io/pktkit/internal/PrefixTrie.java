// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import org.jspecify.annotations.Nullable;

/**
 * An immutable binary trie over prefixes of 128-bit keys, with paths compressed. A change copies the nodes on the way to
 * where it is made, so a table of thousands costs a few dozen objects for each prefix that is added, and readers of the
 * old table are not disturbed. IPv4 addresses are the first 32 bits of a key.
 *
 * @param <T> what belongs to a prefix
 */
final class PrefixTrie<T> {

    private final long high;
    private final long low;
    private final int bits;
    private final @Nullable T value;
    private final @Nullable PrefixTrie<T> zero;
    private final @Nullable PrefixTrie<T> one;

    private PrefixTrie(
            long high,
            long low,
            int bits,
            @Nullable T value,
            @Nullable PrefixTrie<T> zero,
            @Nullable PrefixTrie<T> one) {
        this.high = high;
        this.low = low;
        this.bits = bits;
        this.value = value;
        this.zero = zero;
        this.one = one;
    }

    /** Finds what belongs to the longest prefix of a key. */
    static <T> @Nullable T longest(@Nullable PrefixTrie<T> root, long high, long low) {
        T best = null;
        PrefixTrie<T> node = root;
        while (node != null && node.covers(high, low)) {
            if (node.value != null) {
                best = node.value;
            }
            if (node.bits == 128) {
                break;
            }
            node = bit(high, low, node.bits) == 0 ? node.zero : node.one;
        }
        return best;
    }

    /** Adds a prefix, or replaces what belongs to it; the key's bits behind the prefix are zero. */
    static <T> PrefixTrie<T> put(@Nullable PrefixTrie<T> node, long high, long low, int bits, T value) {
        if (node == null) {
            return new PrefixTrie<>(high, low, bits, value, null, null);
        }
        int common = Math.min(Math.min(node.bits, bits), commonBits(node.high ^ high, node.low ^ low));
        if (common == node.bits) {
            if (bits == node.bits) {
                return new PrefixTrie<>(high, low, bits, value, node.zero, node.one);
            }
            return bit(high, low, node.bits) == 0
                    ? node.with(put(node.zero, high, low, bits, value), node.one)
                    : node.with(node.zero, put(node.one, high, low, bits, value));
        }
        if (common == bits) {
            return bit(node.high, node.low, bits) == 0
                    ? new PrefixTrie<>(high, low, bits, value, node, null)
                    : new PrefixTrie<>(high, low, bits, value, null, node);
        }
        PrefixTrie<T> fresh = new PrefixTrie<>(high, low, bits, value, null, null);
        long forkHigh = high & mask(common);
        long forkLow = low & mask(common - 64);
        return bit(high, low, common) == 0
                ? new PrefixTrie<>(forkHigh, forkLow, common, null, fresh, node)
                : new PrefixTrie<>(forkHigh, forkLow, common, null, node, fresh);
    }

    /** Removes a prefix that may be there, and forks that it leaves without use. */
    static <T> @Nullable PrefixTrie<T> remove(@Nullable PrefixTrie<T> node, long high, long low, int bits) {
        if (node == null || bits < node.bits || !node.covers(high, low)) {
            return node;
        }
        if (bits == node.bits) {
            return join(node, null, node.zero, node.one);
        }
        return bit(high, low, node.bits) == 0
                ? join(node, node.value, remove(node.zero, high, low, bits), node.one)
                : join(node, node.value, node.zero, remove(node.one, high, low, bits));
    }

    private static <T> @Nullable PrefixTrie<T> join(
            PrefixTrie<T> node, @Nullable T value, @Nullable PrefixTrie<T> zero, @Nullable PrefixTrie<T> one) {
        if (value == null && zero == null) {
            return one;
        }
        if (value == null && one == null) {
            return zero;
        }
        return new PrefixTrie<>(node.high, node.low, node.bits, value, zero, one);
    }

    private PrefixTrie<T> with(@Nullable PrefixTrie<T> newZero, @Nullable PrefixTrie<T> newOne) {
        return new PrefixTrie<>(high, low, bits, value, newZero, newOne);
    }

    private boolean covers(long otherHigh, long otherLow) {
        return ((high ^ otherHigh) & mask(bits)) == 0 && ((low ^ otherLow) & mask(bits - 64)) == 0;
    }

    private static int bit(long high, long low, int at) {
        return (int) (at < 64 ? high >>> (63 - at) : low >>> (127 - at)) & 1;
    }

    private static int commonBits(long high, long low) {
        return high != 0 ? Long.numberOfLeadingZeros(high) : 64 + Long.numberOfLeadingZeros(low);
    }

    private static long mask(int ones) {
        return ones <= 0 ? 0 : ones >= 64 ? -1 : -1L << (64 - ones);
    }
}
