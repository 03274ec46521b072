// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sessions and handshakes by the random 32-bit index that the other end addresses them with. Any thread; a lookup takes no
 * lock and allocates nothing.
 *
 * <p>A table of chains. An entry is never moved between chains of one table, so a reader that is overtaken by a writer
 * sees the chain as it was or as it is; growing makes a new table with new links. A reader of the old table may still find
 * what has been removed: an entry says itself whether it lives. Indexes are ours and random, so they need no hash. The
 * table is bounded by its users: four entries a peer.
 *
 * @param <P> whom the entries belong to
 */
public final class IndexTable<P> {

    private static final int FIRST_CAPACITY = 64;

    private final Object lock = new Object();
    private volatile AtomicReferenceArray<@Nullable Link<P>> table = new AtomicReferenceArray<>(FIRST_CAPACITY);
    private volatile int size;

    /** Creates an empty table. */
    public IndexTable() {}

    /**
     * Makes an entry under an index that is not in use.
     *
     * @param owner whom it belongs to
     * @param random where indexes come from
     * @return the entry
     */
    public Entry<P> add(P owner, RandomGenerator random) {
        synchronized (lock) {
            int index;
            do {
                index = random.nextInt();
            } while (index == 0 || find(index) != null);
            if (size >= table.length()) {
                grow();
            }
            Entry<P> entry = new Entry<>(index, owner);
            push(table, entry);
            size = size + 1;
            return entry;
        }
    }

    /**
     * Removes an entry. It may be removed already.
     *
     * @param entry the entry
     */
    public void remove(Entry<?> entry) {
        synchronized (lock) {
            AtomicReferenceArray<@Nullable Link<P>> now = table;
            int at = entry.index & (now.length() - 1);
            Link<P> before = null;
            for (Link<P> link = now.get(at); link != null; link = link.next) {
                if (link.entry == entry) {
                    if (before == null) {
                        now.set(at, link.next);
                    } else {
                        before.next = link.next;
                    }
                    size = size - 1;
                    return;
                }
                before = link;
            }
        }
    }

    /**
     * Looks up an index.
     *
     * @param index what the other end wrote
     * @return the entry, or null
     */
    public @Nullable Entry<P> find(int index) {
        AtomicReferenceArray<@Nullable Link<P>> now = table;
        for (Link<P> link = now.get(index & (now.length() - 1)); link != null; link = link.next) {
            if (link.entry.index == index) {
                return link.entry;
            }
        }
        return null;
    }

    /** {@return how many entries there are} */
    public int size() {
        return size;
    }

    private void grow() {
        AtomicReferenceArray<@Nullable Link<P>> old = table;
        AtomicReferenceArray<@Nullable Link<P>> larger = new AtomicReferenceArray<>(2 * old.length());
        for (int i = 0; i < old.length(); i++) {
            for (Link<P> link = old.get(i); link != null; link = link.next) {
                push(larger, link.entry);
            }
        }
        table = larger;
    }

    private static <P> void push(AtomicReferenceArray<@Nullable Link<P>> to, Entry<P> entry) {
        int at = entry.index & (to.length() - 1);
        to.set(at, new Link<>(entry, to.get(at)));
    }

    private static final class Link<P> {

        private final Entry<P> entry;
        private volatile @Nullable Link<P> next;

        private Link(Entry<P> entry, @Nullable Link<P> next) {
            this.entry = entry;
            this.next = next;
        }
    }

    /**
     * A handshake that waits for its response, or, once it has a keypair, a session.
     *
     * @param <P> whom the entries belong to
     */
    public static final class Entry<P> {

        private final int index;
        private final P owner;
        private volatile @Nullable Keypair keypair;

        private Entry(int index, P owner) {
            this.index = index;
            this.owner = owner;
        }

        /** {@return the index} */
        public int index() {
            return index;
        }

        /** {@return whom it belongs to} */
        public P owner() {
            return owner;
        }

        /** {@return the keypair, null for a handshake} */
        public @Nullable Keypair keypair() {
            return keypair;
        }

        /**
         * Makes a session of a handshake.
         *
         * @param made its keypair
         */
        public void keypair(Keypair made) {
            keypair = made;
        }
    }
}
