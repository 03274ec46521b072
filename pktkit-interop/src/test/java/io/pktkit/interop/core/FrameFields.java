// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpOptions;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.StringJoiner;

/** The fields of a frame by our accessors, in the words of {@code scapy_fields.py}. */
final class FrameFields {
    private FrameFields() {}

    static String of(Frame frame) {
        StringBuilder out = new StringBuilder();
        out.append(frame.destination()).append(' ').append(frame.source());
        if (frame.hasVlan()) {
            out.append(" vlan=" + frame.vlanId() + " priority=" + frame.vlanPriority() + " dei="
                    + (frame.vlanDei() ? 1 : 0));
        }
        out.append(" type=" + frame.etherType());
        if (frame.etherType() == EtherType.ARP) {
            out.append(arp(new ArpPacket().wrap(frame)));
        } else {
            Packet packet = frame.packet();
            out.append(packet.isIpv4() ? ipv4(packet) : ipv6(packet));
            out.append(transport(packet)).append(' ').append(packet.verifyTransportChecksum());
        }
        return out.toString();
    }

    private static String arp(ArpPacket arp) {
        return " arp " + arp.operation() + " " + MacAddress.of(arp.senderMac()) + " " + arp.senderAddress() + " "
                + MacAddress.of(arp.targetMac()) + " " + arp.targetAddress();
    }

    private static String ipv4(Packet packet) {
        return " v4 " + packet.source() + " " + packet.destination() + " ttl=" + packet.hopLimit() + " tos="
                + packet.trafficClass() + " id=" + packet.identification() + " len=" + packet.totalLength()
                + " header=" + packet.headerLength() + " df=" + (packet.dontFragment() ? 1 : 0) + " mf="
                + (packet.moreFragments() ? 1 : 0) + " offset=" + packet.fragmentOffset() + " "
                + packet.verifyIpv4Checksum() + " next=" + packet.nextHeader() + " protocol=" + packet.protocol();
    }

    private static String ipv6(Packet packet) {
        return " v6 " + packet.source() + " " + packet.destination() + " hop=" + packet.hopLimit() + " tc="
                + packet.trafficClass() + " flow=" + packet.flowLabel() + " len=" + packet.totalLength() + " id="
                + Integer.toUnsignedString(packet.identification()) + " mf=" + (packet.moreFragments() ? 1 : 0)
                + " offset=" + packet.fragmentOffset() + " next=" + packet.nextHeader() + " protocol="
                + packet.protocol();
    }

    private static String transport(Packet packet) {
        TcpSegment tcp = packet.tcp();
        if (tcp != null) {
            return " tcp " + tcp.sourcePort() + " " + tcp.destinationPort() + " "
                    + Integer.toUnsignedString(tcp.sequenceNumber()) + " "
                    + Integer.toUnsignedString(tcp.acknowledgmentNumber()) + " " + tcp.flags() + " " + tcp.window()
                    + " " + tcp.urgentPointer() + " header=" + tcp.headerLength() + " payload="
                    + tcp.payloadLength() + " options=[" + options(tcp) + "]";
        }
        UdpDatagram udp = packet.udp();
        if (udp != null) {
            return " udp " + udp.sourcePort() + " " + udp.destinationPort() + " " + udp.udpLength() + " payload="
                    + udp.payloadLength();
        }
        IcmpMessage icmp = packet.icmp();
        return icmp == null
                ? ""
                : " icmp " + icmp.type() + " " + icmp.code() + " " + icmp.identifier() + " " + icmp.sequenceNumber();
    }

    private static String options(TcpSegment tcp) {
        StringJoiner all = new StringJoiner(",");
        TcpOptions options = new TcpOptions().wrap(tcp);
        while (options.next()) {
            all.add(options.kind() + ":" + value(tcp.buffer(), options.valueOffset(), options.valueLength()));
        }
        return all.toString();
    }

    private static String value(ByteBuffer buffer, int offset, int length) {
        if (length == 1) {
            return "" + (buffer.get(offset) & 0xFF);
        }
        if (length == 2) {
            return "" + (buffer.getShort(offset) & 0xFFFF);
        }
        StringJoiner words = new StringJoiner(".");
        for (int at = 0; at < length; at += 4) {
            words.add(Integer.toUnsignedString(buffer.getInt(offset + at)));
        }
        return words.toString();
    }
}
