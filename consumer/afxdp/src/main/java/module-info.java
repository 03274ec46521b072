// SPDX-License-Identifier: MIT

/** A program that uses {@code pktkit-afxdp}. */
module io.pktkit.consumer.afxdp {
    requires io.pktkit.afxdp;
}
