// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/**
 * A copy of an IP packet that waits for the MAC address of its next hop. A copy, since the packet was only lent; of the
 * exact size, since the bytes are what the queue is bounded by.
 */
public final class QueuedPacket {

    /** Counted for each packet beside its bytes, so that a flood of tiny packets meets the bound as well. */
    static final int OVERHEAD_BYTES = 64;

    private final ByteBuffer bytes;
    private final int segmentSize;
    private final boolean checksumPending;
    private final boolean own;

    private QueuedPacket(ByteBuffer bytes, int segmentSize, boolean checksumPending, boolean own) {
        this.bytes = bytes;
        this.segmentSize = segmentSize;
        this.checksumPending = checksumPending;
        this.own = own;
    }

    /**
     * Copies a packet.
     *
     * @param packet the packet, lent
     * @param own whether the adapter itself sends it: it survives a change of address, and its failure is not reported
     *     to the host
     * @return the copy
     */
    public static QueuedPacket copyOf(Packet packet, boolean own) {
        ByteBuffer bytes = ByteBuffer.allocate(packet.length());
        packet.copyTo(bytes, 0);
        return new QueuedPacket(bytes, packet.segmentSize(), packet.checksumPending(), own);
    }

    /** {@return whether the adapter itself sends the packet} */
    public boolean isOwn() {
        return own;
    }

    /**
     * Shows the packet through a view, with its offload facts.
     *
     * @param view the view to wrap
     * @return the view
     */
    public Packet viewedBy(Packet view) {
        return view.wrap(bytes, 0, bytes.capacity()).segmentSize(segmentSize).checksumPending(checksumPending);
    }

    /** {@return what the packet counts for in the bounds of the queues} */
    int cost() {
        return costOf(bytes.capacity());
    }

    static int costOf(int length) {
        return length + OVERHEAD_BYTES;
    }
}
