// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.TcpTuple;

/**
 * Decides what becomes of a SYN that no listener wants. A gateway holds it, dials the real destination and lets the outcome decide;
 * see {@link HeldSyn}. Called under the owner's lock.
 */
@FunctionalInterface
public interface UnclaimedSynHandler {
    /** The verdict on an unclaimed SYN. */
    enum Verdict {
        /** Keep the SYN: {@link #onHeld} follows, and every repeat of the SYN is absorbed from now on. */
        HOLD,
        /** Answer with a reset, as a closed port does (RFC 9293, 3.10.7.1). */
        REFUSE,
        /** Say nothing; the peer will ask again. */
        IGNORE
    }

    /**
     * Judges a bare SYN (neither ACK, RST nor FIN) with a good checksum.
     *
     * @param tuple the connection it asks for, with the address it was sent to as the local one
     * @param nowNanos the time
     * @return the verdict
     */
    Verdict onUnclaimedSyn(TcpTuple tuple, long nowNanos);

    /**
     * The SYN is held now; to be answered later by one of the methods of {@link HeldSyn}.
     *
     * @param held the SYN
     * @param nowNanos the time
     */
    default void onHeld(HeldSyn held, long nowNanos) {}

    /**
     * The peer has withdrawn a held SYN by a reset. The host has forgotten it.
     *
     * @param held the SYN
     * @param nowNanos the time
     */
    default void onCancelled(HeldSyn held, long nowNanos) {}
}
