// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.wire.MacAddress;
import java.util.Set;

/**
 * Which source addresses a port of an {@link L2Hub} may use, so that one station cannot take over the addresses of
 * others or fill the table.
 *
 * <p>An address that a port holds, because it is in its fixed set or was learned by a sticky port, is dropped and
 * counted on every other port. It is never relearned there, whatever the other port's settings.
 *
 * @param maxAddresses how many addresses the port learns besides the fixed ones, 0 or more
 * @param sticky whether what was learned stays the port's until its settings change or it is closed
 * @param fixed addresses that are the port's own from the start, in all VLANs, and do not count as learned
 * @param violation what happens to a frame with an address too many
 */
public record PortSecurity(int maxAddresses, boolean sticky, Set<MacAddress> fixed, Violation violation) {

    /** What happens to a frame whose source the port may not learn. */
    public enum Violation {

        /** It is dropped and counted. */
        DROP,

        /** It is forwarded and counted; its source is not learned. */
        COUNT
    }

    /**
     * Checks the settings and copies the set.
     *
     * @param maxAddresses how many addresses the port learns
     * @param sticky whether it keeps them
     * @param fixed its own addresses, all unicast
     * @param violation what happens to a frame with an address too many
     */
    public PortSecurity {
        if (maxAddresses < 0) {
            throw new IllegalArgumentException("maxAddresses must not be negative: maxAddresses=" + maxAddresses);
        }
        fixed = Set.copyOf(fixed);
        for (MacAddress address : fixed) {
            if (!address.isUnicast()) {
                throw new IllegalArgumentException("fixed addresses must be unicast: fixed=" + address);
            }
        }
    }

    /**
     * A port for exactly these stations.
     *
     * @param fixed their addresses
     * @return settings that drop all others
     */
    public static PortSecurity only(MacAddress... fixed) {
        return new PortSecurity(0, false, Set.of(fixed), Violation.DROP);
    }

    /**
     * A port that keeps the first addresses that it sees.
     *
     * @param maxAddresses how many
     * @return settings that drop all others
     */
    public static PortSecurity sticky(int maxAddresses) {
        return new PortSecurity(maxAddresses, true, Set.of(), Violation.DROP);
    }
}
