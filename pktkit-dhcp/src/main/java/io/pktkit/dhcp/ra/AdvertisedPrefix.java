// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import io.pktkit.wire.IpPrefix;

/**
 * A prefix of a link (RFC 4861 section 4.6.2).
 *
 * @param prefix the IPv6 prefix, without host bits
 * @param onLink whether its addresses are neighbours
 * @param autonomous whether hosts make themselves addresses of it
 * @param validSeconds how long such an address may be used, 0 to {@link RouterAdvertisement#FOREVER}
 * @param preferredSeconds how long it is used for new connections, at most {@code validSeconds}
 */
public record AdvertisedPrefix(
        IpPrefix prefix, boolean onLink, boolean autonomous, long validSeconds, long preferredSeconds) {
    /**
     * Checks the ranges.
     *
     * @param prefix an IPv6 prefix, neither link-local nor a group's
     * @param onLink either
     * @param autonomous either
     * @param validSeconds see above
     * @param preferredSeconds see above
     */
    public AdvertisedPrefix {
        if (prefix.address().isIpv4()
                || !prefix.equals(prefix.masked())
                || prefix.address().isLinkLocal()
                || prefix.address().isMulticast()) {
            throw new IllegalArgumentException("not a prefix of IPv6 hosts: prefix=" + prefix);
        }
        RouterAdvertisement.checkSeconds("validSeconds", validSeconds);
        RouterAdvertisement.checkSeconds("preferredSeconds", preferredSeconds);
        if (preferredSeconds > validSeconds) {
            throw new IllegalArgumentException("must not be preferred for longer than it is valid: preferredSeconds="
                    + preferredSeconds + " validSeconds=" + validSeconds);
        }
    }
}
