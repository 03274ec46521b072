// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import org.jspecify.annotations.Nullable;

/**
 * The 65 536 ports of one outside address and protocol: who holds which, which are free, which rest.
 *
 * <p>A bit for each port, a bit for each word of them that has no free even port, and one for odd ports, and counts for the
 * two ranges that ports are drawn from. So a free port of a range and parity is found, or known not to exist, in a number
 * of steps that does not depend on how full the space is.
 */
final class PortSpace {

    static final int ANY = -1;
    private static final int PORTS = 1 << 16;
    private static final int WORDS = PORTS / 64;
    private static final int PAGE = 256;
    private static final long EVEN = 0x5555_5555_5555_5555L;

    /** What rests longest is looked at first, and so many at each allocation. */
    private static final int RELEASED_AT_A_TIME = 16;

    private final @Nullable Mapping[][] pages = new Mapping[PORTS / PAGE][];
    private final @Nullable Resting[] @Nullable [] resting = new Resting[PORTS / PAGE][];

    /**
     * Those that rest, in the order of their coming. One that is taken meanwhile leaves at once, so that there are no more of them
     * than ports, however often one is taken and freed.
     */
    private @Nullable Resting oldest;

    private @Nullable Resting latest;
    private int restingCount;
    private final long[] taken = new long[WORDS];

    /** By parity: the words without a free port of it. */
    private final long[][] full = new long[2][WORDS / 64];

    private final Range[] ranges;
    private int steps;

    /** A port that was freed and is not yet for everybody. */
    private static final class Resting {
        final int port;
        final long host;
        final long until;

        @Nullable
        Resting previous;

        @Nullable
        Resting next;

        Resting(int port, long host, long until) {
            this.port = port;
            this.host = host;
            this.until = until;
        }
    }

    /** Ports to draw from, and how many of each parity are free. */
    static final class Range {
        final int low;
        final int high;
        final int[] free = new int[2];

        Range(int low, int high) {
            this.low = low;
            this.high = high;
            int count = high - low + 1;
            free[low & 1] = (count + 1) / 2;
            free[(low & 1) ^ 1] = count / 2;
        }

        boolean contains(int port) {
            return port >= low && port <= high;
        }
    }

    PortSpace(Range... ranges) {
        this.ranges = ranges;
    }

    @Nullable
    Mapping get(int port) {
        @Nullable Mapping[] page = pages[port >>> 8];
        return page == null ? null : page[port & 0xFF];
    }

    /** Whether any dynamic port is free. */
    boolean hasFree() {
        Range dynamic = ranges[ranges.length - 1];
        return dynamic.free[0] + dynamic.free[1] != 0;
    }

    /** How many words were looked at in the latest search. */
    int steps() {
        return steps;
    }

    /** Whether a host may have this port. */
    boolean isFree(int port, long host, long now) {
        if ((taken[port >>> 6] & 1L << port) == 0) {
            return true;
        }
        Resting place = restingAt(port);
        return place != null && (place.host == host || place.until - now <= 0);
    }

    /**
     * Finds a free port.
     *
     * @param range which of the ranges
     * @param parity 0 for even, 1 for odd, or ANY
     * @param random any bits, for where to begin
     * @return the port, or -1
     */
    int find(int range, int parity, long random, long now) {
        release(now);
        steps = 1;
        Range from = ranges[range];
        if (parity == ANY ? from.free[0] + from.free[1] == 0 : from.free[parity] == 0) {
            return -1;
        }
        int begin = from.low + (int) Long.remainderUnsigned(random, from.high - from.low + 1);
        int found = search(begin, from.high, parity);
        return found >= 0 ? found : search(from.low, begin, parity);
    }

    /** The first free port of a parity in [low, high]. */
    private int search(int low, int high, int parity) {
        long wanted = parity == ANY ? -1L : parity == 0 ? EVEN : ~EVEN;
        int last = high >>> 6;
        long mask = wanted & -1L << low;
        for (int word = low >>> 6; word <= last; word = nextOpen(word + 1, last, parity)) {
            steps++;
            long free = ~taken[word] & mask;
            if (word == last) {
                free &= -1L >>> (63 - (high & 63));
            }
            if (free != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(free);
            }
            mask = wanted;
        }
        return -1;
    }

    /** The next word, from {@code word} on, that has a free port; past {@code last} if there is none. */
    private int nextOpen(int word, int last, int parity) {
        int at = word;
        while (at <= last) {
            steps++;
            int group = at >>> 6;
            long closed = parity == ANY ? full[0][group] & full[1][group] : full[parity][group];
            long open = ~closed & -1L << at;
            if (open != 0) {
                return (group << 6) + Long.numberOfTrailingZeros(open);
            }
            at = (group + 1) << 6;
        }
        return at;
    }

    void take(int port, Mapping holder) {
        if ((taken[port >>> 6] & 1L << port) == 0) {
            mark(port);
        } else {
            clearResting(port);
        }
        @Nullable Mapping[] page = pages[port >>> 8];
        if (page == null) {
            page = new Mapping[PAGE];
            pages[port >>> 8] = page;
        }
        page[port & 0xFF] = holder;
    }

    /** Gives a port back, which rests until a time for all but its host. */
    void free(int port, long host, long until, long now) {
        @Nullable Mapping[] page = pages[port >>> 8];
        if (page == null || page[port & 0xFF] == null) {
            throw new IllegalStateException("nobody holds port=" + port);
        }
        page[port & 0xFF] = null;
        if (until - now <= 0) {
            unmark(port);
            return;
        }
        Resting place = new Resting(port, host, until);
        @Nullable Resting[] places = resting[port >>> 8];
        if (places == null) {
            places = new Resting[PAGE];
            resting[port >>> 8] = places;
        }
        places[port & 0xFF] = place;
        place.previous = latest;
        if (latest == null) {
            oldest = place;
        } else {
            latest.next = place;
        }
        latest = place;
        restingCount++;
        release(now);
    }

    /** How many ports rest. */
    int resting() {
        return restingCount;
    }

    private @Nullable Resting restingAt(int port) {
        @Nullable Resting[] places = resting[port >>> 8];
        return places == null ? null : places[port & 0xFF];
    }

    private void clearResting(int port) {
        @Nullable Resting[] places = resting[port >>> 8];
        Resting place = places == null ? null : places[port & 0xFF];
        if (places == null || place == null) {
            throw new IllegalStateException("port is held already: port=" + port);
        }
        places[port & 0xFF] = null;
        if (place.previous == null) {
            oldest = place.next;
        } else {
            place.previous.next = place.next;
        }
        if (place.next == null) {
            latest = place.previous;
        } else {
            place.next.previous = place.previous;
        }
        restingCount--;
    }

    private void release(long now) {
        for (int i = 0; i < RELEASED_AT_A_TIME; i++) {
            Resting first = oldest;
            if (first == null || first.until - now > 0) {
                return;
            }
            clearResting(first.port);
            unmark(first.port);
        }
    }

    private void mark(int port) {
        int word = port >>> 6;
        taken[word] |= 1L << port;
        long ofParity = (port & 1) == 0 ? EVEN : ~EVEN;
        if ((~taken[word] & ofParity) == 0) {
            full[port & 1][word >>> 6] |= 1L << word;
        }
        count(port, -1);
    }

    private void unmark(int port) {
        int word = port >>> 6;
        taken[word] &= ~(1L << port);
        full[port & 1][word >>> 6] &= ~(1L << word);
        count(port, 1);
    }

    private void count(int port, int change) {
        for (Range range : ranges) {
            if (range.contains(port)) {
                range.free[port & 1] += change;
            }
        }
    }
}
