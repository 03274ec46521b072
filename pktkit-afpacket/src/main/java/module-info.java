// SPDX-License-Identifier: MIT

/** Linux packet sockets: an interface that exists already, as a device. */
module io.pktkit.afpacket {
    requires static transitive org.jspecify;
    requires transitive io.pktkit.core;
    requires io.pktkit.nativeio;

    exports io.pktkit.afpacket;
}
