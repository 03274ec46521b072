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
     * @return whether the network took it
     */
    public boolean sendIp(Packet packet, long destination) {
        int length = Frame.HEADER_LENGTH + packet.length();
        FrameBuffers buffers = FrameBuffers.current();
        FrameBuffers.Level level = buffers.enter(length);
        if (level == null) {
            stats.receiveDropped(DropReason.LOOP);
            return false;
        }
        try {
            FrameBuilder.writeHeader(
                    level.buffer, 0, destination, mac, packet.isIpv4() ? EtherType.IPV4 : EtherType.IPV6);
            packet.copyTo(level.buffer, Frame.HEADER_LENGTH);
            level.frame.wrap(level.buffer, 0, length);
            level.frame.segmentSize(packet.segmentSize()).checksumPending(packet.checksumPending());
            return output.emit(level.frame);
        } finally {
            buffers.exit();
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
        int length = Frame.HEADER_LENGTH + ArpPacket.LENGTH;
        FrameBuffers buffers = FrameBuffers.current();
        FrameBuffers.Level level = buffers.enter(length);
        if (level == null) {
            stats.receiveDropped(DropReason.LOOP);
            return;
        }
        try {
            FrameBuilder.writeHeader(level.buffer, 0, destination, mac, EtherType.ARP);
            ArpPacket.write(level.buffer, Frame.HEADER_LENGTH, operation, mac, sender, targetMac, target);
            output.emit(level.frame.wrap(level.buffer, 0, length));
        } finally {
            buffers.exit();
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
        int length = Frame.HEADER_LENGTH + NdpMessage.PACKET_LENGTH;
        FrameBuffers buffers = FrameBuffers.current();
        FrameBuffers.Level level = buffers.enter(length);
        if (level == null) {
            stats.receiveDropped(DropReason.LOOP);
            return;
        }
        try {
            FrameBuilder.writeHeader(level.buffer, 0, destination, mac, EtherType.IPV6);
            NdpMessage.write(
                    level.buffer, Frame.HEADER_LENGTH, NdpMessage.ADVERTISEMENT, flags, target, to, target, mac);
            output.emit(level.frame.wrap(level.buffer, 0, length));
        } finally {
            buffers.exit();
        }
    }
}
