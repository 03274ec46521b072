// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/** A packet of a capture that is read, filled anew by each {@link CaptureReader#next}. One thread. */
public final class CapturedPacket {

    private final Frame frame = new Frame();
    private final Packet packet = new Packet();
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int length;
    private int interfaceNumber;
    private int linkType;
    private long epochNanos;
    private long originalLength;
    private CaptureDirection direction = CaptureDirection.UNKNOWN;
    private String comment = "";

    /** A packet of nothing, until it is filled. */
    public CapturedPacket() {}

    /** Fills it with bytes that are kept. */
    void fill(
            byte[] bytes,
            int from,
            int count,
            int number,
            int type,
            long nanos,
            long original,
            CaptureDirection way,
            String note) {
        buffer = ByteBuffer.wrap(bytes, from, count).slice();
        length = count;
        interfaceNumber = number;
        linkType = type;
        epochNanos = nanos;
        originalLength = original;
        direction = way;
        comment = note;
    }

    /** {@return the bytes that were captured, in a new array} */
    public byte[] toBytes() {
        byte[] bytes = new byte[length];
        buffer.get(0, bytes);
        return bytes;
    }

    /** {@return how many bytes were captured} */
    public int length() {
        return length;
    }

    /** {@return how many bytes the packet had} */
    public long originalLength() {
        return originalLength;
    }

    /** {@return the number of its interface in {@link CaptureReader#interfaces()}} */
    public int interfaceNumber() {
        return interfaceNumber;
    }

    /** {@return the number of its link type} */
    public int linkType() {
        return linkType;
    }

    /** {@return when it passed, in nanoseconds since 1970} */
    public long epochNanos() {
        return epochNanos;
    }

    /** {@return which way it went, if the capture tells} */
    public CaptureDirection direction() {
        return direction;
    }

    /** {@return the comments, a line for each; empty if there are none} */
    public String comment() {
        return comment;
    }

    /** {@return the frame, good until the next is read; of nothing if it is not Ethernet} */
    public Frame frame() {
        return frame.wrap(buffer, 0, linkType == LinkType.ETHERNET.number() ? length : 0);
    }

    /** {@return the IP packet, in a frame or alone, good until the next is read; invalid if there is none} */
    public Packet packet() {
        return linkType == LinkType.RAW.number() ? packet.wrap(buffer, 0, length) : frame().packet();
    }

    @Override
    public String toString() {
        return "CapturedPacket[" + epochNanos + " " + direction + " " + length + " of " + originalLength + " bytes]";
    }
}
