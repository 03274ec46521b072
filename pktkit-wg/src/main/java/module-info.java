// SPDX-License-Identifier: MIT

/** WireGuard: an engine without threads, clock or sockets, the ports and devices that run it, and the files that describe it. */
module io.pktkit.wg {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;
    requires org.bouncycastle.provider;
    requires static io.pktkit.l2adapter;
    requires static io.pktkit.nativeio;

    exports io.pktkit.wg;
    exports io.pktkit.wg.quick;
    exports io.pktkit.wg.tunnel;
    exports io.pktkit.wg.uapi;
}
