// SPDX-License-Identifier: MIT

/** Puts an L3 device onto an Ethernet network. */
module io.pktkit.l2adapter {
    requires transitive io.pktkit.core;
    requires transitive io.pktkit.dhcp;
    requires static transitive org.jspecify;

    exports io.pktkit.l2adapter;
}
