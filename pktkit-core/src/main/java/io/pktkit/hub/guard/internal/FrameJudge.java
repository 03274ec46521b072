// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.hub.guard.GuardReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Judges a frame of a guest by its bytes and by what is bound to its port. Pure and total; reads no byte outside of the
 * frame.
 */
final class FrameJudge {

    /** EtherTypes from here on are types, and below lengths (IEEE 802.3 clause 3.2.6). */
    private static final int MIN_TYPE = 0x600;

    private static final int SERVICE_TAG = 0x88A8;
    private static final int OLD_SERVICE_TAG = 0x9100;

    /** 01-80-C2-00-00-00 to -0F, IEEE 802.1Q table 8-1. */
    private static final long BRIDGE_GROUP = 0x0180_C200_0000L;

    /** Hardware type 1, protocol type IPv4, lengths 6 and 4. */
    private static final long ARP_FIXED = 0x0001_0800_0604L;

    static final int ARP_SENDER = 14;
    static final int ARP_TARGET = 24;

    private static final int UDP_HEADER = 8;
    private static final int DHCPV6_CLIENT = 546;
    private static final int V4_ROUTER_ADVERTISEMENT = 9; // RFC 1256

    private FrameJudge() {}

    /**
     * Judges a frame.
     *
     * @param frame a frame with a whole header
     * @param view the caller's, wrapped around the packet inside
     * @return null if it conforms; {@link GuardReason#UNBOUND} if all that it lacks is an address, see {@link Claim}; else
     *     why it must go no further
     */
    static @Nullable GuardReason judge(Frame frame, Packet view, Bound bound) {
        long station = frame.sourceMac();
        if (MacAddress.isMulticast(station) || station == 0) {
            return GuardReason.BAD_STATION;
        }
        int type = frame.etherType();
        if (type < MIN_TYPE || (frame.destinationMac() & ~0xFL) == BRIDGE_GROUP) {
            return GuardReason.LINK_CONTROL;
        }
        return switch (type) {
            case EtherType.IPV4 -> ipv4(wrap(frame, view), station, bound);
            case EtherType.IPV6 -> ipv6(wrap(frame, view), station, bound);
            case EtherType.ARP -> arp(frame, station, bound);
            case EtherType.VLAN, SERVICE_TAG, OLD_SERVICE_TAG -> GuardReason.STACKED_TAG;
            default -> null;
        };
    }

    private static Packet wrap(Frame frame, Packet view) {
        return view.wrap(frame.buffer(), frame.payloadOffset(), frame.payloadLength());
    }

    private static @Nullable GuardReason arp(Frame frame, long station, Bound bound) {
        ByteBuffer buffer = frame.buffer();
        int at = frame.payloadOffset();
        if (frame.payloadLength() < ArpPacket.LENGTH || buffer.getLong(at) >>> 16 != ARP_FIXED) {
            return GuardReason.MALFORMED;
        }
        int operation = buffer.getShort(at + 6);
        if (operation != ArpPacket.REQUEST && operation != ArpPacket.REPLY) {
            return GuardReason.MALFORMED;
        }
        if (buffer.getLong(at + 6) << 16 >>> 16 != station) {
            return GuardReason.STATION_MISMATCH;
        }
        long sender = u32(buffer, at + ARP_SENDER);
        if (sender == 0 && operation == ArpPacket.REQUEST) {
            sender = u32(buffer, at + ARP_TARGET); // a probe asks for what it wants, RFC 5227 section 2.1.1
        }
        return ipv4Address(sender, station, bound);
    }

    private static @Nullable GuardReason ipv4(Packet packet, long station, Bound bound) {
        if (!packet.isIpv4() || !packet.isComplete()) {
            return GuardReason.MALFORMED;
        }
        GuardReason flaw = packet.fragmentOffset() == 0 ? ipv4Transport(packet, station, bound) : null;
        if (flaw != null) {
            return flaw;
        }
        long source = packet.sourceLow();
        return source == 0 && isBootpRequest(packet) ? null : ipv4Address(source, station, bound);
    }

    /** Later fragments start at 8 bytes or more, behind all that is looked at here. */
    private static @Nullable GuardReason ipv4Transport(Packet packet, long station, Bound bound) {
        int protocol = packet.protocol();
        if (protocol == IpProtocol.UDP) {
            GuardReason flaw = udp(packet, Bootp.CLIENT_PORT);
            boolean request = flaw == null && u16(packet, packet.transportOffset() + 2) == Bootp.SERVER_PORT;
            return request ? Bootp.flaw(packet, station, bound) : flaw;
        }
        if (protocol == IpProtocol.ICMP) {
            if (packet.transportLength() < 1) {
                return GuardReason.UNDETERMINED;
            }
            int type = u8(packet, packet.transportOffset());
            if (type == IcmpMessage.V4_REDIRECT || type == V4_ROUTER_ADVERTISEMENT) {
                return GuardReason.ROUTER;
            }
        }
        return null;
    }

    /** Clients do not all look at the source port, so what matters is whom a message is for. */
    private static @Nullable GuardReason udp(Packet packet, int clientPort) {
        if (packet.transportLength() < UDP_HEADER) {
            return GuardReason.UNDETERMINED;
        }
        return u16(packet, packet.transportOffset() + 2) == clientPort ? GuardReason.DHCP_SERVER : null;
    }

    /** What a client without an address sends (RFC 2131 section 4.1). */
    private static boolean isBootpRequest(Packet packet) {
        return packet.protocol() == IpProtocol.UDP
                && !packet.isFragment()
                && packet.isBroadcast()
                && u16(packet, packet.transportOffset()) == Bootp.CLIENT_PORT
                && u16(packet, packet.transportOffset() + 2) == Bootp.SERVER_PORT;
    }

    private static @Nullable GuardReason ipv4Address(long address, long station, Bound bound) {
        long net = address >>> 24;
        if (net == 0 || net == 127 || net >= 224) {
            return GuardReason.MARTIAN;
        }
        return bound.holds(true, 0, address, station) ? null : GuardReason.UNBOUND;
    }

    private static @Nullable GuardReason ipv6(Packet packet, long station, Bound bound) {
        if (!packet.isIpv6() || !packet.isComplete()) {
            return GuardReason.MALFORMED;
        }
        if (packet.fragmentOffset() == 0) {
            // The first fragment has the whole header chain, and what it is decides over the datagram (RFC 7112).
            int protocol = packet.protocol();
            if (!packet.isHeaderChainComplete() || !isUpperLayer(protocol)) {
                return GuardReason.UNDETERMINED;
            }
            if (protocol == IpProtocol.ICMPV6) {
                return icmpv6(packet, station, bound);
            }
            GuardReason flaw = protocol == IpProtocol.UDP ? udp(packet, DHCPV6_CLIENT) : null;
            if (flaw != null) {
                return flaw;
            }
        }
        return ipv6Address(packet.sourceHigh(), packet.sourceLow(), station, bound);
    }

    private static @Nullable GuardReason icmpv6(Packet packet, long station, Bound bound) {
        if (packet.transportLength() < 4) {
            return GuardReason.UNDETERMINED;
        }
        int at = packet.transportOffset();
        int type = u8(packet, at);
        if (type == IcmpMessage.V6_ROUTER_ADVERTISEMENT
                || type == IcmpMessage.V6_REDIRECT
                || type == NeighborDiscovery.ROUTER_RENUMBERING) {
            return GuardReason.ROUTER;
        }
        boolean discovery = NeighborDiscovery.isHostMessage(type);
        GuardReason flaw = discovery ? NeighborDiscovery.flaw(packet, station) : null;
        if (flaw != null) {
            return flaw;
        }
        long high = packet.sourceHigh();
        long low = packet.sourceLow();
        if ((high | low) == 0) {
            if (type == IcmpMessage.V6_NEIGHBOR_SOLICITATION) {
                return target(packet, station, bound); // duplicate address detection, RFC 4862 section 5.4.2
            }
            boolean report = NeighborDiscovery.isListenerReport(type) && packet.isMulticast(); // RFC 3590
            return report || type == IcmpMessage.V6_ROUTER_SOLICITATION ? null : GuardReason.MARTIAN;
        }
        GuardReason source = ipv6Address(high, low, station, bound);
        if (type != IcmpMessage.V6_NEIGHBOR_ADVERTISEMENT || source == GuardReason.MARTIAN) {
            return source;
        }
        GuardReason target = target(packet, station, bound);
        return target != null ? target : source;
    }

    private static @Nullable GuardReason target(Packet packet, long station, Bound bound) {
        int at = packet.transportOffset() + NeighborDiscovery.TARGET_OFFSET;
        return ipv6Address(packet.buffer().getLong(at), packet.buffer().getLong(at + 8), station, bound);
    }

    private static @Nullable GuardReason ipv6Address(long high, long low, long station, Bound bound) {
        // Groups; unspecified, loopback and IPv4-compatible; IPv4-mapped (RFC 4291 section 2.5).
        if (high >>> 56 == 0xFF || (high == 0 && (low >>> 32 == 0 || low >>> 32 == 0xFFFF))) {
            return GuardReason.MARTIAN;
        }
        return bound.holds(false, high, low, station) ? null : GuardReason.UNBOUND;
    }

    /**
     * Whether a protocol is what comes behind extension headers. What is not known might be a header that hides another
     * one; 0, 43, 44, 60, 135, 139 and 140, at which a walk ends that gave up, are not here.
     */
    private static boolean isUpperLayer(int protocol) {
        return switch (protocol) {
            case 2, 4, 6, 17, 33, 41, 46, 47, 50, 58, 59, 88, 89, 97, 103, 108, 112, 115, 132, 136, 137 -> true;
            default -> false;
        };
    }

    private static int u8(Packet packet, int at) {
        return packet.buffer().get(at) & 0xFF;
    }

    private static int u16(Packet packet, int at) {
        return packet.buffer().getShort(at) & 0xFFFF;
    }

    private static long u32(ByteBuffer buffer, int at) {
        return buffer.getInt(at) & 0xFFFF_FFFFL;
    }
}
