// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-iphost}. */
module io.pktkit.consumer.iphost {
    requires io.pktkit.iphost;
}
