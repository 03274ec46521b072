// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-slirp}. */
module io.pktkit.consumer.slirp {
    requires io.pktkit.slirp;
}
