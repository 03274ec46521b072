// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DropReason;
import io.pktkit.l2adapter.internal.link.AddressUse;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import org.jspecify.annotations.Nullable;

/** What is done about a Neighbor Solicitation or Advertisement: RFC 4861 section 7.2. Any thread. */
final class NdpReceiver {

    private static final IpAddress ALL_NODES = IpAddress.ofIpv6(0xFF02L << 48, 1);

    private final long mac;

    /** {@link NdpMessage#ROUTER_FLAG} or 0: what is said of oneself in each answer. */
    private final int role;

    private final HostAddresses addresses;
    private final LinkLayer link;
    private final FrameSender sender;
    private final Conflicts conflicts;
    private final AddressSession checks;

    NdpReceiver(
            long mac,
            boolean router,
            HostAddresses addresses,
            LinkLayer link,
            FrameSender sender,
            Conflicts conflicts,
            AddressSession checks) {
        this.mac = mac;
        this.role = router ? NdpMessage.ROUTER_FLAG : 0;
        this.addresses = addresses;
        this.link = link;
        this.sender = sender;
        this.conflicts = conflicts;
        this.checks = checks;
    }

    /** Takes a packet that is one of the two. Returns why it was not heeded, or null. */
    @Nullable
    DropReason onNeighborDiscovery(Frame frame, Packet packet) {
        NdpMessage message = NdpMessage.of(packet);
        if (!message.isValid() || message.linkLayerAddress() == mac) {
            return DropReason.MALFORMED;
        }
        boolean targetIsOwn = addresses.isOwn(IpFamily.IPV6, message.targetHigh(), message.targetLow());
        AddressUse use = targetIsOwn ? addresses.use(message.target()) : AddressUse.FULL;
        if (use != AddressUse.FULL && message.isClaim() && checks.conflict(message.target())) {
            conflicts.count();
            return null;
        }
        if (!message.isSolicitation()) {
            onAdvertisement(message, targetIsOwn);
            return null;
        }
        if (!targetIsOwn || use == AddressUse.BARRED) {
            return DropReason.NOT_FOR_US; // before anything is learned, section 7.2.3
        }
        onSolicitation(message, frame, packet, use == AddressUse.FULL ? NdpMessage.OVERRIDE_FLAG : 0);
        return null;
    }

    private void onSolicitation(NdpMessage message, Frame frame, Packet packet, int override) {
        IpAddress target = message.target();
        if (message.isSourceUnspecified()) {
            // Somebody's duplicate address detection: everybody is told whose the address is, section 7.2.4.
            long destination = HostAddresses.ipv6GroupMac(ALL_NODES.low());
            sender.sendAdvertisement(destination, role | override, ALL_NODES, target);
            return;
        }
        long high = packet.sourceHigh();
        long low = packet.sourceLow();
        if (addresses.isOwn(IpFamily.IPV6, high, low)) {
            conflicts.count();
            return;
        }
        long destination = message.linkLayerAddress();
        if (destination != NeighborCache.NO_MAC) {
            boolean neighbor = addresses.isNeighbor(IpFamily.IPV6, high, low);
            if (neighbor) {
                link.heard(IpFamily.IPV6, high, low, destination, true);
            }
        } else {
            long cached = link.peek(IpFamily.IPV6, high, low);
            destination = cached != NeighborCache.NO_MAC ? cached : frame.sourceMac();
        }
        if (destination != 0 && !MacAddress.isMulticast(destination)) {
            int flags = role | NdpMessage.SOLICITED_FLAG | override;
            sender.sendAdvertisement(destination, flags, packet.source(), target);
        }
    }

    /**
     * Never adds a neighbour: who nobody asked for is not needed, section 7.2.5. The Router flag is not looked at, see the
     * package description.
     */
    private void onAdvertisement(NdpMessage message, boolean targetIsOwn) {
        if (targetIsOwn) {
            conflicts.count();
            return;
        }
        long high = message.targetHigh();
        long low = message.targetLow();
        long claimed = message.linkLayerAddress();
        if (message.isSolicited()) {
            link.answered(IpFamily.IPV6, high, low, claimed, message.isOverride(), false);
        } else if (claimed != NeighborCache.NO_MAC) {
            link.heard(IpFamily.IPV6, high, low, claimed, false);
        }
    }
}
