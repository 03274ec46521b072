// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import java.nio.ByteBuffer;

/**
 * What the engine answers with, during a call made on it and on the thread of that call. No lock is held, so the engine may
 * be called from here. What is thrown is counted and logged, and costs only its own datagram or packet.
 */
public interface WgSink {

    /**
     * A datagram is to be sent.
     *
     * @param buffer where it is, on loan until this returns
     * @param offset where it begins, absolute
     * @param length how long it is
     * @param to where to; its local address, if it has one, is the one to send from
     */
    void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to);

    /**
     * A packet came out of the tunnel: authentic, trimmed to what its header says, and from an address of this peer.
     *
     * @param peer whom it came from
     * @param buffer where it is: the buffer that was received into, on loan until this returns
     * @param offset where it begins, absolute
     * @param length how long it is
     */
    void packet(WgPeer peer, ByteBuffer buffer, int offset, int length);

    /**
     * Somebody with an unknown key wants in, and has proven that the key is his. Called for identities with
     * {@link WgIdentity#askAboutUnknown}; doing nothing refuses silently.
     *
     * @param unknown who it is; to let him in, give it to {@link WgEngine#accept}, now or a few seconds later
     */
    default void unknownPeer(UnknownPeer unknown) {}
}
