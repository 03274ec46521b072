// SPDX-License-Identifier: MIT

/**
 * What a network tells its hosts: DHCP for IPv4 (RFC 2131, 2132), router advertisements (RFC 4861, 8106) and stateless DHCPv6 (RFC
 * 8415), each side of them driven by packets and time from outside.
 */
module io.pktkit.dhcp {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;

    exports io.pktkit.dhcp;
    exports io.pktkit.dhcp.ra;
    exports io.pktkit.dhcp.v6;
}
