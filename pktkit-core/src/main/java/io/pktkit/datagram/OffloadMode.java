// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

/**
 * Whether the kernel may cut and join what it is given: datagrams of a socket (UDP segmentation and receive offload), and
 * TCP and UDP super-segments of an interface.
 */
public enum OffloadMode {
    /** Never. */
    OFF,
    /** Where the kernel has it, is not known to damage what it cuts, and passed the self-test. The default. */
    AUTO,
    /** Also on a kernel that is known to have been broken, if it passes the self-test: for one that was mended. */
    ON
}
