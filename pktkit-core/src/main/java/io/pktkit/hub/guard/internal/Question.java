// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;

/**
 * Asks a station whether it still has an address, in a way that changes nothing at whoever hears it: an ARP probe (RFC
 * 5227), or a solicitation as of duplicate address detection (RFC 4862). Both go to the station alone, which RFC 6085
 * allows for the group too. The answer to the first comes to us, that to the second goes to all nodes.
 */
final class Question {

    /** The shortest frame of Ethernet without its checksum. */
    private static final int MIN_FRAME = 60;

    private static final IpAddress ANY_V4 = IpAddress.unspecified(IpFamily.IPV4);
    private static final IpAddress ANY_V6 = IpAddress.unspecified(IpFamily.IPV6);

    /** ff02::1:ff00:0/104, RFC 4291 section 2.7.1. */
    private static final long SOLICITED_NODE_HIGH = 0xFF02_0000_0000_0000L;

    private static final long SOLICITED_NODE_LOW = 0x1_FF00_0000L;

    private static final int HOP_LIMIT = 255;

    private Question() {}

    static Frame about(Binding binding, MacAddress asker) {
        MacAddress station = MacAddress.of(binding.station);
        if (binding.ipv4) {
            ByteBuffer frame = ByteBuffer.allocate(MIN_FRAME);
            ByteBuffer request =
                    FrameBuilder.arp(station, ArpPacket.REQUEST, asker, ANY_V4, MacAddress.ZERO, binding.address);
            return new Frame().wrap(frame.put(0, request, 0, request.limit()));
        }
        return new Frame().wrap(FrameBuilder.frame(station, asker, EtherType.IPV6, solicitation(binding.address)));
    }

    private static ByteBuffer solicitation(IpAddress target) {
        IpAddress group = IpAddress.ofIpv6(SOLICITED_NODE_HIGH, SOLICITED_NODE_LOW | (target.low() & 0xFF_FFFF));
        ByteBuffer message = PacketBuilder.icmp(
                ANY_V6, group, IcmpMessage.V6_NEIGHBOR_SOLICITATION, 0, 0, ByteBuffer.wrap(target.toBytes()));
        Packet packet = new Packet().wrap(message).hopLimit(HOP_LIMIT);
        packet.recomputeTransportChecksum();
        return message;
    }
}
