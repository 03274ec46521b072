// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

/** Whose datagrams a guest's UDP endpoint accepts (RFC 4787, section 5). */
public enum UdpFiltering {
    /**
     * Only those from an address and port it has sent to. As long as an endpoint talks to a single remote, its socket is connected,
     * so that the guest is also told when that remote's port is closed.
     */
    ADDRESS_AND_PORT_DEPENDENT,

    /** Those of anybody who finds the host's port. For games and peer-to-peer programs; everything else is better without. */
    ENDPOINT_INDEPENDENT
}
