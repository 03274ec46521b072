// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-vtcp}. */
module io.pktkit.consumer.vtcp {
    requires io.pktkit.vtcp;
}
