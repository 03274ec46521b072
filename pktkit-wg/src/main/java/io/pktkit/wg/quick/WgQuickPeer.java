// SPDX-License-Identifier: MIT
package io.pktkit.wg.quick;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wg.tunnel.WgPeers;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A section {@code [Peer]}. Immutable.
 *
 * @param name what the comment {@code # Name = NAME} says, null without
 * @param publicKey {@code PublicKey}
 * @param presharedKey {@code PresharedKey}, a secret; null without
 * @param allowedIps {@code AllowedIPs}, host bits kept
 * @param endpoint {@code Endpoint}, null without
 * @param persistentKeepalive {@code PersistentKeepalive} in seconds, 0 without
 */
public record WgQuickPeer(
        @Nullable String name,
        WgPublicKey publicKey,
        @Nullable PresharedKey presharedKey,
        List<IpPrefix> allowedIps,
        @Nullable EndpointName endpoint,
        int persistentKeepalive) {

    private static final int MAX_KEEPALIVE = 65_535;

    /**
     * Makes a peer.
     *
     * @param name a name of one line, or null
     * @param publicKey its key
     * @param presharedKey its preshared key, or null
     * @param allowedIps its prefixes, copied
     * @param endpoint where it is, or null
     * @param persistentKeepalive in seconds, 0 for none
     */
    public WgQuickPeer {
        if (persistentKeepalive < 0 || persistentKeepalive > MAX_KEEPALIVE) {
            throw new IllegalArgumentException(
                    "persistent keepalive must be 0 to 65535 s: persistentKeepalive=" + persistentKeepalive);
        }
        if (name != null) {
            WgQuickConfig.checkLine("name", name);
        }
        allowedIps = List.copyOf(allowedIps);
    }

    /**
     * Makes a peer that has a key and prefixes.
     *
     * @param publicKey its key
     * @param allowedIps its prefixes, copied
     */
    public WgQuickPeer(WgPublicKey publicKey, List<IpPrefix> allowedIps) {
        this(null, publicKey, null, allowedIps, null, 0);
    }

    /** {@return what the engine needs to know, but for the endpoint} */
    public WgPeerOptions options() {
        WgPeerOptions options = WgPeerOptions.create().persistentKeepalive(persistentKeepalive);
        allowedIps.forEach(options::allowedIp);
        if (presharedKey != null) {
            options.presharedKey(presharedKey);
        }
        return options;
    }

    /**
     * Adds the peer to an identity.
     *
     * @param peers the peers of the identity
     * @return the peer
     * @throws IOException as {@link WgPeers#add(WgPublicKey, WgPeerOptions)} does
     */
    public WgPeer addTo(WgPeers peers) throws IOException {
        EndpointName where = endpoint;
        return where == null ? peers.add(publicKey, options()) : peers.add(publicKey, options(), where);
    }
}
