// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calls every accessor of every view, and notes the answers. */
final class ViewProbe {

    private final Frame frame = new Frame();
    private final Packet packet = new Packet();
    private final TcpSegment tcp = new TcpSegment();
    private final UdpDatagram udp = new UdpDatagram();
    private final IcmpMessage icmp = new IcmpMessage();
    private final ArpPacket arp = new ArpPacket();
    private final TcpOptions options = new TcpOptions();
    private final List<@Nullable Object> answers = new ArrayList<>();

    /** Offsets are noted relative to {@code offset}, so that the same bytes elsewhere give the same answers. */
    List<@Nullable Object> probe(ByteBuffer buffer, int offset, int length) {
        answers.clear();
        frame(frame.wrap(buffer, offset, length), offset);
        packet(packet.wrap(buffer, offset, length), offset);
        packet(packet.wrapQuoted(buffer, offset, length), offset);
        tcp(tcp.wrap(buffer, offset, length), offset);
        udp(udp.wrap(buffer, offset, length), offset);
        icmp(icmp.wrap(buffer, offset, length, IpFamily.IPV4), offset);
        icmp(icmp.wrap(buffer, offset, length, IpFamily.IPV6), offset);
        arp(arp.wrap(buffer, offset, length));
        return List.copyOf(answers.stream().map(String::valueOf).toList());
    }

    private void note(@Nullable Object... values) {
        answers.addAll(Arrays.asList(values));
    }

    private void frame(Frame view, int base) {
        note(view.length(), view.isValid(), view.destinationMac(), view.sourceMac(), view.destination(), view.source());
        note(view.hasVlan(), view.vlanTci(), view.vlanId(), view.vlanPriority(), view.vlanDei(), view.etherType());
        note(view.headerLength(), view.payloadOffset() - base, view.payloadLength());
        note(view.isBroadcast(), view.isMulticast(), Arrays.toString(view.toBytes()), view);
        packet(view.packet(), base);
        arp(arp.wrap(view));
    }

    private void packet(Packet view, int base) {
        note(view.length(), view.isValid(), view.isComplete(), view.version(), view.isIpv4(), view.isIpv6());
        note(view.family(), view.totalLength(), view.declaredLength(), view.headerLength(), view.sourceHigh());
        note(view.sourceLow(), view.destinationHigh(), view.destinationLow(), view.source(), view.destination());
        note(view.hopLimit(), view.trafficClass(), view.dscp(), view.ecn(), view.flowLabel(), view.nextHeader());
        note(view.protocol(), view.isHeaderChainComplete(), view.transportLength(), view.isFragment());
        note(view.transportOffset() < 0 ? -1 : view.transportOffset() - base);
        note(view.fragmentOffset(), view.moreFragments(), view.dontFragment(), view.identification());
        note(view.isBroadcast(), view.isMulticast(), view.fiveTuple(), view, Arrays.toString(view.toBytes()));
        note(view.verifyIpv4Checksum(), view.verifyTransportChecksum());
        note(IcmpErrors.mayReply(view, IcmpError.parameterProblem(2, 48)));
        TcpSegment segment = view.tcp();
        if (segment != null) {
            tcp(segment, base);
        }
        UdpDatagram datagram = view.udp();
        if (datagram != null) {
            udp(datagram, base);
        }
        IcmpMessage message = view.icmp();
        if (message != null) {
            icmp(message, base);
        }
    }

    private void tcp(TcpSegment view, int base) {
        note(view.length(), view.isValid(), view.sourcePort(), view.destinationPort(), view.sequenceNumber());
        note(view.acknowledgmentNumber(), view.headerLength(), view.flags(), view.has(TcpSegment.SYN), view.window());
        note(view.checksum(), view.urgentPointer(), view.optionsOffset() - base, view.optionsLength());
        note(view.payloadOffset() - base, view.payloadLength(), view);
        options.wrap(view);
        while (options.next()) {
            note(options.kind(), options.valueOffset() - base, options.valueLength());
        }
    }

    private void udp(UdpDatagram view, int base) {
        note(view.length(), view.isValid(), view.sourcePort(), view.destinationPort(), view.udpLength());
        note(view.checksum(), view.payloadOffset() - base, view.payloadLength(), view);
    }

    private void icmp(IcmpMessage view, int base) {
        note(view.length(), view.isValid(), view.family(), view.type(), view.code(), view.checksum());
        note(view.restOfHeader(), view.identifier(), view.sequenceNumber(), view.mtu(), view.pointer());
        note(view.payloadOffset() - base, view.payloadLength(), view.isError(), view.isEchoRequest());
        note(view.isEchoReply(), view);
        Packet quoted = view.quotedPacket();
        if (quoted != null) {
            note(quoted, quoted.transportLength(), quoted.fiveTuple());
        }
    }

    private void arp(ArpPacket view) {
        note(view.length(), view.isValid(), view.hardwareType(), view.protocolType(), view.hardwareLength());
        note(view.protocolLength(), view.operation(), view.senderMac(), view.senderIpv4(), view.targetMac());
        note(view.targetIpv4(), view.senderAddress(), view.targetAddress(), view);
    }
}
