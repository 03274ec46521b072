// SPDX-License-Identifier: MIT

/** A TCP engine without threads, clock or sockets: segments and time in, segments and one deadline out. */
module io.pktkit.vtcp {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;

    exports io.pktkit.vtcp;
    exports io.pktkit.vtcp.host;
}
