// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-afpacket}. */
module io.pktkit.consumer.afpacket {
    requires io.pktkit.afpacket;
}
