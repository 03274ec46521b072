// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.wire.KeyedHash;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hash table of neighbours by their 128-bit address. One writer at a time, under the cache's lock; {@link #find} may be
 * called by any thread without it. While the table grows such a reader can miss an entry, though never see a wrong one
 * or run in a circle: a moved entry only ever points at entries moved before it. The caller looks again under the lock.
 *
 * <p>The hash is keyed, because neighbours choose their addresses, and with IPv6 have 64 bits to choose from.
 */
final class NeighborTable {

    private static final int INITIAL_BUCKETS = 16;

    private final KeyedHash hash;
    private volatile AtomicReferenceArray<@Nullable NeighborEntry> buckets =
            new AtomicReferenceArray<>(INITIAL_BUCKETS);
    private int size;

    NeighborTable(KeyedHash hash) {
        this.hash = hash;
    }

    @Nullable
    NeighborEntry find(long high, long low) {
        AtomicReferenceArray<@Nullable NeighborEntry> table = buckets;
        NeighborEntry entry = table.get(index(high, low, table.length()));
        while (entry != null && (entry.low != low || entry.high != high)) {
            entry = entry.nextInBucket;
        }
        return entry;
    }

    void add(NeighborEntry entry) {
        if (size >= buckets.length()) {
            grow();
        }
        link(buckets, entry);
        size++;
    }

    void remove(NeighborEntry removed) {
        AtomicReferenceArray<@Nullable NeighborEntry> table = buckets;
        int index = index(removed.high, removed.low, table.length());
        NeighborEntry entry = table.get(index);
        if (entry == removed) {
            table.set(index, removed.nextInBucket);
            size--;
            return;
        }
        while (entry != null) {
            NeighborEntry next = entry.nextInBucket;
            if (next == removed) {
                entry.nextInBucket = removed.nextInBucket; // the removed one keeps its link, for readers standing on it
                size--;
                return;
            }
            entry = next;
        }
    }

    int size() {
        return size;
    }

    void forEach(Consumer<NeighborEntry> action) {
        AtomicReferenceArray<@Nullable NeighborEntry> table = buckets;
        for (int i = 0; i < table.length(); i++) {
            NeighborEntry entry = table.get(i);
            while (entry != null) {
                NeighborEntry next = entry.nextInBucket; // read first: the action may remove the entry
                action.accept(entry);
                entry = next;
            }
        }
    }

    private void grow() {
        AtomicReferenceArray<@Nullable NeighborEntry> old = buckets;
        AtomicReferenceArray<@Nullable NeighborEntry> larger = new AtomicReferenceArray<>(old.length() * 2);
        for (int i = 0; i < old.length(); i++) {
            NeighborEntry entry = old.get(i);
            while (entry != null) {
                NeighborEntry next = entry.nextInBucket;
                link(larger, entry);
                entry = next;
            }
        }
        buckets = larger;
    }

    private void link(AtomicReferenceArray<@Nullable NeighborEntry> table, NeighborEntry entry) {
        int index = index(entry.high, entry.low, table.length());
        entry.nextInBucket = table.get(index);
        table.set(index, entry);
    }

    private int index(long high, long low, int length) {
        return (int) hash.of(high, low) & (length - 1);
    }
}
