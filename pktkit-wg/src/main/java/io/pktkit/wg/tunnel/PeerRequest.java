// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wg.UnknownPeer;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPublicKey;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Somebody with an unknown key wants in, and has proven that the key is his. To refuse him, forget this; he is not
 * answered, and asked about again not sooner than 15 s after he was last heard of. Any thread.
 */
public final class PeerRequest {

    private final WgPeers peers;
    private final UnknownPeer unknown;

    PeerRequest(WgPeers peers, UnknownPeer unknown) {
        this.peers = peers;
        this.unknown = unknown;
    }

    /** {@return the stranger's key} */
    public WgPublicKey publicKey() {
        return unknown.publicKey();
    }

    /** {@return where it was last heard from} */
    public WgEndpoint endpoint() {
        return unknown.endpoint();
    }

    /** {@return the peers that it wants to be one of} */
    public WgPeers peers() {
        return peers;
    }

    /**
     * Lets the stranger in and answers him. He is removed again when his session or his time is over.
     *
     * @param options what he begins with
     * @return the peer; null if he was last heard of more than 15 s ago, or there are too many peers
     * @throws IOException if a connector refused his device; he is not let in then
     * @throws IllegalStateException if the port or the identity is closed
     */
    public @Nullable WgPeer accept(WgPeerOptions options) throws IOException {
        return peers.accept(unknown, options);
    }
}
