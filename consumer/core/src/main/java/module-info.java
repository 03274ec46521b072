// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-core}. */
module io.pktkit.consumer.core {
    requires io.pktkit.core;
}
