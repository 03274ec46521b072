// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that a frame uses for which {@link FrameJudge} found no binding.
 *
 * @param address what it uses as its own
 * @param second another one; an advertisement may be for an address that is not its source
 * @param probe whether it only asks if somebody has the address
 */
record Claim(IpAddress address, @Nullable IpAddress second, boolean probe) {

    /** Only for a frame of which {@link FrameJudge} said {@code UNBOUND}, with the same view. */
    static Claim of(Frame frame, Packet view) {
        if (frame.etherType() == EtherType.ARP) {
            int at = frame.payloadOffset();
            int sender = frame.buffer().getInt(at + FrameJudge.ARP_SENDER);
            int address = sender == 0 ? frame.buffer().getInt(at + FrameJudge.ARP_TARGET) : sender;
            return new Claim(IpAddress.ofIpv4(address), null, sender == 0);
        }
        Packet packet = view.wrap(frame.buffer(), frame.payloadOffset(), frame.payloadLength());
        IpAddress source = packet.source();
        if (packet.protocol() != IpProtocol.ICMPV6 || packet.isIpv4() || packet.transportOffset() < 0) {
            return new Claim(source, null, false);
        }
        int type = packet.buffer().get(packet.transportOffset()) & 0xFF;
        if (source.isUnspecified()) {
            return new Claim(target(packet), null, true);
        }
        IpAddress target = type == IcmpMessage.V6_NEIGHBOR_ADVERTISEMENT ? target(packet) : source;
        return new Claim(source, target.equals(source) ? null : target, false);
    }

    private static IpAddress target(Packet packet) {
        int at = packet.transportOffset() + NeighborDiscovery.TARGET_OFFSET;
        return IpAddress.ofIpv6(packet.buffer().getLong(at), packet.buffer().getLong(at + 8));
    }
}
