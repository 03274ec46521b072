// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

/** How a client's tun device is addressed with IPv4. */
public enum Topology {
    /** An address of a subnet that all clients share; what every client since 2.1 understands, and DCO needs. */
    SUBNET("subnet"),
    /** Two addresses of a subnet of four for each client, for old Windows drivers. */
    NET30("net30");

    private final String label;

    Topology(String label) {
        this.label = label;
    }

    /** {@return the word that OpenVPN has for it} */
    public String label() {
        return label;
    }
}
