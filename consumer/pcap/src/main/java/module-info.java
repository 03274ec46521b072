// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-pcap}. */
module io.pktkit.consumer.pcap {
    requires io.pktkit.pcap;
}
