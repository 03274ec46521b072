// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;

/** What a {@link Coalescer} has to know of a frame or packet: where its parts are, and whether it may be joined at all. */
final class Arrival {

    /** A segment with one of them is never joined: they say something of that very segment. */
    private static final int APART = TcpSegment.SYN | TcpSegment.RST | TcpSegment.URG | TcpSegment.CWR;

    private static final int ENDS = TcpSegment.FIN | TcpSegment.PSH;

    private int hash;
    private boolean tcp;
    private int link;
    private int transport;
    private int headers;
    private int payload;
    private int flags;
    private boolean joinable;

    /** Reads one; false if it belongs to no flow that can be told. */
    boolean read(Pdu pdu) {
        Packet packet = pdu.packet();
        int protocol = packet.protocol();
        if ((protocol != IpProtocol.TCP && protocol != IpProtocol.UDP) || packet.isFragment() || !packet.isComplete()) {
            return false;
        }
        tcp = protocol == IpProtocol.TCP;
        int available = packet.transportLength();
        if (available < (tcp ? TcpSegment.MIN_HEADER_LENGTH : UdpDatagram.HEADER_LENGTH)) {
            return false;
        }
        link = pdu.linkHeaderLength();
        transport = packet.transportOffset() - pdu.offset();
        hash = hash(packet, pdu.buffer().getInt(packet.transportOffset()));
        // No IPv4 options and no extension headers: what they say may be of one packet, and nobody sends them.
        boolean plain = transport - link == (packet.isIpv4() ? Packet.IPV4_HEADER_LENGTH : Packet.IPV6_HEADER_LENGTH);
        boolean whole = !pdu.isUnfinished() && pdu.length() == link + packet.totalLength();
        joinable = plain && whole && (tcp ? readTcp(packet, available) : readUdp(packet, available)) && payload > 0;
        return true;
    }

    private boolean readTcp(Packet packet, int available) {
        TcpSegment segment = packet.tcp();
        if (segment == null || !segment.isValid()) {
            return false;
        }
        headers = transport + segment.headerLength();
        payload = available - segment.headerLength();
        flags = segment.flags();
        // CWR is not needed on the way of data: it comes once in a round trip, or is a bit of AccECN's counter.
        return (flags & (APART | TcpSegment.ACK)) == TcpSegment.ACK;
    }

    private boolean readUdp(Packet packet, int available) {
        UdpDatagram datagram = packet.udp();
        headers = transport + UdpDatagram.HEADER_LENGTH;
        payload = available - UdpDatagram.HEADER_LENGTH;
        flags = 0;
        return datagram != null && datagram.udpLength() == available;
    }

    private static int hash(Packet packet, int ports) {
        long mixed = packet.sourceLow() * 0x9E3779B97F4A7C15L + packet.destinationLow();
        mixed = (mixed ^ packet.sourceHigh() ^ Long.rotateLeft(packet.destinationHigh(), 29)) * 0xC2B2AE3D27D4EB4FL
                + ports;
        return (int) (mixed ^ mixed >>> 32);
    }

    /** The same for all of a flow. Another flow that has the same is flushed for this one, no worse. */
    int hash() {
        return hash;
    }

    /** Whether it is TCP, or else UDP. */
    boolean isTcp() {
        return tcp;
    }

    /** Where the IP header begins, counted from the first byte. */
    int link() {
        return link;
    }

    /** Where the transport header begins. */
    int transport() {
        return transport;
    }

    /** Where the payload begins. */
    int headers() {
        return headers;
    }

    /** The length of the payload. */
    int payload() {
        return payload;
    }

    /** Whether it may be the first of several. */
    boolean mayBegin() {
        return joinable && !ends();
    }

    /** Whether it may come after others, as far as itself is concerned. */
    boolean mayFollow() {
        return joinable;
    }

    /** Whether nothing may come after it. */
    boolean ends() {
        return (flags & ENDS) != 0;
    }

    /** FIN and PSH. */
    int endFlags() {
        return flags & ENDS;
    }
}
