// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/**
 * The states of a connection, RFC 9293 section 3.3.2. LISTEN is missing: a listener is not a connection, it makes
 * them.
 */
public enum TcpState {
    /** We sent a SYN and wait for the peer's. */
    SYN_SENT,
    /** We have the peer's SYN and wait for the acknowledgment of ours. */
    SYN_RECEIVED,
    /** Data flows both ways. */
    ESTABLISHED,
    /** Our output is shut down; the peer has not acknowledged our FIN. */
    FIN_WAIT_1,
    /** Our FIN is acknowledged; the peer still sends. */
    FIN_WAIT_2,
    /** The peer's FIN has arrived; we may still send. */
    CLOSE_WAIT,
    /** Both have sent a FIN; the peer has not acknowledged ours. */
    CLOSING,
    /** The peer closed first; our FIN awaits its acknowledgment. */
    LAST_ACK,
    /** Both directions are done; the tuple is kept until old segments have died out. */
    TIME_WAIT,
    /** Nothing is left: no timer runs, and segments are ignored. */
    CLOSED;

    /**
     * Whether both SYNs have been acknowledged.
     *
     * @return true from ESTABLISHED on, false in CLOSED
     */
    public boolean isSynchronized() {
        return this != SYN_SENT && this != SYN_RECEIVED && this != CLOSED;
    }
}
