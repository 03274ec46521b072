// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-dns}. */
module io.pktkit.consumer.dns {
    requires io.pktkit.dns;
}
