// SPDX-License-Identifier: MIT

/**
 * Every library module of pktkit behind one name. It holds nothing itself: a module descriptor rather than a mere Maven
 * POM, so that one {@code requires} does on the module path what one dependency does on the class path.
 */
module io.pktkit.all {
    requires transitive io.pktkit.afpacket;
    requires transitive io.pktkit.afxdp;
    requires transitive io.pktkit.core;
    requires transitive io.pktkit.dhcp;
    requires transitive io.pktkit.dns;
    requires transitive io.pktkit.impair;
    requires transitive io.pktkit.iphost;
    requires transitive io.pktkit.l2adapter;
    requires transitive io.pktkit.lab;
    requires transitive io.pktkit.pcap;
    requires transitive io.pktkit.qemu;
    requires transitive io.pktkit.nat;
    requires transitive io.pktkit.ovpn;
    requires transitive io.pktkit.slirp;
    requires transitive io.pktkit.tuntap;
    requires transitive io.pktkit.vclient;
    requires transitive io.pktkit.vtcp;
    requires transitive io.pktkit.wg;
}
