// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/** Why a connection ended other than by two FINs. */
public enum TcpFailure {
    /** The peer answered our SYN with a reset. */
    REFUSED,
    /** The peer reset a connection that existed. */
    RESET,
    /** Retransmissions, keepalive probes or the user timeout ran out. */
    TIMED_OUT,
    /** The network reported that the peer cannot be reached. */
    UNREACHABLE,
    /** We reset the connection ourselves. */
    ABORTED
}
