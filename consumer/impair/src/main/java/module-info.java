// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-impair}. */
module io.pktkit.consumer.impair {
    requires io.pktkit.impair;
}
