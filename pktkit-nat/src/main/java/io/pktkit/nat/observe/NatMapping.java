// SPDX-License-Identifier: MIT
package io.pktkit.nat.observe;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;

/**
 * A mapping as it was at one time.
 *
 * @param id a number that no other mapping of the engine has
 * @param namespace the number of its namespace
 * @param protocol the protocol number, for queries that of ICMP
 * @param inside the inside address
 * @param insidePort the inside port or identifier; 0 if the protocol has none
 * @param outside the outside address
 * @param outsidePort the outside port or identifier; 0 if the protocol has none
 * @param origin why it is there
 * @param sessions how many remotes are remembered
 */
public record NatMapping(
        long id,
        int namespace,
        int protocol,
        IpAddress inside,
        int insidePort,
        IpAddress outside,
        int outsidePort,
        Origin origin,
        int sessions) {

    /** Why a mapping is there. */
    public enum Origin {
        /** The inside host sent something. */
        DYNAMIC,
        /** A helper opened it, and nobody has come yet. */
        EXPECTED,
        /** The owner asked for it. */
        FORWARD
    }

    /** {@return a line such as {@code udp 10.0.0.2:5353 = 203.0.113.1:5353}} */
    @Override
    public String toString() {
        return IpProtocol.name(protocol) + " " + inside + ":" + insidePort + " = " + outside + ":" + outsidePort
                + (origin == Origin.DYNAMIC ? "" : " " + origin);
    }
}
