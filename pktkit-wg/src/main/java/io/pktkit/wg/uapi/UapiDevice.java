// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerStats;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpPrefix;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an interface is like, as {@code get} tells it. Immutable.
 *
 * @param privateKey its private key, a secret
 * @param listenPort its UDP port
 * @param peers its peers
 */
public record UapiDevice(WgPrivateKey privateKey, int listenPort, List<Peer> peers) {

    /**
     * Copies the list.
     *
     * @param privateKey its private key
     * @param listenPort its UDP port
     * @param peers its peers
     */
    public UapiDevice {
        peers = List.copyOf(peers);
    }

    /**
     * A peer.
     *
     * @param publicKey its key
     * @param presharedKey its preshared key, a secret; null for none
     * @param endpoint where it is, null if not known
     * @param lastHandshake when a session was last established, null if never
     * @param receivedBytes what came from it
     * @param sentBytes what went to it
     * @param persistentKeepalive in seconds, 0 for none
     * @param allowedIps its prefixes
     */
    public record Peer(
            WgPublicKey publicKey,
            @Nullable PresharedKey presharedKey,
            @Nullable WgEndpoint endpoint,
            @Nullable Instant lastHandshake,
            long receivedBytes,
            long sentBytes,
            int persistentKeepalive,
            List<IpPrefix> allowedIps) {

        /**
         * Copies the list.
         *
         * @param publicKey its key
         * @param presharedKey its preshared key
         * @param endpoint where it is
         * @param lastHandshake when a session was last established
         * @param receivedBytes what came from it
         * @param sentBytes what went to it
         * @param persistentKeepalive in seconds
         * @param allowedIps its prefixes
         */
        public Peer {
            allowedIps = List.copyOf(allowedIps);
        }

        /**
         * Tells what a peer is like at this moment.
         *
         * @param peer the peer
         * @return what it is like
         */
        public static Peer of(WgPeer peer) {
            WgPeerStats stats = peer.stats();
            return new Peer(
                    peer.publicKey(),
                    peer.presharedKey(),
                    stats.endpoint(),
                    stats.lastHandshake(),
                    stats.receivedBytes(),
                    stats.sentBytes(),
                    peer.persistentKeepalive(),
                    peer.allowedIps());
        }
    }
}
