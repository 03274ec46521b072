// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-lab}. */
module io.pktkit.consumer.lab {
    requires io.pktkit.lab;
}
