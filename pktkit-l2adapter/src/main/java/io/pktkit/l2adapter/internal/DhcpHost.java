// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.L3Device;
import io.pktkit.dhcp.DhcpTransport;
import io.pktkit.dhcp.Lease;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one DHCP session does to the adapter. The client calls one method at a time. A session that was superseded winds up
 * late, when the next may have configured the host already, so what is cleared is only what this session configured.
 */
public final class DhcpHost implements DhcpTransport {

    private final L3Device host;
    private final HostAddresses addresses;
    private final LinkLayer link;
    private final PacketSender packets;
    private final FrameSender frames;
    private final Supplier<@Nullable LeaseListener> listener;
    private final BooleanSupplier closed;

    /**
     * Makes the adapter's side of a session.
     *
     * @param host is given the address
     * @param addresses the host's
     * @param link the neighbours
     * @param packets routes what the client sends
     * @param frames sends what needs no routing
     * @param listener the present listener, or null
     * @param closed whether the adapter is closed and sends nothing any more
     */
    public DhcpHost(
            L3Device host,
            HostAddresses addresses,
            LinkLayer link,
            PacketSender packets,
            FrameSender frames,
            Supplier<@Nullable LeaseListener> listener,
            BooleanSupplier closed) {
        this.host = host;
        this.addresses = addresses;
        this.link = link;
        this.packets = packets;
        this.frames = frames;
        this.listener = listener;
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
        LeaseListener listening = listener.get();
        if (listening != null) {
            listening.onBound(lease);
        }
    }

    @Override
    public void onRenewed(Lease lease) {
        configure(lease);
        LeaseListener listening = listener.get();
        if (listening != null) {
            listening.onRenewed(lease);
        }
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
        LeaseListener listening = listener.get();
        if (listening != null) {
            listening.onLost(lease);
        }
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
