// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPublicKey;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One identity without a network, ours or the Rust port's, to compare what they make of the same. */
interface Handler extends AutoCloseable {
    /** What a datagram was taken for. */
    enum Kind {
        HANDSHAKE,
        COOKIE_REPLY,
        COOKIE_RECEIVED,
        DATA,
        KEEPALIVE,
        REFUSED
    }

    /**
     * What became of a datagram.
     *
     * @param kind what it was taken for
     * @param answer the first datagram that it caused, or nothing
     * @param packet what it held, padding included where that is not taken off, or nothing
     * @param why the reason of a refusal, in the words of who refuses
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
    record Outcome(Kind kind, byte[] answer, byte[] packet, String why) {
        @Override
        public String toString() {
            return kind + (why.isEmpty() ? "" : " (" + why + ")");
        }
    }

    void addPeer(WgPublicKey peer, @Nullable PresharedKey psk) throws IOException;

    void removePeer(WgPublicKey peer) throws IOException;

    /** {@return an initiation, or null if it may not be sent} */
    byte @Nullable [] initiate(WgPublicKey peer) throws IOException;

    /** {@return the datagram of a packet, or null without a session} */
    byte @Nullable [] seal(WgPublicKey peer, byte[] packet) throws IOException;

    Outcome take(WgEndpoint from, byte[] datagram) throws IOException;

    @Override
    void close();
}
