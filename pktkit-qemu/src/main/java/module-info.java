// SPDX-License-Identifier: MIT

/** QEMU guests as devices: its socket protocol, and a network of its own for each guest. */
module io.pktkit.qemu {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;
    requires static io.pktkit.dhcp;
    requires static io.pktkit.l2adapter;

    exports io.pktkit.qemu;
}
