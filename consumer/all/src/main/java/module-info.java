// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-all}. */
module io.pktkit.consumer.all {
    requires io.pktkit.all;
}
