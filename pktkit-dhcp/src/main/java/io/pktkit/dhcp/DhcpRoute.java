// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;

/**
 * A classless static route (RFC 3442): how a client reaches addresses outside its subnet.
 *
 * @param destination the addresses, of IPv4 and without host bits; 0.0.0.0/0 is the default route
 * @param router where to send them, or 0.0.0.0 if they are on the client's link
 */
public record DhcpRoute(IpPrefix destination, IpAddress router) {
    /**
     * Checks the families, and takes host bits off the destination.
     *
     * @param destination the addresses
     * @param router where to send them
     * @throws IllegalArgumentException if one of the two is not IPv4
     */
    public DhcpRoute {
        if (!destination.address().isIpv4() || !router.isIpv4()) {
            throw new IllegalArgumentException(
                    "a route of DHCP is of IPv4: destination=" + destination + ", router=" + router);
        }
        destination = destination.masked();
    }

    /**
     * Makes the default route.
     *
     * @param router where to
     * @return the route
     */
    public static DhcpRoute toEverywhere(IpAddress router) {
        return new DhcpRoute(IpPrefix.of(IpAddress.unspecified(IpFamily.IPV4), 0), router);
    }

    /** {@return whether it is the default route} */
    public boolean isDefault() {
        return destination.length() == 0;
    }

    /** {@return whether the destination is on the client's link} */
    public boolean isOnLink() {
        return router.isUnspecified();
    }
}
