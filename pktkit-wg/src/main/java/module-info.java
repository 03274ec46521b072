// SPDX-License-Identifier: MIT

/** WireGuard: an engine without threads, clock or sockets, and the ports and devices that run it. */
module io.pktkit.wg {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;
    requires org.bouncycastle.provider;
    requires static io.pktkit.l2adapter;
    requires static io.pktkit.nativeio;

    exports io.pktkit.wg;
    exports io.pktkit.wg.tunnel;
}
