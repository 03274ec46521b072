// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

/** An inside endpoint, as the key of a mapping. Reused: a field for each part, so that a lookup allocates nothing. */
public final class Endpoint {

    int kind;
    boolean ipv6;
    long high;
    long low;
    int port;

    /** An endpoint of nothing, until set. */
    public Endpoint() {}

    /**
     * Sets all of it.
     *
     * @param itsKind the port space
     * @param isIpv6 whether the address is of IPv6
     * @param itsHigh the first half of the address, 0 for IPv4
     * @param itsLow the last half
     * @param itsPort the port or identifier
     * @return this
     */
    public Endpoint set(int itsKind, boolean isIpv6, long itsHigh, long itsLow, int itsPort) {
        kind = itsKind;
        ipv6 = isIpv6;
        high = itsHigh;
        low = itsLow;
        port = itsPort;
        return this;
    }

    /** {@return the port space} */
    public int kind() {
        return kind;
    }

    /** {@return the port or identifier} */
    public int port() {
        return port;
    }
}
