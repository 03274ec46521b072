// SPDX-License-Identifier: MIT
package io.pktkit.wg;

/** What became of a packet that was to be sent. */
public enum SendResult {
    /** It is encrypted and was given to the sink. */
    SENT,
    /** It waits for a session; a copy is kept. */
    STAGED,
    /** Dropped: nobody knows where the peer is. */
    NO_ENDPOINT,
    /** Dropped: the peer was removed, or its time is over. */
    PEER_GONE,
    /** Dropped: longer than the MTU of the tunnel. */
    TOO_BIG
}
