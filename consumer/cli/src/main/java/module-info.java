// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-cli}. */
module io.pktkit.consumer.cli {
    requires io.pktkit.cli;
}
