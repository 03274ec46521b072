// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

/** The formats of capture files. */
public enum CaptureFormat {
    /** The classic one, for programs that know no other: one link type, and nothing but packets and their times. */
    PCAP,
    /** The newer one: an interface for each tap, direction, drop reasons, names and counts. */
    PCAPNG
}
