// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.l2adapter.internal.link.AddressUse;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/**
 * Frames that were made under the lock of {@link LinkLayer} and go out after it is released. What adds is called under
 * that lock; {@link #drain} and {@link #close} must not be.
 */
final class FrameOutbox {

    /** Before each frame, within the headroom: its segment size, and whether its checksum is pending. */
    private static final int FACTS_LENGTH = 8;

    private static final int CHECKSUM_FACT_OFFSET = 4;

    private final long mac;
    private final HostAddresses addresses;
    private final FrameOutput output;
    private final DeviceStats stats;
    private final Outbox outbox = new Outbox();
    private final Outbox.Sink sink = this::emit;

    /** The view that frames leave through; only the one thread that drains uses it. */
    private final Frame drained = new Frame();

    FrameOutbox(MacAddress mac, HostAddresses addresses, FrameOutput output, DeviceStats stats) {
        this.mac = mac.toLong();
        this.addresses = addresses;
        this.output = output;
        this.stats = stats;
    }

    /** Without an address of our own the sender is 0.0.0.0, which nobody learns but everybody answers. */
    void addArpRequest(int target, long unicastMac) {
        IpAddress own = addresses.own(IpFamily.IPV4);
        long destination = unicastMac == NeighborCache.NO_MAC ? MacAddress.BROADCAST.toLong() : unicastMac;
        int length = Frame.HEADER_LENGTH + ArpPacket.LENGTH;
        ByteBuffer frame = outbox.reserve(length);
        int at = frame.position();
        at += FrameBuilder.writeHeader(frame, at, destination, mac, EtherType.ARP);
        ArpPacket.write(frame, at, ArpPacket.REQUEST, mac, own == null ? 0 : own.toIpv4Bits(), 0, target);
        commit(frame, length, 0, false);
    }

    /**
     * Asks for a neighbour. From an address that is still being checked without ours, which would change what others know (RFC 4429
     * section 3.3); not at all while there is none to ask from, and then asked again with the next attempt.
     */
    void addSolicitation(IpAddress target, long unicastMac) {
        IpAddress from = addresses.ipv6SourceFor(target.high());
        if (from == null) {
            return;
        }
        boolean multicast = unicastMac == NeighborCache.NO_MAC;
        IpAddress to = multicast ? NdpMessage.solicitedNode(target.low()) : target;
        long destination = multicast ? HostAddresses.ipv6GroupMac(to.low()) : unicastMac;
        boolean bare = addresses.use(from) != AddressUse.FULL;
        int length = Frame.HEADER_LENGTH + (bare ? NdpMessage.BARE_LENGTH : NdpMessage.PACKET_LENGTH);
        ByteBuffer frame = outbox.reserve(length);
        int at = frame.position();
        at += FrameBuilder.writeHeader(frame, at, destination, mac, EtherType.IPV6);
        if (bare) {
            NdpMessage.writeBare(frame, at, from, to, target);
        } else {
            NdpMessage.write(frame, at, NdpMessage.SOLICITATION, 0, from, to, target, mac);
        }
        commit(frame, length, 0, false);
    }

    void addPacket(Packet packet, long destination) {
        int length = Frame.HEADER_LENGTH + packet.length();
        ByteBuffer frame = outbox.reserve(length);
        int at = frame.position();
        at += FrameBuilder.writeHeader(frame, at, destination, mac, packet.isIpv4() ? EtherType.IPV4 : EtherType.IPV6);
        packet.copyTo(frame, at);
        commit(frame, length, packet.segmentSize(), packet.checksumPending());
    }

    void drain() {
        outbox.drain(sink);
    }

    void close() {
        outbox.close();
    }

    private void commit(ByteBuffer frame, int length, int segmentSize, boolean checksumPending) {
        int offset = frame.position();
        int facts = offset - FACTS_LENGTH;
        frame.putInt(facts, segmentSize);
        frame.put(facts + CHECKSUM_FACT_OFFSET, (byte) (checksumPending ? 1 : 0));
        if (!outbox.commit(frame, offset, length)) {
            stats.receiveDropped(DropReason.QUEUE_FULL);
        }
    }

    private void emit(ByteBuffer buffer, int offset, int length) {
        int facts = offset - FACTS_LENGTH;
        drained.wrap(buffer, offset, length);
        drained.segmentSize(buffer.getInt(facts)).checksumPending(buffer.get(facts + CHECKSUM_FACT_OFFSET) != 0);
        output.emit(drained);
    }
}
