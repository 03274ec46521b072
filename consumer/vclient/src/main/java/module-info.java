// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-vclient}. */
module io.pktkit.consumer.vclient {
    requires io.pktkit.vclient;
}
