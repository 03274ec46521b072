// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-l2adapter}. */
module io.pktkit.consumer.l2adapter {
    requires io.pktkit.l2adapter;
}
