// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.filter;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;

/** The questions that the words of the language ask. */
final class Tests {

    /** SCTP, which has its ports where TCP and UDP have theirs. */
    private static final int SCTP = 132;

    /** Where ARP for IPv4 on Ethernet has the addresses, RFC 826. */
    private static final int ARP_SENDER = 14;

    private static final int ARP_TARGET = 24;
    private static final int ARP_LENGTH = 28;

    private Tests() {}

    static Test family(IpFamily family) {
        return (pdu, packet) -> packet.family() == family;
    }

    static Test protocol(int number) {
        return (pdu, packet) -> packet.isValid() && packet.protocol() == number;
    }

    /** ICMP is IPv4's alone, ICMPv6 IPv6's: the number alone does not say it. */
    static Test protocol(IpFamily family, int number) {
        return (pdu, packet) -> packet.family() == family && packet.protocol() == number;
    }

    static Test etherType(int type) {
        return (pdu, packet) -> pdu instanceof Frame frame && frame.etherType() == type;
    }

    static Test station(Side side, long mac) {
        return (pdu, packet) -> pdu instanceof Frame frame
                && frame.isValid()
                && ((side.source && frame.sourceMac() == mac) || (side.destination && frame.destinationMac() == mac));
    }

    static Test broadcast() {
        return (pdu, packet) -> pdu instanceof Frame frame && frame.isBroadcast();
    }

    static Test multicast() {
        return (pdu, packet) -> pdu instanceof Frame frame && frame.isMulticast();
    }

    static Test vlan() {
        return (pdu, packet) -> pdu instanceof Frame frame && frame.hasVlan();
    }

    static Test vlan(int id) {
        return (pdu, packet) -> pdu instanceof Frame frame && frame.hasVlan() && frame.vlanId() == id;
    }

    static Test longest(int bytes) {
        return (pdu, packet) -> pdu.length() <= bytes;
    }

    static Test shortest(int bytes) {
        return (pdu, packet) -> pdu.length() >= bytes;
    }

    static Test net(Side side, IpPrefix prefix) {
        IpFamily family = prefix.family();
        return (pdu, packet) -> {
            if (packet.family() == family) {
                return (side.source && prefix.contains(family, packet.sourceHigh(), packet.sourceLow()))
                        || (side.destination
                                && prefix.contains(family, packet.destinationHigh(), packet.destinationLow()));
            }
            return family == IpFamily.IPV4 && pdu instanceof Frame frame && isInArp(side, prefix, frame);
        };
    }

    private static boolean isInArp(Side side, IpPrefix prefix, Frame frame) {
        return frame.etherType() == EtherType.ARP
                && frame.payloadLength() >= ARP_LENGTH
                && ((side.source && isAt(prefix, frame, ARP_SENDER))
                        || (side.destination && isAt(prefix, frame, ARP_TARGET)));
    }

    private static boolean isAt(IpPrefix prefix, Frame frame, int offset) {
        long address = frame.buffer().getInt(frame.payloadOffset() + offset) & 0xFFFF_FFFFL;
        return prefix.contains(IpFamily.IPV4, 0, address);
    }

    /** Of a protocol, or of the three that have ports for 0. Fragments but the first have none. */
    static Test ports(Side side, int protocol, int first, int last) {
        return (pdu, packet) -> {
            int offset = packet.transportOffset();
            if (offset < 0 || packet.transportLength() < 4 || !hasPorts(packet, protocol)) {
                return false;
            }
            int source = packet.buffer().getShort(offset) & 0xFFFF;
            int destination = packet.buffer().getShort(offset + 2) & 0xFFFF;
            return (side.source && source >= first && source <= last)
                    || (side.destination && destination >= first && destination <= last);
        };
    }

    private static boolean hasPorts(Packet packet, int protocol) {
        int present = packet.protocol();
        return protocol != 0
                ? present == protocol
                : present == IpProtocol.TCP || present == IpProtocol.UDP || present == SCTP;
    }

    static Test not(Test test) {
        return (pdu, packet) -> !test.matches(pdu, packet);
    }

    static Test and(Test left, Test right) {
        return (pdu, packet) -> left.matches(pdu, packet) && right.matches(pdu, packet);
    }

    static Test or(Test left, Test right) {
        return (pdu, packet) -> left.matches(pdu, packet) || right.matches(pdu, packet);
    }

    static Test anything() {
        return (Pdu pdu, Packet packet) -> true;
    }
}
