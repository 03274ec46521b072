// SPDX-License-Identifier: MIT

/** Userspace NAT: what guests send to the world goes out through the host's own sockets. */
module io.pktkit.slirp {
    requires transitive io.pktkit.core;
    requires transitive io.pktkit.iphost;
    requires transitive io.pktkit.vtcp;
    requires static transitive org.jspecify;

    exports io.pktkit.slirp;
}
