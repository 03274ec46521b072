// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/** What verifying a checksum showed. */
public enum ChecksumStatus {
    /** The checksum covers the bytes as they are. */
    VALID,
    /** The checksum does not match the bytes, or is one that must not be sent. */
    INVALID,
    /** There is nothing to verify: no checksum sent, a fragment, a truncated packet, or an unknown protocol. */
    NOT_CHECKABLE
}
