// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * A protocol data unit of a device: an Ethernet frame or an IP packet. It is bytes and four facts that the bytes do not
 * tell: whether it is to be cut into segments, whether its checksum is yet to be finished, how the link addressed it, and
 * whether its headers may be rewritten where they are.
 *
 * <p>Devices, links and whatever stands between them treat both kinds alike through this type.
 */
public abstract sealed class Pdu extends View permits Frame, Packet {

    static final int KEPT = -1;

    int segmentSize;
    boolean checksumPending;

    /** How many bytes before the first may be overwritten; or that nothing may be. */
    int headroom = KEPT;

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

    /**
     * Tells whether who is lent this may rewrite its headers in place, rather than in a copy: whoever lent it looks at the bytes
     * no more, nor does anybody else. A router need not copy 64 KiB then to count a hop.
     *
     * @return whether it may; false unless it was noted since the view was wrapped
     */
    public final boolean isRewritable() {
        return headroom >= 0;
    }

    /**
     * Tells how many bytes before the first one may be overwritten too, as by the header of a lower layer.
     *
     * @return bytes; 0 unless it was noted since the view was wrapped
     */
    public final int headroom() {
        return Math.max(0, headroom);
    }

    /**
     * Takes the permission to rewrite back, and must be called before this is lent to more than one receiver. The one fact of
     * a lent view that everybody may change, as nobody relies on it.
     */
    public final void keep() {
        headroom = KEPT;
    }

    /** {@return how the link addressed it} */
    public abstract LinkCast linkCast();

    /** {@return the IP packet: the one in the frame, or this one itself; invalid if there is none} */
    public abstract Packet packet();

    /** {@return the bytes before the IP packet: the length of a frame's header, 0 for a packet} */
    public abstract int linkHeaderLength();
}
