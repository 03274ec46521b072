// SPDX-License-Identifier: MIT

/** AF_XDP: chosen addresses of an interface, taken before the kernel's own stack sees them. */
module io.pktkit.afxdp {
    requires static transitive org.jspecify;
    requires transitive io.pktkit.core;
    requires io.pktkit.nativeio;

    exports io.pktkit.afxdp;
    exports io.pktkit.afxdp.capture;
}
