// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A hash table with open addressing that grows a little at each insertion, so that no packet pays for all of it. The hashes
 * are given, keyed with a secret; the owner compares keys:
 *
 * <pre>{@code
 * for (int at = table.first(hash); at != OpenTable.END; at = table.next(at, hash)) {
 *     E entry = table.get(at);
 *     ...
 * }
 * }</pre>
 *
 * @param <E> the entries
 */
final class OpenTable<E> {

    static final int END = -1;

    private static final int FIRST_CAPACITY = 64;

    /** Slots of the old arrays that are emptied at each insertion: more than two, so that it is done before the next growth. */
    private static final int MOVED_AT_A_TIME = 8;

    private static final Object GONE = new Object();

    /** Marks an index into the old arrays. */
    private static final int OLD = 1 << 30;

    private Slots present = new Slots(FIRST_CAPACITY);
    private int used;
    private int size;

    /** What is not yet moved over; null if nothing. Entries that were are GONE, so that probes go on past them. */
    private @Nullable Slots old;

    private int oldNext;

    /**
     * Hashes and entries, in pieces that are made when they are first written to: an array for a million entries takes
     * milliseconds to clear, which one packet would wait for.
     */
    private static final class Slots {
        private static final int BITS = 10;
        private static final int LOW = (1 << BITS) - 1;

        final int mask;
        private final long[][] hashes;
        private final @Nullable Object[] @Nullable [] entries;

        Slots(int capacity) {
            int pieces = Math.max(1, capacity >>> BITS);
            this.mask = capacity - 1;
            this.hashes = new long[pieces][];
            this.entries = new Object[pieces][];
        }

        @Nullable
        Object get(int at) {
            @Nullable Object @Nullable [] piece = entries[at >>> BITS];
            return piece == null ? null : piece[at & LOW];
        }

        /** Only of a slot that is not empty. */
        long hash(int at) {
            return hashes[at >>> BITS][at & LOW];
        }

        void put(int at, long hash, Object entry) {
            int piece = at >>> BITS;
            @Nullable Object @Nullable [] of = entries[piece];
            if (of == null) {
                int length = Math.min(mask, LOW) + 1;
                of = new Object[length];
                entries[piece] = of;
                hashes[piece] = new long[length];
            }
            of[at & LOW] = entry;
            hashes[piece][at & LOW] = hash;
        }

        /** Of a slot that is not empty. */
        void set(int at, @Nullable Object entry) {
            @Nullable Object @Nullable [] piece = entries[at >>> BITS];
            if (piece != null) {
                piece[at & LOW] = entry;
            }
        }

        @Nullable
        Object[] @Nullable [] pieces() {
            return entries;
        }
    }

    /** Probes of the latest search, for tests of constant work. */
    private int probes;

    int size() {
        return size;
    }

    int probes() {
        return probes;
    }

    int first(long hash) {
        probes = 0;
        int found = scan(present, hash, (int) hash & present.mask);
        return found >= 0 ? found : firstOld(hash);
    }

    int next(int at, long hash) {
        Slots before = old;
        if ((at & OLD) != 0) {
            return before == null ? END : old(scan(before, hash, ((at & ~OLD) + 1) & before.mask));
        }
        int found = scan(present, hash, (at + 1) & present.mask);
        return found >= 0 ? found : firstOld(hash);
    }

    private int firstOld(long hash) {
        Slots before = old;
        return before == null ? END : old(scan(before, hash, (int) hash & before.mask));
    }

    private static int old(int found) {
        return found < 0 ? END : found | OLD;
    }

    private int scan(Slots in, long hash, int from) {
        int at = from;
        for (Object entry = in.get(at); entry != null; entry = in.get(at)) {
            probes++;
            if (entry != GONE && in.hash(at) == hash) {
                return at;
            }
            at = (at + 1) & in.mask;
        }
        return END;
    }

    @SuppressWarnings("unchecked") // only entries are put in, and GONE is never found
    E get(int at) {
        Slots before = old;
        Object entry = (at & OLD) == 0 ? present.get(at) : before == null ? null : before.get(at & ~OLD);
        if (entry == null) {
            throw new IllegalStateException("nothing at index=" + at);
        }
        return (E) entry;
    }

    void forEach(Consumer<? super E> action) {
        Slots before = old;
        if (before != null) {
            forEach(before, action);
        }
        forEach(present, action);
    }

    @SuppressWarnings("unchecked") // only entries are put in, and GONE is left out
    private void forEach(Slots in, Consumer<? super E> action) {
        for (@Nullable Object @Nullable [] piece : in.pieces()) {
            if (piece == null) {
                continue;
            }
            for (Object entry : piece) {
                if (entry != null && entry != GONE) {
                    action.accept((E) entry);
                }
            }
        }
    }

    void add(long hash, E entry) {
        moveSome();
        if ((used + 1) * 2 > present.mask + 1) {
            grow();
        }
        insert(hash, entry);
        size++;
    }

    private void insert(long hash, Object entry) {
        int at = (int) hash & present.mask;
        while (present.get(at) != null) {
            at = (at + 1) & present.mask;
        }
        present.put(at, hash, entry);
        used++;
    }

    private void grow() {
        while (old != null) {
            moveSome();
        }
        old = present;
        oldNext = 0;
        present = new Slots(2 * (present.mask + 1));
        used = 0;
    }

    private void moveSome() {
        Slots before = old;
        if (before == null) {
            return;
        }
        int end = Math.min(oldNext + MOVED_AT_A_TIME, before.mask + 1);
        for (; oldNext < end; oldNext++) {
            Object entry = before.get(oldNext);
            if (entry != null && entry != GONE) {
                before.set(oldNext, GONE);
                insert(before.hash(oldNext), entry);
            }
        }
        if (oldNext > before.mask) {
            old = null;
        }
    }

    @SuppressWarnings("ReferenceEquality") // an entry is itself and no other
    void remove(long hash, E entry) {
        for (int at = first(hash); at != END; at = next(at, hash)) {
            if (get(at) == entry) {
                Slots before = old;
                if ((at & OLD) == 0) {
                    close(at);
                } else if (before != null) {
                    before.set(at & ~OLD, GONE);
                }
                size--;
                return;
            }
        }
        throw new IllegalStateException("not in the table: entry=" + entry);
    }

    /** Empties a slot and moves back what was pushed past it, so that no tombstones remain. */
    private void close(int from) {
        int mask = present.mask;
        int hole = from;
        int at = (hole + 1) & mask;
        for (Object entry = present.get(at); entry != null; entry = present.get(at)) {
            int home = (int) present.hash(at) & mask;
            if (((at - home) & mask) >= ((at - hole) & mask)) {
                present.put(hole, present.hash(at), entry);
                hole = at;
            }
            at = (at + 1) & mask;
        }
        present.set(hole, null);
        used--;
    }
}
