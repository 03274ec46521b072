// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.device.L2Connector;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A client with a tap device: a port of an Ethernet network. The client is the station that it first sends from, and it
 * says of itself what is true: its frames, ARP and neighbour discovery are from that MAC address and, if it was given
 * one, from its IP address. It is no router: advertisements and redirects are dropped, and so are VLAN tags.
 */
final class TapFace extends AbstractL2Device implements ClientFace {

    private static final int TARGET_OFFSET = 8;

    /** The outer one of two VLAN tags (IEEE 802.1ad). */
    private static final int SERVICE_VLAN = 0x88A8;

    private final ServerCore core;
    private final ClientLink link;
    private final ClientSettings settings;
    private final L2Connector network;
    private final StationTable stations;
    private final Frame view = new Frame();
    private final Receiver<Frame> toNetwork = delivering();
    private final ArpPacket arp = new ArpPacket();
    private final AtomicReference<@Nullable Attachment<Frame>> place = new AtomicReference<>();
    private volatile long mac;

    TapFace(ServerCore core, ClientLink link, ClientSettings settings, L2Connector network, StationTable stations) {
        super(MacAddress.ZERO);
        this.core = core;
        this.link = link;
        this.settings = settings;
        this.network = network;
        this.stations = stations;
        changeMtu(core.config().mtu());
    }

    @Override
    public void open() throws IOException {
        place.set(network.connect(this));
        if (isClosed()) {
            // By who took it in, or meanwhile: the close did not find the place yet.
            leave();
        }
    }

    @Override
    protected void onClose() {
        try {
            leave();
        } finally {
            stations.release(mac, link);
        }
    }

    private void leave() {
        Attachment<Frame> its = place.getAndSet(null);
        if (its != null) {
            its.close();
        }
    }

    @Override
    public boolean arrived(ByteBuffer buffer, int offset, int length, Joined joined) {
        Frame frame = view.wrap(buffer, offset, length);
        if (!frame.isValid() || isTagged(frame) || !isStation(frame.sourceMac()) || !isTrue(frame)) {
            stats().receiveDropped(DropReason.PORT_SECURITY);
            return false;
        }
        joined.add(toNetwork, frame);
        return true;
    }

    private static boolean isTagged(Frame frame) {
        return frame.hasVlan() || frame.etherType() == SERVICE_VLAN;
    }

    /** Whether a source is the client's; the first one becomes it. */
    private boolean isStation(long source) {
        if (mac != 0) {
            return mac == source;
        }
        if (source == 0 || MacAddress.isMulticast(source) || !stations.claim(source, link)) {
            return false;
        }
        mac = source;
        if (isClosed()) {
            // The close gives back what was claimed before it, and perhaps did not see this.
            stations.release(source, link);
            return false;
        }
        return true;
    }

    /** Whether a frame says nothing of its sender that is not so. */
    private boolean isTrue(Frame frame) {
        if (frame.etherType() == EtherType.ARP) {
            arp.wrap(frame.buffer(), frame.payloadOffset(), frame.payloadLength());
            return arp.isValid()
                    && arp.senderMac() == mac
                    && (arp.senderIpv4() == 0 || isOwn(IpFamily.IPV4, 0, arp.senderIpv4() & 0xffff_ffffL));
        }
        Packet packet = frame.packet();
        IpFamily family = packet.family();
        if (family == null) {
            return true;
        }
        if (packet.sourceHigh() != 0 || packet.sourceLow() != 0) {
            boolean linkLocal = family == IpFamily.IPV6 && packet.sourceHigh() >>> 54 == 0xFE80 >>> 6;
            if (!linkLocal && !isOwn(family, packet.sourceHigh(), packet.sourceLow())) {
                return false;
            }
        }
        return family == IpFamily.IPV4 || isTrueNeighbor(packet);
    }

    /**
     * What cannot be read is not true: hosts look behind any number of extension headers, and put fragments together, so an
     * advertisement behind more of them than are walked, or cut short in a first fragment, would reach them (RFC 7113
     * section 3).
     */
    private boolean isTrueNeighbor(Packet packet) {
        if (!packet.isHeaderChainComplete()) {
            return false;
        }
        IcmpMessage icmp = packet.icmp();
        if (icmp == null) {
            return packet.protocol() != IpProtocol.ICMPV6;
        }
        int type = icmp.type();
        if (type == IcmpMessage.V6_ROUTER_ADVERTISEMENT || type == IcmpMessage.V6_REDIRECT) {
            return false;
        }
        boolean ofNeighbor =
                type == IcmpMessage.V6_NEIGHBOR_ADVERTISEMENT || type == IcmpMessage.V6_NEIGHBOR_SOLICITATION;
        if (ofNeighbor && icmp.length() < TARGET_OFFSET + 16) {
            return false;
        }
        if (type == IcmpMessage.V6_NEIGHBOR_ADVERTISEMENT) {
            long high = icmp.buffer().getLong(icmp.offset() + TARGET_OFFSET);
            long low = icmp.buffer().getLong(icmp.offset() + TARGET_OFFSET + 8);
            return high >>> 54 == 0xFE80 >>> 6 || isOwn(IpFamily.IPV6, high, low);
        }
        return true;
    }

    /** Whether an address is the client's, or it was given none: then its network gives it one. */
    private boolean isOwn(IpFamily family, long high, long low) {
        IpPrefix own = settings.address(family);
        if (own == null || (own.address().high() == high && own.address().low() == low)) {
            return true;
        }
        for (IpPrefix behind : settings.clientNetworks()) {
            if (behind.contains(family, high, low)) {
                return true;
            }
        }
        return false;
    }

    /** {@return all there are: what comes unfinished is finished here} */
    @Override
    public Set<Offload> offloads() {
        return OffloadFinisher.ALL;
    }

    @Override
    public boolean send(Frame frame) {
        if (frame.isUnfinished()) {
            return OffloadFinisher.sendPieces(this, stats(), frame);
        }
        DropReason reason = refusal(frame);
        if (reason == null) {
            reason = TunnelSender.sendTo(core, link, frame.buffer(), frame.offset(), frame.length(), 0);
        }
        if (reason != null) {
            stats().sendDropped(reason);
            return false;
        }
        stats().sent(frame.length());
        return true;
    }

    private @Nullable DropReason refusal(Frame frame) {
        if (isClosed()) {
            return DropReason.CLOSED;
        }
        if (!frame.isValid()) {
            return DropReason.TRUNCATED;
        }
        return frame.payloadLength() > mtu() ? DropReason.TOO_BIG : null;
    }

    /** {@return whose device it is} */
    @Override
    public String toString() {
        return "OpenVPN client " + link;
    }
}
