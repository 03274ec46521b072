// SPDX-License-Identifier: MIT

/** DHCP for IPv4 (RFC 2131, 2132): a client and a server, both driven by packets and time from outside. */
module io.pktkit.dhcp {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;

    exports io.pktkit.dhcp;
}
