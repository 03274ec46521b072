// SPDX-License-Identifier: MIT

/**
 * System calls of the host: descriptors, ioctl, netlink, poll and batched datagrams. The only module that binds native
 * code.
 *
 * <p>It is exported to pktkit's own device and tunnel modules alone: a wrong length or address given to these calls ends
 * the JVM rather than throwing. The modules named are built after this one, hence the suppressed warning. Others get the
 * Linux provider of {@link io.pktkit.datagram.Datagrams} by having this module on their path.
 */
@SuppressWarnings("module")
module io.pktkit.nativeio {
    requires static transitive org.jspecify;
    requires transitive io.pktkit.core;
    requires com.sun.jna;

    exports io.pktkit.nativeio.darwin to
            io.pktkit.tuntap;
    exports io.pktkit.nativeio.crypto to
            io.pktkit.ovpn,
            io.pktkit.wg;
    exports io.pktkit.nativeio to
            io.pktkit.afpacket,
            io.pktkit.afxdp,
            io.pktkit.ovpn,
            io.pktkit.tuntap,
            io.pktkit.wg;

    provides io.pktkit.datagram.DatagramProvider with
            io.pktkit.nativeio.datagram.LinuxDatagramProvider;
}
