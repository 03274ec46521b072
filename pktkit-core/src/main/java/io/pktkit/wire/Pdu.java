// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * A protocol data unit of a device: an Ethernet frame or an IP packet. It is bytes and three facts that the bytes do not
 * tell: whether it is to be cut into segments, whether its checksum is yet to be finished, and how the link addressed it.
 *
 * <p>Devices, links and whatever stands between them treat both kinds alike through this type.
 */
public abstract sealed class Pdu extends View permits Frame, Packet {

    int segmentSize;
    boolean checksumPending;

    Pdu() {}

    /** {@return the payload bytes of each segment that this super-segment is to be cut into; 0 if it is not one} */
    public final int segmentSize() {
        return segmentSize;
    }

    /** {@return whether the transport checksum field holds only the pseudo-header's sum, to be finished later} */
    public final boolean checksumPending() {
        return checksumPending;
    }

    /** {@return whether it is a super-segment or lacks its checksum, which not every device takes} */
    public final boolean isUnfinished() {
        return checksumPending || segmentSize != 0;
    }

    /** {@return how the link addressed it} */
    public abstract LinkCast linkCast();

    /** {@return the IP packet: the one in the frame, or this one itself; invalid if there is none} */
    public abstract Packet packet();

    /** {@return the bytes before the IP packet: the length of a frame's header, 0 for a packet} */
    public abstract int linkHeaderLength();
}
