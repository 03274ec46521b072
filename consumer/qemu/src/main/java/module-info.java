// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-qemu}. */
module io.pktkit.consumer.qemu {
    requires io.pktkit.qemu;
}
