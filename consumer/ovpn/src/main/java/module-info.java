// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-ovpn}. */
module io.pktkit.consumer.ovpn {
    requires io.pktkit.ovpn;
}
