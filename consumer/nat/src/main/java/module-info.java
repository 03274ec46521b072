// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-nat}. */
module io.pktkit.consumer.nat {
    requires io.pktkit.nat;
}
