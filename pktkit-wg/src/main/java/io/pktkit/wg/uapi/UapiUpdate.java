// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code set} asks for. Null leaves something as it is. Immutable.
 *
 * @param privateKey the new private key, a secret
 * @param listenPort the new UDP port, 0 for one of the system's choice
 * @param fwMark the new firewall mark, 0 for none
 * @param replacePeers whether the peers that there are go first
 * @param peers what becomes of which peers, in this order
 */
public record UapiUpdate(
        @Nullable WgPrivateKey privateKey,
        @Nullable Integer listenPort,
        @Nullable Integer fwMark,
        boolean replacePeers,
        List<Peer> peers) {

    /**
     * Copies the list.
     *
     * @param privateKey the new private key
     * @param listenPort the new UDP port
     * @param fwMark the new firewall mark
     * @param replacePeers whether the peers that there are go first
     * @param peers what becomes of which peers
     */
    public UapiUpdate {
        peers = List.copyOf(peers);
    }

    /**
     * What becomes of a peer, which is added if there is none of its key.
     *
     * @param publicKey its key
     * @param remove whether it is removed, or not added
     * @param updateOnly whether nothing happens if there is none
     * @param presharedKey the new preshared key, a secret, all zeros for none
     * @param endpoint where it is from now on
     * @param persistentKeepalive in seconds, 0 for none
     * @param replaceAllowedIps whether the prefixes that it has go first
     * @param allowedIps prefixes that it gets
     * @param notAllowedIps prefixes that it loses afterwards
     */
    public record Peer(
            WgPublicKey publicKey,
            boolean remove,
            boolean updateOnly,
            @Nullable PresharedKey presharedKey,
            @Nullable WgEndpoint endpoint,
            @Nullable Integer persistentKeepalive,
            boolean replaceAllowedIps,
            List<IpPrefix> allowedIps,
            List<IpPrefix> notAllowedIps) {

        /**
         * Copies the lists.
         *
         * @param publicKey its key
         * @param remove whether it is removed
         * @param updateOnly whether it is never added
         * @param presharedKey the new preshared key
         * @param endpoint where it is
         * @param persistentKeepalive in seconds
         * @param replaceAllowedIps whether the prefixes that it has go first
         * @param allowedIps prefixes that it gets
         * @param notAllowedIps prefixes that it loses
         */
        public Peer {
            allowedIps = List.copyOf(allowedIps);
            notAllowedIps = List.copyOf(notAllowedIps);
        }
    }
}
