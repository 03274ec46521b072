// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.wire.IpFamily;

/** The path MTU of one connection, RFC 1191 and RFC 8201. It only ever falls. */
final class PathMtu {
    private static final int FLOOR_IPV4 = 552;
    private static final int FLOOR_IPV6 = 1280;
    private static final int SMALLEST_CREDIBLE = 68; // RFC 791; less is a router that does not tell
    private static final int[] PLATEAUS = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 552}; // RFC 1191 section 7.1

    private final int headers;
    private final int floor;
    private int mtu;

    PathMtu(IpFamily family, int mtu) {
        this.headers = family == IpFamily.IPV4 ? 40 : 60;
        this.floor = family == IpFamily.IPV4 ? FLOOR_IPV4 : FLOOR_IPV6;
        this.mtu = mtu;
    }

    int mtu() {
        return mtu;
    }

    /** Bytes of options and payload that a packet holds. */
    int segmentRoom() {
        return mtu - headers;
    }

    /**
     * Lowers the MTU.
     *
     * @return whether it changed
     */
    boolean lower(int told) {
        int wanted = Math.max(floor, told < SMALLEST_CREDIBLE ? plateauBelow(mtu) : told);
        if (wanted >= mtu) {
            return false;
        }
        mtu = wanted;
        return true;
    }

    private static int plateauBelow(int current) {
        for (int plateau : PLATEAUS) {
            if (plateau < current) {
                return plateau;
            }
        }
        return SMALLEST_CREDIBLE;
    }
}
