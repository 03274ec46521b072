// SPDX-License-Identifier: MIT
package io.pktkit.wg;

/**
 * Told of what happens to peers. It is called on the thread of whatever call on the engine brought it about, after all
 * locks are released, and must not block; one call at a time, in order for each peer. Events of a peer that come faster
 * than they are delivered are told once. What is thrown is counted and logged.
 */
public interface WgPeerListener {

    /**
     * A session was established.
     *
     * @param peer with whom
     */
    default void handshakeCompleted(WgPeer peer) {}

    /**
     * The peer speaks from another address or port.
     *
     * @param peer who
     * @param endpoint where it is now
     */
    default void endpointChanged(WgPeer peer, WgEndpoint endpoint) {}

    /**
     * Nobody answers where the peer was: twenty initiations went unanswered, and no more are sent until there is something
     * to send. {@link #sessionLost} is told, too.
     *
     * @param peer who
     */
    default void unanswered(WgPeer peer) {}

    /**
     * There is no session any more: its keys were wiped after nine minutes without a new one, or twenty initiations went
     * unanswered.
     *
     * @param peer whose
     */
    default void sessionLost(WgPeer peer) {}

    /**
     * The peer's time is over. If it was let in as an unknown peer it is removed, and this is also told when its keys are
     * wiped; otherwise it stays, without a session, until it is given more time.
     *
     * @param peer who
     */
    default void peerExpired(WgPeer peer) {}

    /**
     * The peer was removed, whoever did it: a call, the engine because the peer's time is over, or a new private key whose
     * public half was the peer's. The last that is told of it.
     *
     * @param peer who
     */
    default void peerRemoved(WgPeer peer) {}
}
