// SPDX-License-Identifier: MIT

/** A host inside a virtual network: sockets, DNS and HTTP for code that runs in this process. */
module io.pktkit.vclient {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;

    exports io.pktkit.vclient.dns;
}
