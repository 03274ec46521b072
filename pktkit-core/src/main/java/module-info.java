// SPDX-License-Identifier: MIT

/** Frames, packets, devices and hubs: what every other pktkit module builds on. */
module io.pktkit.core {
    requires static transitive org.jspecify;

    exports io.pktkit.datagram;
    exports io.pktkit.device;
    exports io.pktkit.hub;
    exports io.pktkit.hub.guard;
    exports io.pktkit.link;
    exports io.pktkit.time;
    exports io.pktkit.wire;

    uses io.pktkit.datagram.DatagramProvider;
}
