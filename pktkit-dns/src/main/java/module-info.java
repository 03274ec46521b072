// SPDX-License-Identifier: MIT

/** DNS messages, and a stub resolver and a forwarder on one engine that is given its transport. */
module io.pktkit.dns {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;

    exports io.pktkit.dns;
    exports io.pktkit.dns.host;
    exports io.pktkit.dns.server;
    exports io.pktkit.dns.stub;
    exports io.pktkit.dns.upstream;
}
