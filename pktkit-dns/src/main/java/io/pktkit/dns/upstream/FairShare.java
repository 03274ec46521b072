// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Places that many share, each named by whom it is for. One alone may have all; with others, who has most gives way to who
 * has less, the unproven before the proven. All of it takes constant time. Not for several threads.
 *
 * @param <T> what takes a place
 */
final class FairShare<T> {
    private final int capacity;
    private final Map<Object, Holder<T>> holders = new HashMap<>();

    /** By how many places they have, the unproven and the proven apart. */
    private final Standing<T> unproven = new Standing<>();

    private final Standing<T> proven = new Standing<>();
    private int taken;

    FairShare(int capacity) {
        this.capacity = capacity;
    }

    int taken() {
        return taken;
    }

    boolean hasRoom() {
        return taken < capacity;
    }

    /**
     * Who gives way to one more of a principal when all places are taken: the oldest place of whoever has most. All who are
     * unproven count as one to a proven principal, since addresses that can be forged cost nothing; and they take from a
     * proven one only what is beyond a quarter of all.
     *
     * @return null if nobody has the lesser right
     */
    @Nullable
    T victim(Object principal, boolean isProven) {
        Holder<T> asking = holders.get(principal);
        int has = asking == null ? 0 : asking.places.size();
        Holder<T> most = unproven.most();
        if (most != null && (isProven ? unproven.total > has : most.places.size() > has + 1)) {
            return most.places.iterator().next();
        }
        most = proven.most();
        int spared = isProven ? has + 1 : Math.max(has + 1, capacity / 4);
        return most != null && most.places.size() > spared
                ? most.places.iterator().next()
                : null;
    }

    void add(Object principal, boolean isProven, T place) {
        Holder<T> holder = holders.computeIfAbsent(principal, unused -> new Holder<>(isProven));
        standing(holder).move(holder, 1);
        holder.places.add(place);
        taken++;
    }

    void remove(Object principal, T place) {
        Holder<T> holder = holders.get(principal);
        if (holder == null || !holder.places.contains(place)) {
            return;
        }
        standing(holder).move(holder, -1);
        holder.places.remove(place);
        taken--;
        if (holder.places.isEmpty()) {
            holders.remove(principal);
        }
    }

    private Standing<T> standing(Holder<T> holder) {
        return holder.proven ? proven : unproven;
    }

    Collection<T> all() {
        List<T> all = new ArrayList<>();
        holders.values().forEach(holder -> all.addAll(holder.places));
        return all;
    }

    private static final class Holder<T> {
        final boolean proven;
        final LinkedHashSet<T> places = new LinkedHashSet<>(2);

        Holder(boolean proven) {
            this.proven = proven;
        }
    }

    /** Holders in buckets by the number of their places, which changes by one at a time. */
    private static final class Standing<T> {
        private final List<LinkedHashSet<Holder<T>>> buckets = new ArrayList<>();
        private int highest;
        private int total;

        @Nullable
        Holder<T> most() {
            return highest == 0 ? null : buckets.get(highest).iterator().next();
        }

        void move(Holder<T> holder, int by) {
            int before = holder.places.size();
            int after = before + by;
            total += by;
            while (buckets.size() <= Math.max(before, after)) {
                buckets.add(new LinkedHashSet<>());
            }
            if (before > 0) {
                buckets.get(before).remove(holder);
            }
            if (after > 0) {
                buckets.get(after).add(holder);
            }
            highest = Math.max(highest, after);
            while (highest > 0 && buckets.get(highest).isEmpty()) {
                highest--;
            }
        }
    }
}
