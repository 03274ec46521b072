// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-tuntap}. */
module io.pktkit.consumer.tuntap {
    requires io.pktkit.tuntap;
}
