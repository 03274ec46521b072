// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * Sorts what comes from the network: to ARP, to NDP, to the DHCP client, to the host. Any thread, without a lock.
 *
 * <p>The host is an untagged station. A frame of a VLAN is not for it, and answering one without its tag would join the
 * two networks; a priority tag (VLAN 0) means nothing of the sort.
 */
public final class FrameReceiver {

    private final long mac;
    private final HostAddresses addresses;
    private final IpSide host;
    private final ArpReceiver arpReceiver;
    private final NdpReceiver ndpReceiver;
    private final Conflicts conflicts = new Conflicts();
    private final AddressSession checks;
    private volatile @Nullable DhcpSession dhcp;
    private volatile @Nullable RouterSession routers;

    /**
     * Makes a receiver.
     *
     * @param mac the adapter's address
     * @param router whether it says that it is a router
     * @param addresses the host's
     * @param host receives the packets
     * @param link the neighbours
     * @param sender sends the answers
     * @param checks told of who claims our addresses, and of queries for groups
     */
    public FrameReceiver(
            MacAddress mac,
            boolean router,
            HostAddresses addresses,
            IpSide host,
            LinkLayer link,
            FrameSender sender,
            AddressSession checks) {
        this.mac = mac.toLong();
        this.addresses = addresses;
        this.host = host;
        this.arpReceiver = new ArpReceiver(this.mac, addresses, link, sender, conflicts);
        this.checks = checks;
        this.ndpReceiver = new NdpReceiver(this.mac, router, addresses, link, sender, conflicts, checks);
    }

    /**
     * Names who gets DHCP packets and hears ARP.
     *
     * @param session the session, or null for none
     */
    public void dhcp(@Nullable DhcpSession session) {
        dhcp = session;
    }

    /**
     * Names who hears router advertisements.
     *
     * @param session the session, or null for none
     */
    public void routers(@Nullable RouterSession session) {
        routers = session;
    }

    /** {@return how often another station claimed one of our addresses} */
    public long conflicts() {
        return conflicts.total();
    }

    /**
     * Takes a frame.
     *
     * @param frame the frame, lent
     * @return why it was dropped, or null
     */
    public @Nullable DropReason onFrame(Frame frame) {
        if (!frame.isValid()) {
            return DropReason.TRUNCATED;
        }
        if (frame.sourceMac() == mac) {
            return DropReason.LOOP;
        }
        if (!frame.isMulticast() && frame.destinationMac() != mac) {
            return DropReason.NOT_FOR_US;
        }
        if (frame.vlanId() != 0) {
            return DropReason.VLAN;
        }
        int type = frame.etherType();
        if (type == EtherType.IPV4 || type == EtherType.IPV6) {
            return onIp(frame);
        }
        return type == EtherType.ARP ? onArp(frame) : DropReason.UNSUPPORTED;
    }

    private @Nullable DropReason onArp(Frame frame) {
        ArpPacket arp = new ArpPacket().wrap(frame);
        DropReason reason = ArpReceiver.check(frame, arp);
        if (reason != null) {
            return reason;
        }
        DhcpSession session = dhcp;
        if (session != null) {
            session.onArp(arp);
        }
        arpReceiver.onArp(frame, arp);
        return null;
    }

    private @Nullable DropReason onIp(Frame frame) {
        Packet packet = frame.packet();
        if (!packet.isValid()) {
            return DropReason.MALFORMED;
        }
        if (!packet.isComplete()) {
            return DropReason.TRUNCATED;
        }
        DhcpSession session = dhcp;
        if (session != null && session.onPacket(packet, frame.sourceMac())) {
            return null;
        }
        return packet.isIpv6() && packet.protocol() == IpProtocol.ICMPV6 ? onIcmpv6(frame, packet) : toHost(packet);
    }

    /** What an IPv6 host must hear of its link is all ICMPv6, and other packets pay nothing for it. */
    private @Nullable DropReason onIcmpv6(Frame frame, Packet packet) {
        if (NdpMessage.isNeighborDiscovery(packet)) {
            return ndpReceiver.onNeighborDiscovery(frame, packet);
        }
        if (isForOthers(packet)) {
            return DropReason.LINK_BROADCAST;
        }
        RouterSession session = routers;
        if (session != null) {
            session.onPacket(packet);
        }
        checks.onPacket(packet);
        return toHost(packet);
    }

    /**
     * The one way up, where the link's own knowledge of the packet is at hand. A packet to one station has no business in
     * a frame to many: RFC 1122 section 3.3.6 wants a host to discard it silently and RFC 1812 section 5.3.4 a router, or
     * each station of the LAN would route it or answer it. So for both it ends here. A packet to many in a frame to us
     * alone is in order (RFC 6085). DHCP and Neighbor Discovery were served before: there are DHCP servers that send
     * their answer to the address which they offer in a broadcast.
     */
    private @Nullable DropReason toHost(Packet packet) {
        if (isForOthers(packet)) {
            return DropReason.LINK_BROADCAST;
        }
        return host.up(packet) ? null : DropReason.FILTERED;
    }

    private boolean isForOthers(Packet packet) {
        return packet.linkCast() != LinkCast.UNICAST && !addresses.isForMany(packet);
    }
}
