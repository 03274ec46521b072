// SPDX-License-Identifier: MIT

/** WireGuard without threads, clock or sockets: datagrams, packets and time in, datagrams and one deadline out. */
module io.pktkit.wg {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;
    requires org.bouncycastle.provider;
    requires static io.pktkit.nativeio;

    exports io.pktkit.wg;
}
