// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

/**
 * Whether an adapter finds out that its IPv6 addresses are nobody else's before the host uses them: duplicate address detection, RFC
 * 4862 section 5.4. Somebody who has such an address says so within a second, and the host is told that it is a {@link
 * io.pktkit.device.AddressState#DUPLICATE}.
 *
 * <p>IPv4 addresses that come by DHCP are probed by the DHCP client (RFC 5227), others are not.
 */
public enum DuplicateDetection {
    /** No address is checked: for a network that gives each its own, or where an attacker could claim them all. */
    OFF,
    /**
     * Addresses are used while they are checked, without overriding what others know (RFC 4429). That is what programs want
     * which set an address and dial; RFC 4429 would rather have it for addresses that are unlikely to be taken.
     */
    OPTIMISTIC,
    /** Addresses are tentative until they are checked, which takes between one and two seconds, as RFC 4862 asks. */
    STRICT
}
