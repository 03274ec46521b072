// SPDX-License-Identifier: MIT

/** Devices that behave like a bad network. */
module io.pktkit.impair {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;

    exports io.pktkit.impair;
}
