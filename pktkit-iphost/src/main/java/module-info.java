// SPDX-License-Identifier: MIT

/** One IP endpoint: addresses, output and reassembly, ICMP, UDP ports and the TCP of vtcp, as an engine, and its sockets. */
module io.pktkit.iphost {
    requires transitive io.pktkit.core;
    requires transitive io.pktkit.vtcp;
    requires static transitive org.jspecify;

    exports io.pktkit.iphost;
    exports io.pktkit.iphost.socket;
}
