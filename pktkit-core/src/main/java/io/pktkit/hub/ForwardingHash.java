// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a {@link ForwardingTable} by key: open addressing with linear probing, at most half full. Any number of
 * threads look up while one, under the table's lock, changes.
 *
 * <p>An entry is one reference, so that a reader never sees the key of one station with the port of another, which
 * parallel arrays of keys and values would allow. What is removed leaves a tombstone, because moving its successors up
 * would hide them from readers for a moment; when too many pile up, the live entries are copied to a new array.
 *
 * <p>Stations choose their addresses, so the hash is keyed: two rounds of a 64-by-64-bit multiplication with secrets,
 * folded. Whoever floods the switch learns nothing about the secrets, and without them cannot aim addresses at one place.
 * SipHash, as {@link io.pktkit.wire.KeyedHash} has it, withstands an attacker who sees hashes; that takes three times as
 * long here, where there are two lookups for each frame, and protects what nobody sees.
 */
final class ForwardingHash {

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(ForwardingEntry[].class);
    private static final int MIN_CAPACITY = 64;

    /** In place of what was removed; no key of a station is negative. */
    private final ForwardingEntry tombstone = new ForwardingEntry(-1, null, 0, false);

    private final long secret0;
    private final long secret1;
    private final long secret2;

    private volatile @Nullable ForwardingEntry[] slots = new ForwardingEntry[MIN_CAPACITY];

    /** Entries that are not tombstones. Guarded by the lock, and published for those without it. */
    private int live;

    private volatile int size;

    /** Slots that are not empty: entries and tombstones. Guarded by the lock. */
    private int used;

    ForwardingHash() {
        SecureRandom random = new SecureRandom();
        secret0 = random.nextLong();
        secret1 = random.nextLong() | 1;
        secret2 = random.nextLong() | 1;
    }

    @Nullable
    ForwardingEntry find(long key) {
        @Nullable ForwardingEntry[] now = slots;
        int mask = now.length - 1;
        int at = hash(key) & mask;
        ForwardingEntry entry = (ForwardingEntry) SLOT.getAcquire(now, at);
        while (entry != null && entry.key != key) {
            at = (at + 1) & mask;
            entry = (ForwardingEntry) SLOT.getAcquire(now, at);
        }
        return entry;
    }

    int size() {
        return size;
    }

    /** How many entries and tombstones there is room for, twice over. */
    int capacity() {
        return slots.length;
    }

    /** Adds an entry whose key is not in the table. Under the lock. */
    void add(ForwardingEntry entry) {
        if (2 * (used + 1) > slots.length) {
            rebuild();
        }
        @Nullable ForwardingEntry[] now = slots;
        int mask = now.length - 1;
        int at = hash(entry.key) & mask;
        while (now[at] != null && now[at] != tombstone) {
            at = (at + 1) & mask;
        }
        if (now[at] == null) {
            used++;
        }
        SLOT.setRelease(now, at, entry);
        resize(1);
    }

    /** Removes all entries that fulfil a condition. Under the lock. */
    void removeIf(Predicate<ForwardingEntry> condition) {
        @Nullable ForwardingEntry[] now = slots;
        for (int at = 0; at < now.length; at++) {
            ForwardingEntry entry = now[at];
            if (entry != null && entry != tombstone && condition.test(entry)) {
                SLOT.setRelease(now, at, tombstone);
                resize(-1);
            }
        }
        if (size == 0) {
            used = 0;
            slots = new ForwardingEntry[MIN_CAPACITY];
        }
    }

    private void resize(int by) {
        live += by;
        size = live;
    }

    private void rebuild() {
        @Nullable ForwardingEntry[] old = slots;
        // A quarter full: as many changes again go by before the next rebuild.
        int capacity = Math.max(MIN_CAPACITY, Integer.highestOneBit(Math.max(1, size)) << 3);
        @Nullable ForwardingEntry[] next = new ForwardingEntry[capacity];
        int mask = capacity - 1;
        for (ForwardingEntry entry : old) {
            if (entry != null && entry != tombstone) {
                int at = hash(entry.key) & mask;
                while (next[at] != null) {
                    at = (at + 1) & mask;
                }
                next[at] = entry;
            }
        }
        used = size;
        slots = next;
    }

    int hash(long key) {
        long x = key ^ secret0;
        x = Math.multiplyHigh(x, secret1) ^ x * secret1;
        x = Math.multiplyHigh(x, secret2) ^ x * secret2;
        return (int) (x >>> 32);
    }
}
