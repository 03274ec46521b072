// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-dhcp}. */
module io.pktkit.consumer.dhcp {
    requires io.pktkit.dhcp;
}
