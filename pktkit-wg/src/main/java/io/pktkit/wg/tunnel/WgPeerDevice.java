// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * The device of one peer, whom nobody else's packets come from or go to. Who is attached to it knows by that who sent a
 * packet, with the certainty of the peer's key.
 *
 * <p>Its prefix is the peer's address in the tunnel, if there is one among its allowed IPs; a network behind a connector
 * may set another. It belongs to its {@link WgTenants}, which closes it with the peer. Any thread may call anything.
 */
public final class WgPeerDevice extends TunnelDevice {

    private final PeerLink link;

    WgPeerDevice(PortCore port, WgIdentity identity, PeerLink link, int mtu) {
        super(port, identity);
        this.link = link;
        changeMtu(mtu);
    }

    /** {@return the peer's key} */
    public WgPublicKey publicKey() {
        return link.publicKey();
    }

    /** {@return the peer; null only while it is being added, which is when the connector is called} */
    public @Nullable WgPeer peer() {
        return link.peer();
    }

    @Override
    @Nullable
    WgPeer route(Packet packet) {
        WgPeer peer = link.peer();
        return peer != null && identity().isRoute(peer, packet.buffer(), packet.offset(), packet.length())
                ? peer
                : null;
    }

    /** {@return the beginning of the peer's key} */
    @Override
    public String toString() {
        return "WgPeerDevice[" + publicKey().toString().substring(0, 8) + "...]";
    }
}
