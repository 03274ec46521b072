// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.dhcp.DhcpTransport;
import io.pktkit.dhcp.Lease;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.util.function.BooleanSupplier;

/**
 * What the DHCP client does to the adapter. It calls one method at a time, on the packet path or the timer thread, so the
 * user's listener is told elsewhere. The user may configure the host too, so what is cleared is only what the lease had set.
 */
public final class DhcpHost implements DhcpTransport {

    private final IpSide host;
    private final HostAddresses addresses;
    private final LinkLayer link;
    private final PacketSender packets;
    private final FrameSender frames;
    private final LeaseNews news;
    private final BooleanSupplier closed;

    /**
     * Makes the adapter's side of the client.
     *
     * @param host is given the address
     * @param addresses the host's
     * @param link the neighbours
     * @param packets routes what the client sends
     * @param frames sends what needs no routing
     * @param news tells the user's listener
     * @param closed whether the adapter is closed and sends nothing any more
     */
    public DhcpHost(
            IpSide host,
            HostAddresses addresses,
            LinkLayer link,
            PacketSender packets,
            FrameSender frames,
            LeaseNews news,
            BooleanSupplier closed) {
        this.host = host;
        this.addresses = addresses;
        this.link = link;
        this.packets = packets;
        this.frames = frames;
        this.news = news;
        this.closed = closed;
    }

    @Override
    public void sendBroadcast(Packet packet) {
        if (!closed.getAsBoolean()) {
            frames.sendIp(packet, MacAddress.BROADCAST.toLong());
        }
    }

    /**
     * To the station that the ACK came from if the server is on the link: on a virtual LAN the server often has the
     * gateway's IP address and another MAC address, and would not be found by ARP. Else like the host's own packets.
     */
    @Override
    public void sendUnicast(Packet packet, MacAddress serverMac) {
        if (closed.getAsBoolean()) {
            return;
        }
        boolean known = serverMac.isUnicast() && !serverMac.equals(MacAddress.ZERO);
        if (known && addresses.route(packet) == HostAddresses.Route.ON_LINK) {
            frames.sendIp(packet, serverMac.toLong());
        } else {
            packets.send(packet, true);
        }
    }

    @Override
    public void onBound(Lease lease) {
        configure(lease);
        news.bound(lease);
    }

    @Override
    public void onRenewed(Lease lease) {
        configure(lease);
        news.renewed(lease);
    }

    private void configure(Lease lease) {
        if (!lease.prefix().equals(host.prefix(IpFamily.IPV4))) {
            host.setPrefix(lease.prefix());
            link.forget(IpFamily.IPV4, true);
        }
        link.gateway(
                IpFamily.IPV4, lease.router()); // none if the server named none: a static one is of another network
    }

    @Override
    public void onLost(Lease lease) {
        if (lease.prefix().equals(host.prefix(IpFamily.IPV4))) {
            host.setPrefix(IpPrefix.unset(IpFamily.IPV4));
            link.gateway(IpFamily.IPV4, null);
            link.forget(IpFamily.IPV4, true); // the RELEASE may still be waiting for the server's MAC address
        }
        news.lost();
    }

    @Override
    public void sendProbe(IpAddress address) {
        sendArpRequest(0, address);
    }

    @Override
    public void sendAnnouncement(IpAddress address) {
        sendArpRequest(address.toIpv4Bits(), address);
    }

    private void sendArpRequest(int sender, IpAddress target) {
        if (!closed.getAsBoolean()) {
            frames.sendArp(MacAddress.BROADCAST.toLong(), ArpPacket.REQUEST, sender, 0, target.toIpv4Bits());
        }
    }
}
