// SPDX-License-Identifier: MIT

/** TUN and TAP: a network interface of the kernel, with its other end in this program. Linux, and TUN also macOS. */
module io.pktkit.tuntap {
    requires static transitive org.jspecify;
    requires transitive io.pktkit.core;
    requires io.pktkit.nativeio;

    exports io.pktkit.tuntap;
}
