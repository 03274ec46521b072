// SPDX-License-Identifier: MIT

/** A host inside a virtual network: sockets, DNS and HTTP for code that runs in this process. */
module io.pktkit.vclient {
    requires transitive io.pktkit.core;
    requires transitive io.pktkit.dns;
    requires transitive io.pktkit.iphost;
    requires transitive io.pktkit.vtcp;
    requires static transitive org.jspecify;

    exports io.pktkit.vclient;
    exports io.pktkit.vclient.http;
}
