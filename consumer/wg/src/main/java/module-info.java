// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-wg}. */
module io.pktkit.consumer.wg {
    requires io.pktkit.wg;
}
