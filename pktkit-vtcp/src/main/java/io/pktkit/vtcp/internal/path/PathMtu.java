// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.path;

import io.pktkit.wire.IpFamily;

/** How large the packets of one connection may be, and the bounds of what is believed (RFC 1191, RFC 8201). */
public final class PathMtu {
    private static final int FLOOR_IPV4 = 552;
    private static final int FLOOR_IPV6 = 1280;
    private static final int BASE_SEGMENT = 1024; // RFC 4821 section 7.2; over IPv6 the floor is larger
    private static final int SMALLEST_CREDIBLE = 68; // RFC 791; less is a router that does not tell
    private static final int[] PLATEAUS = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 552}; // RFC 1191 section 7.1

    private final int headers;
    private final int floor;
    private int mtu;
    private boolean belowFloor;

    public PathMtu(IpFamily family, int mtu) {
        this.headers = family == IpFamily.IPV4 ? 40 : 60;
        this.floor = family == IpFamily.IPV4 ? FLOOR_IPV4 : FLOOR_IPV6;
        this.mtu = mtu;
    }

    public int mtu() {
        return mtu;
    }

    /** Bytes of the headers without options. */
    int headers() {
        return headers;
    }

    /** Bytes of options and payload that a packet holds. */
    public int segmentRoom() {
        return mtu - headers;
    }

    /** What is taken to pass without having been tried. */
    int base() {
        return Math.max(floor, headers + BASE_SEGMENT);
    }

    /** What to try when packets of a size vanish: the base, then half the segment, down to the floor. */
    int fallback(int vanished) {
        return vanished > base() ? base() : Math.max(floor, headers + (vanished - headers) / 2);
    }

    /** Whether a router's word counts. Every link of IPv6 takes the floor, and who tells of less is discarded (RFC 8201 section 4). */
    boolean isCredible(int told) {
        return floor != FLOOR_IPV6 || told >= FLOOR_IPV6;
    }

    /**
     * What a router's word amounts to, if it counts.
     *
     * @param told the next hop's MTU
     * @param refused the size of the packet that it refused
     */
    int credible(int told, int refused) {
        return Math.max(floor, told < SMALLEST_CREDIBLE ? plateauBelow(refused) : told);
    }

    /** A router told of a hop that takes less than we go down to: it has to fragment (RFC 1191 section 3). */
    void noteTold(int told) {
        belowFloor |= told >= SMALLEST_CREDIBLE && told < floor;
    }

    /** Whether packets of the present size may be fragmented on their way; over IPv4 only. */
    public boolean mayFragment() {
        return belowFloor;
    }

    /**
     * Lowers the MTU.
     *
     * @return whether it changed
     */
    boolean lower(int bytes) {
        if (bytes >= mtu) {
            return false;
        }
        mtu = bytes;
        return true;
    }

    /** A larger packet has arrived, or what was told has become too old to go by. */
    void raise(int bytes) {
        mtu = Math.max(mtu, bytes);
        belowFloor = false;
    }

    private static int plateauBelow(int size) {
        for (int plateau : PLATEAUS) {
            if (plateau < size) {
                return plateau;
            }
        }
        return SMALLEST_CREDIBLE;
    }
}
