// SPDX-License-Identifier: MIT

/**
 * Frames, packets, devices and hubs: what every other pktkit module builds on.
 *
 * <p>What the packages share below their surface is open to those of our own modules that stand on the way of each packet or
 * have threads; so are files and sockets of the owner alone to those that have them. They are built after this one, hence the suppressed warning.
 */
@SuppressWarnings("module")
module io.pktkit.core {
    requires static transitive org.jspecify;

    exports io.pktkit.datagram;
    exports io.pktkit.device;
    exports io.pktkit.hub;
    exports io.pktkit.hub.guard;
    exports io.pktkit.internal to
            io.pktkit.afpacket,
            io.pktkit.afxdp,
            io.pktkit.dhcp,
            io.pktkit.dns,
            io.pktkit.impair,
            io.pktkit.iphost,
            io.pktkit.l2adapter,
            io.pktkit.lab,
            io.pktkit.nativeio,
            io.pktkit.pcap,
            io.pktkit.qemu,
            io.pktkit.nat,
            io.pktkit.ovpn,
            io.pktkit.slirp,
            io.pktkit.tuntap,
            io.pktkit.wg;
    exports io.pktkit.link;
    exports io.pktkit.local to
            io.pktkit.cli,
            io.pktkit.dhcp,
            io.pktkit.lab,
            io.pktkit.wg;
    exports io.pktkit.time;
    exports io.pktkit.wire;

    uses io.pktkit.datagram.DatagramProvider;
}
