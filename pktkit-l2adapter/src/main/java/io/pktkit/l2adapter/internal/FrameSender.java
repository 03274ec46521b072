// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * Puts packets into frames. Any thread, without a lock.
 *
 * <p>The packet is copied once, behind a header in a buffer that the thread reuses, so that sending does not allocate.
 * Writing the header into headroom before the packet would save the copy, but the packet is only lent: the bytes
 * before it belong to whoever made the buffer, and may well be the frame that the packet came in.
 */
public final class FrameSender {

    private final long mac;
    private final FrameOutput output;
    private final DeviceStats stats;

    /**
     * Makes a sender.
     *
     * @param mac the source of all frames
     * @param output where they go
     * @param stats told of what could not be sent
     */
    public FrameSender(MacAddress mac, FrameOutput output, DeviceStats stats) {
        this.mac = mac.toLong();
        this.output = output;
        this.stats = stats;
    }

    /**
     * Sends an IP packet, with its offload facts.
     *
     * @param packet the packet, lent
     * @param destination the MAC address to send to
     */
    public void sendIp(Packet packet, long destination) {
        int type = packet.isIpv4() ? EtherType.IPV4 : EtherType.IPV6;
        try (FrameBuffers.Level level = begin(packet.length(), destination, type)) {
            if (level != null) {
                packet.copyTo(level.buffer, Frame.HEADER_LENGTH);
                level.frame.segmentSize(packet.segmentSize()).checksumPending(packet.checksumPending());
                output.emit(level.frame);
            }
        }
    }

    /**
     * Sends an ARP message from our own MAC address.
     *
     * @param destination the MAC address to send to
     * @param operation {@link ArpPacket#REQUEST} or {@link ArpPacket#REPLY}
     * @param sender sender protocol address
     * @param targetMac target hardware address
     * @param target target protocol address
     */
    public void sendArp(long destination, int operation, int sender, long targetMac, int target) {
        try (FrameBuffers.Level level = begin(ArpPacket.LENGTH, destination, EtherType.ARP)) {
            if (level != null) {
                ArpPacket.write(level.buffer, Frame.HEADER_LENGTH, operation, mac, sender, targetMac, target);
                output.emit(level.frame);
            }
        }
    }

    /**
     * Sends a Neighbor Advertisement.
     *
     * @param destination the MAC address to send to
     * @param flags of {@link NdpMessage}
     * @param to who receives it
     * @param target our address, which is advertised and is the source
     */
    void sendAdvertisement(long destination, int flags, IpAddress to, IpAddress target) {
        try (FrameBuffers.Level level = begin(NdpMessage.PACKET_LENGTH, destination, EtherType.IPV6)) {
            if (level != null) {
                NdpMessage.write(
                        level.buffer, Frame.HEADER_LENGTH, NdpMessage.ADVERTISEMENT, flags, target, to, target, mac);
                output.emit(level.frame);
            }
        }
    }

    /** A level whose frame has its header written and is as long as its payload wants; null if this thread is too deep. */
    private FrameBuffers.@Nullable Level begin(int payloadLength, long destination, int type) {
        int length = Frame.HEADER_LENGTH + payloadLength;
        FrameBuffers.Level level = FrameBuffers.enter(length);
        if (level == null) {
            stats.receiveDropped(DropReason.LOOP);
            return null;
        }
        FrameBuilder.writeHeader(level.buffer, 0, destination, mac, type);
        level.frame.wrap(level.buffer, 0, length);
        return level;
    }
}
