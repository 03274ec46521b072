// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import java.util.Arrays;

/**
 * A set of VLAN IDs, 0 to 4095. Immutable. ID 0 stands for frames that are in no VLAN. IDs outside of the range are in
 * no set, and adding or removing one changes nothing.
 */
public final class VlanSet {

    private static final int IDS = 4096;
    private static final VlanSet ALL = new VlanSet(filled());
    private static final VlanSet NONE = new VlanSet(new long[IDS / 64]);

    private final long[] words;

    private VlanSet(long[] words) {
        this.words = words;
    }

    /** {@return the set of all IDs} */
    public static VlanSet all() {
        return ALL;
    }

    /** {@return the empty set} */
    public static VlanSet none() {
        return NONE;
    }

    /**
     * Makes a set.
     *
     * @param ids the IDs
     * @return the set of them
     */
    public static VlanSet of(int... ids) {
        long[] words = new long[IDS / 64];
        for (int id : ids) {
            if (inRange(id)) {
                words[id >> 6] |= 1L << id;
            }
        }
        return new VlanSet(words);
    }

    /**
     * Adds an ID.
     *
     * @param id the ID
     * @return this set and the ID
     */
    public VlanSet with(int id) {
        if (!inRange(id) || contains(id)) {
            return this;
        }
        long[] more = words.clone();
        more[id >> 6] |= 1L << id;
        return new VlanSet(more);
    }

    /**
     * Removes an ID.
     *
     * @param id the ID
     * @return this set without the ID
     */
    public VlanSet without(int id) {
        if (!contains(id)) {
            return this;
        }
        long[] fewer = words.clone();
        fewer[id >> 6] &= ~(1L << id);
        return new VlanSet(fewer);
    }

    /**
     * Tells whether an ID is in the set.
     *
     * @param id the ID
     * @return whether it is
     */
    public boolean contains(int id) {
        return inRange(id) && (words[id >> 6] & 1L << id) != 0;
    }

    /** {@return how many IDs are in the set} */
    public int size() {
        int size = 0;
        for (long word : words) {
            size += Long.bitCount(word);
        }
        return size;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VlanSet set && Arrays.equals(words, set.words);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }

    /** {@return the ranges, as {@code 1-5,10}; {@code all} or {@code none}} */
    @Override
    public String toString() {
        int size = size();
        if (size == 0 || size == IDS) {
            return size == 0 ? "none" : "all";
        }
        StringBuilder text = new StringBuilder();
        for (int id = 0; id < IDS; id++) {
            if (contains(id)) {
                int last = id;
                while (contains(last + 1)) {
                    last++;
                }
                text.append(text.length() == 0 ? "" : ",").append(id);
                if (last > id) {
                    text.append('-').append(last);
                }
                id = last;
            }
        }
        return text.toString();
    }

    private static boolean inRange(int id) {
        return id >= 0 && id < IDS;
    }

    private static long[] filled() {
        long[] words = new long[IDS / 64];
        Arrays.fill(words, -1);
        return words;
    }
}
