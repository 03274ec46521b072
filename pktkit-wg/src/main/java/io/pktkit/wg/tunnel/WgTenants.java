// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The peers of an identity, each apart: every one has a {@link WgPeerDevice} of its own, which a connector attaches to a
 * network. With a NAT as the connector each peer has a namespace of its own there, so that peers with the same inner
 * address never meet; with a hub they are hosts on its network.
 *
 * <p>The device is made and connected when the peer is added, before it is let in: on the thread that adds it, with no
 * lock held. If the connector refuses or throws, the peer is not added, and nobody else notices. A peer with an expiry is
 * unplugged when its time is over, and plugged in again, on a callback thread, when it was given more time and connects.
 * Removing a peer closes its place in the network and its device.
 *
 * <p>A peer that is added without allowed IPs may use any address: what it says its address is matters to nobody else. On
 * a network that it shares with others it should have allowed IPs.
 */
public final class WgTenants implements AutoCloseable {

    private static final List<IpPrefix> ANYTHING = List.of(
            IpPrefix.of(IpAddress.unspecified(IpFamily.IPV4), 0), IpPrefix.of(IpAddress.unspecified(IpFamily.IPV6), 0));

    private final PortCore port;
    private final WgIdentity identity;
    private final Plug plug;
    private final int mtu;
    private final WgPeers peers;

    WgTenants(PortCore port, WgIdentity identity, Plug plug, int mtu) {
        this.port = port;
        this.identity = identity;
        this.plug = plug;
        this.mtu = mtu;
        this.peers = new WgPeers(port, identity, new OneForEach());
        identity.setMtu(mtu);
    }

    /** {@return the identity that they are peers of} */
    public WgIdentity identity() {
        return identity;
    }

    /** {@return the peers, to add and remove} */
    public WgPeers peers() {
        return peers;
    }

    /**
     * Finds a peer's device.
     *
     * @param peer the peer
     * @return the device; null if it was removed or is expired
     */
    public @Nullable WgPeerDevice device(WgPeer peer) {
        return port.deviceOf(peer) instanceof WgPeerDevice device ? device : null;
    }

    /** {@return the devices of all peers at this moment} */
    public List<WgPeerDevice> devices() {
        List<WgPeerDevice> devices = new ArrayList<>();
        for (WgPeer peer : peers.all()) {
            WgPeerDevice device = device(peer);
            if (device != null) {
                devices.add(device);
            }
        }
        return devices;
    }

    /** Removes all peers, with their places and devices, and the identity from the port. Idempotent. */
    @Override
    public void close() {
        peers.close();
    }

    /** {@return the public key} */
    @Override
    public String toString() {
        return "WgTenants[" + identity.publicKey() + "]";
    }

    /** What attaches a device to a network; closing what it returns detaches it. */
    @FunctionalInterface
    interface Plug {
        AutoCloseable connect(WgPeerDevice device) throws IOException;
    }

    private final class OneForEach implements Face {

        @Override
        public void prepare(PeerLink link) {}

        @Override
        public void plug(PeerLink link, List<IpPrefix> allowed) throws IOException {
            int begun = link.beginPlug();
            if (begun == 0) {
                return;
            }
            WgPeerDevice device = new WgPeerDevice(port, identity, link, mtu);
            setAddresses(device, allowed);
            link.device(device);
            AutoCloseable place;
            try {
                place = plug.connect(device);
            } catch (IOException | RuntimeException | Error refused) {
                link.unplugged(begun);
                device.close();
                throw refused;
            }
            if (!link.plugged(begun, () -> closeBoth(place, device))) {
                closeBoth(place, device);
            }
        }

        @Override
        public void added(PeerLink link, List<IpPrefix> allowed) {
            WgPeer peer = link.peer();
            if (peer != null && allowed.isEmpty() && peer.allowedIps().isEmpty()) {
                ANYTHING.forEach(peer::addAllowedIp);
            }
        }

        @Override
        public void unplug(PeerLink link, boolean forGood) {
            AutoCloseable both = link.unplug(forGood);
            if (both != null) {
                try {
                    both.close();
                } catch (Exception failure) {
                    port.failed(failure);
                }
            }
        }

        @Override
        public void close() {
            peers.close();
        }

        /** The place first, so that the network does not send into a device that is closed. */
        private void closeBoth(AutoCloseable place, WgPeerDevice device) {
            try {
                place.close();
            } catch (Throwable failure) {
                port.failed(failure);
            } finally {
                device.close();
            }
        }

        /** A peer's address is the first allowed prefix of a family that is a single address. */
        private static void setAddresses(WgPeerDevice device, List<IpPrefix> allowed) {
            for (int i = allowed.size() - 1; i >= 0; i--) {
                IpPrefix prefix = allowed.get(i);
                if (prefix.length() == prefix.family().maxPrefixLength()) {
                    device.setPrefix(prefix);
                }
            }
        }
    }
}
