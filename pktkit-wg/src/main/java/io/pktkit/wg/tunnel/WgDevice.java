// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.device.DropReason;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel interface as {@code wg0} is one: an IP device with the peers of an identity behind it. A packet goes to the
 * peer that has the longest allowed prefix of its destination, and one is taken from a peer only if the longest prefix of
 * its source is that peer's.
 *
 * <p>Its prefix is our own address in the tunnel; it is not needed for packets to pass. Packets that no peer is for, or
 * whose peer cannot be reached, are answered with ICMP host unreachable, and those that are too long for the MTU are cut,
 * or answered if they must not be.
 *
 * <p>Any thread may call anything. What comes out of the tunnel is delivered on the port's receiving thread. Closing the
 * device removes the identity from the port.
 */
public final class WgDevice extends TunnelDevice {

    private final WgPeers peers;
    private volatile PeerTraffic peerTraffic = PeerTraffic.DENY;

    WgDevice(PortCore port, WgIdentity identity) {
        super(port, identity);
        this.peers = new WgPeers(port, identity, new OneForAll());
    }

    /** {@return the peers, to add and remove} */
    public WgPeers peers() {
        return peers;
    }

    /**
     * Sets how long packets may be.
     *
     * @param bytes 576 to 65 475, which is what fits a datagram; {@link WgIdentity#DEFAULT_MTU} unless told otherwise
     */
    public void setMtu(int bytes) {
        WgPort.checkMtu(bytes);
        identity().setMtu(bytes);
        changeMtu(bytes);
    }

    /**
     * Sets what becomes of packets of one peer to another.
     *
     * @param what the rule, {@link PeerTraffic#DENY} unless told otherwise
     */
    public void setPeerTraffic(PeerTraffic what) {
        peerTraffic = what;
    }

    /** {@return what becomes of packets of one peer to another} */
    public PeerTraffic peerTraffic() {
        return peerTraffic;
    }

    @Override
    @Nullable
    WgPeer route(Packet packet) {
        return identity().route(packet.buffer(), packet.offset(), packet.length());
    }

    @Override
    @Nullable
    DropReason refusal(Packet packet, WgPeer to) {
        if (peerTraffic != PeerTraffic.DENY) {
            return null;
        }
        IpFamily family = packet.isIpv4() ? IpFamily.IPV4 : IpFamily.IPV6;
        long high = packet.sourceHigh();
        long low = packet.sourceLow();
        WgPeer from = identity().route(family, high, low);
        return from == null || from == to || isOwn(family, high, low) ? null : DropReason.FILTERED;
    }

    @Override
    boolean takesAnotherWay(WgPeer from, Packet packet) {
        if (peerTraffic != PeerTraffic.FORWARD) {
            return false;
        }
        WgPeer to = route(packet);
        IpFamily family = packet.isIpv4() ? IpFamily.IPV4 : IpFamily.IPV6;
        if (to == null || to == from || isOwn(family, packet.destinationHigh(), packet.destinationLow())) {
            return false;
        }
        forward(from, packet, to);
        return true;
    }

    private boolean isOwn(IpFamily family, long high, long low) {
        IpPrefix own = prefix(family);
        return own.isSet() && own.address().high() == high && own.address().low() == low;
    }

    @Override
    protected void onClose() {
        peers.close();
    }

    /** {@return the public key} */
    @Override
    public String toString() {
        return "WgDevice[" + identity().publicKey() + "]";
    }

    /** Where the packets of all peers come out of this device. */
    private final class OneForAll implements Face {

        @Override
        public void prepare(PeerLink link) {
            link.device(WgDevice.this);
        }

        @Override
        public void plug(PeerLink link, List<IpPrefix> allowed) {}

        @Override
        public void added(PeerLink link, List<IpPrefix> allowed) {}

        @Override
        public void unplug(PeerLink link, boolean forGood) {
            if (forGood) {
                link.unplug(true);
            }
        }

        @Override
        public void close() {
            WgDevice.this.close();
        }
    }
}
