// SPDX-License-Identifier: MIT

/** Virtual networks described once, brought up, observed and taken down. */
module io.pktkit.lab {
    requires transitive io.pktkit.core;
    requires transitive io.pktkit.dhcp;
    requires transitive io.pktkit.dns;
    requires transitive io.pktkit.l2adapter;
    requires transitive io.pktkit.slirp;
    requires transitive io.pktkit.tuntap;
    requires transitive io.pktkit.vclient;
    requires static io.pktkit.nat;
    requires static io.pktkit.ovpn;
    requires static io.pktkit.qemu;
    requires static io.pktkit.wg;
    requires static transitive org.jspecify;
    requires com.fasterxml.jackson.core;

    exports io.pktkit.lab;
    exports io.pktkit.lab.control;
    exports io.pktkit.lab.nat;
    exports io.pktkit.lab.ovpn;
    exports io.pktkit.lab.relay;
    exports io.pktkit.lab.wg;
}
