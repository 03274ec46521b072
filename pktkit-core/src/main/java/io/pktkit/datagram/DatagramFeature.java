// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

/** What an endpoint does beyond sending and receiving. */
public enum DatagramFeature {
    /** Many datagrams go through one system call. */
    BATCH_CALLS,
    /** Runs of equal datagrams are cut by the kernel or the network card (UDP_SEGMENT). */
    SEGMENTATION,
    /** Runs of equal datagrams arrive joined, and are split without copying (UDP_GRO). */
    COALESCING,
    /** It is known which of our addresses a datagram came to, and answers leave from there. */
    LOCAL_ADDRESS,
    /** The traffic class, which holds the ECN codepoint, is read and can be set. */
    TRAFFIC_CLASS
}
