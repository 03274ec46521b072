// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-native}. */
module io.pktkit.consumer.nativeio {
    requires io.pktkit.nativeio;
}
