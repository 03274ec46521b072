// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The free addresses of a range, in the order in which newcomers get them: those that nobody had yet, the lowest first, then
 * those that were free for longest (RFC 2131 sections 1.6 and 2.2). Who is slow to notice that its lease is over, and what
 * others still remember of it, is so met as late as can be.
 *
 * <p>An address that was taken and not used, such as one that was only offered, goes back to its old place: offers, which
 * anybody can cause, do not change the order. Owned by one {@link LeaseTable}.
 */
final class AddressPool {
    /** The place of an address that nobody had yet. */
    static final long UNTOUCHED = -1;

    private final int start;
    private final int size;
    private final BitSet withheld; // never given out, by offset
    private final BitSet untouched; // free and never used, by offset
    private final TreeMap<Long, Integer> byPlace = new TreeMap<>(); // free and used before
    private final Map<Integer, Long> places = new HashMap<>(); // the same by address
    private long nextPlace;

    /** The pool runs from an address over a number of them, less those that are withheld, by offset. */
    AddressPool(int start, int size, BitSet withheld) {
        this.start = start;
        this.size = size;
        this.withheld = (BitSet) withheld.clone();
        untouched = new BitSet(size);
        untouched.set(0, size);
        untouched.andNot(withheld);
    }

    /** Whether it is an address that may be given to any client, free or not. */
    boolean contains(int address) {
        int offset = address - start;
        return Integer.toUnsignedLong(offset) < size && !withheld.get(offset);
    }

    boolean isFree(int address) {
        return contains(address) && (untouched.get(address - start) || places.containsKey(address));
    }

    /** The address that was unused for longest, or 0 if none is free. Zero is never in a pool. */
    int longestUnused() {
        int offset = untouched.nextSetBit(0);
        if (offset >= 0) {
            return start + offset;
        }
        return byPlace.isEmpty() ? 0 : byPlace.firstEntry().getValue();
    }

    /** Takes a free address of the pool; returns its place, for {@link #giveBackUnused}. */
    long take(int address) {
        Long place = places.remove(address);
        if (place == null) {
            untouched.clear(address - start);
            return UNTOUCHED;
        }
        byPlace.remove(place);
        return place;
    }

    /** Gives an address of the pool back that somebody used: it is the last in turn. */
    void giveBackUsed(int address) {
        put(address, nextPlace++);
    }

    /** Gives an address of the pool back that nobody used since it was taken. */
    void giveBackUnused(int address, long place) {
        if (place == UNTOUCHED) {
            untouched.set(address - start);
        } else {
            put(address, place);
        }
    }

    private void put(int address, long place) {
        byPlace.put(place, address);
        places.put(address, place);
    }
}
