// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.internal.Scratch;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/**
 * Puts packets into frames. Any thread, without a lock.
 *
 * <p>The header is written before the packet where whoever lent that says that there is room. Otherwise the packet is
 * copied once, behind a header in a buffer that the thread reuses, so that sending does not allocate: the bytes before a
 * packet belong to whoever made the buffer, and may well be the frame that the packet came in.
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
        ThreadState thread = ThreadState.current();
        if (enter(thread)) {
            try {
                Frame frame = packet.headroom() >= Frame.HEADER_LENGTH
                        ? prepend(thread, packet, destination, type)
                        : copy(thread, packet, destination, type);
                frame.segmentSize(packet.segmentSize()).checksumPending(packet.checksumPending());
                output.emit(frame);
            } finally {
                thread.leave();
            }
        }
    }

    private Frame copy(ThreadState thread, Packet packet, long destination, int type) {
        Frame frame = begin(thread, packet.length(), destination, type);
        packet.copyTo(frame.buffer(), Frame.HEADER_LENGTH);
        return frame;
    }

    /** Writes the header before the packet, where whoever lent it allows that. */
    private Frame prepend(ThreadState thread, Packet packet, long destination, int type) {
        int start = packet.offset() - Frame.HEADER_LENGTH;
        FrameBuilder.writeHeader(packet.buffer(), start, destination, mac, type);
        return thread.scratch()
                .frame(Scratch.FRAMED)
                .wrap(packet.buffer(), start, Frame.HEADER_LENGTH + packet.length())
                .rewritable(packet.headroom() - Frame.HEADER_LENGTH);
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
        ThreadState thread = ThreadState.current();
        if (enter(thread)) {
            try {
                Frame frame = begin(thread, ArpPacket.LENGTH, destination, EtherType.ARP);
                ArpPacket.write(frame.buffer(), Frame.HEADER_LENGTH, operation, mac, sender, targetMac, target);
                output.emit(frame);
            } finally {
                thread.leave();
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
        ThreadState thread = ThreadState.current();
        if (enter(thread)) {
            try {
                Frame frame = begin(thread, NdpMessage.PACKET_LENGTH, destination, EtherType.IPV6);
                ByteBuffer buffer = frame.buffer();
                NdpMessage.write(buffer, Frame.HEADER_LENGTH, NdpMessage.ADVERTISEMENT, flags, target, to, target, mac);
                output.emit(frame);
            } finally {
                thread.leave();
            }
        }
    }

    /** An adapter is a link in the chain of its thread: what it lends is not overwritten, and a loop ends here too. */
    private boolean enter(ThreadState thread) {
        if (thread.enter(ThreadState.DEFAULT_LIMIT)) {
            return true;
        }
        stats.receiveDropped(DropReason.LOOP);
        return false;
    }

    /** A frame at the start of a buffer of the thread's level, as long as its payload wants, with its header written. */
    private Frame begin(ThreadState thread, int payloadLength, long destination, int type) {
        int length = Frame.HEADER_LENGTH + payloadLength;
        Scratch scratch = thread.scratch();
        ByteBuffer buffer = scratch.buffer(Scratch.FRAMED, length);
        FrameBuilder.writeHeader(buffer, 0, destination, mac, type);
        return scratch.frame(Scratch.FRAMED).wrap(buffer, 0, length);
    }
}
