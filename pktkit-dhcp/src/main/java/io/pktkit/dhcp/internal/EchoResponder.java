// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Answers ICMP echo requests to one address (RFC 1122 section 3.2.2.6). Stateless, and never longer than what was asked. */
public final class EchoResponder {
    private EchoResponder() {}

    /** Whether this is ICMP to the address alone: what is sent to all is not answered (RFC 1122 section 3.2.2.6 permits it). */
    public static boolean isFor(Packet packet, int address) {
        return packet.isIpv4() && packet.protocol() == IpProtocol.ICMP && (int) packet.destinationLow() == address;
    }

    /** A frame with the reply, in a buffer of its own, or null if the packet is no whole, sound request of one station. */
    public static @Nullable ByteBuffer reply(Frame frame, Packet packet, MacAddress mac) {
        IcmpMessage message = packet.icmp();
        IpAddress sender = packet.source();
        if (message == null
                || !message.isEchoRequest()
                || frame.isMulticast()
                || !packet.isComplete()
                || packet.isFragment()
                || packet.verifyIpv4Checksum() == ChecksumStatus.INVALID
                || packet.verifyTransportChecksum() == ChecksumStatus.INVALID
                || sender.isUnspecified()
                || sender.isMulticast()
                || sender.isLoopback()
                || sender.isLimitedBroadcast()
                || sender.equals(packet.destination())) {
            return null;
        }
        ByteBuffer payload = message.buffer().duplicate();
        payload.limit(message.payloadOffset() + message.payloadLength()).position(message.payloadOffset());
        ByteBuffer reply = PacketBuilder.icmpEcho(
                packet.destination(), sender, false, message.identifier(), message.sequenceNumber(), payload);
        return FrameBuilder.frame(frame.source(), mac, EtherType.IPV4, reply);
    }
}
