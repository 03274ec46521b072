// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

/** Which way a packet went, seen from the network. */
public enum CaptureDirection {
    /** Not known. */
    UNKNOWN,
    /** It came out of the device. */
    INBOUND,
    /** The network sent it into the device. */
    OUTBOUND
}
