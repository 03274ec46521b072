// SPDX-License-Identifier: MIT
package io.pktkit.device;

/** Work on a packet that a device may take over from whoever sends to it. */
public enum Offload {

    /**
     * The device cuts a TCP or UDP super-segment, a view whose {@code segmentSize()} is not 0, into pieces of that many
     * payload bytes.
     */
    SEGMENTATION,

    /** The device fills in the transport checksum of a view whose {@code checksumPending()} is true. */
    CHECKSUM
}
