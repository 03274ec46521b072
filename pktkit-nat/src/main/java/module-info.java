// SPDX-License-Identifier: MIT

/** NAT of packets: an engine without threads, clock or devices, and the shell that puts it between them. */
module io.pktkit.nat {
    requires transitive io.pktkit.core;
    requires static io.pktkit.iphost;
    requires java.xml;
    requires static transitive org.jspecify;

    exports io.pktkit.nat;
    exports io.pktkit.nat.alg;
    exports io.pktkit.nat.engine;
    exports io.pktkit.nat.helper;
    exports io.pktkit.nat.observe;
    exports io.pktkit.nat.pcp;
    exports io.pktkit.nat.policy;
    exports io.pktkit.nat.service;
    exports io.pktkit.nat.upnp;
}
