// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;

/** Takes IP packets to their next hop on the link. Any thread; no lock is needed or held for what is resolved. */
public final class PacketSender {

    private final HostAddresses addresses;
    private final LinkLayer link;
    private final FrameSender frames;
    private final DeviceStats stats;

    /**
     * Makes a sender.
     *
     * @param addresses tells the route
     * @param link knows the neighbours
     * @param frames sends the frames
     * @param stats told of drops
     */
    public PacketSender(HostAddresses addresses, LinkLayer link, FrameSender frames, DeviceStats stats) {
        this.addresses = addresses;
        this.link = link;
        this.frames = frames;
        this.stats = stats;
    }

    /**
     * Sends a packet, or keeps a copy of it until its next hop is known.
     *
     * @param packet the packet, lent
     * @param own whether the adapter itself sends it, and not the host
     */
    public void send(Packet packet, boolean own) {
        if (!packet.isValid()) {
            stats.receiveDropped(DropReason.MALFORMED);
            return;
        }
        if (addresses.isFromBarred(packet)) {
            stats.receiveDropped(DropReason.MARTIAN); // RFC 4862 section 5.4: tentative, or somebody else's
            return;
        }
        switch (addresses.route(packet)) {
            case BROADCAST -> frames.sendIp(packet, MacAddress.BROADCAST.toLong());
            case MULTICAST -> frames.sendIp(packet, HostAddresses.groupMac(packet));
            case ON_LINK -> sendTo(packet.destinationHigh(), packet.destinationLow(), packet, own);
            case GATEWAY -> sendToGateway(packet, own);
            case NO_ROUTE -> dropUnroutable(packet, own);
            case MARTIAN -> stats.receiveDropped(DropReason.MARTIAN);
        }
    }

    private void sendToGateway(Packet packet, boolean own) {
        IpFamily family = packet.isIpv4() ? IpFamily.IPV4 : IpFamily.IPV6;
        IpAddress gateway = addresses.gateway(family);
        // It may have been cleared since the route was looked up, and a host may be told that it is its own gateway.
        if (gateway == null || addresses.isOwn(family, gateway.high(), gateway.low())) {
            dropUnroutable(packet, own);
        } else {
            sendTo(gateway.high(), gateway.low(), packet, own);
        }
    }

    private void sendTo(long high, long low, Packet packet, boolean own) {
        long mac = link.resolve(high, low, packet, own);
        if (mac != NeighborCache.NO_MAC) {
            frames.sendIp(packet, mac);
        }
    }

    private void dropUnroutable(Packet packet, boolean own) {
        stats.receiveDropped(DropReason.NO_ROUTE);
        if (packet.isIpv6() && !own) {
            link.reportNoRoute(packet);
        }
    }
}
