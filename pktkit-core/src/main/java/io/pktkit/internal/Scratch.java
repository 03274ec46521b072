// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reused buffers and views of one level of forwarding on one thread. Owned by that thread, and at each moment by the
 * hub or link that is at this level.
 *
 * <p>A buffer keeps its old bytes: who asks for one writes all that it sends on.
 */
public final class Scratch {

    /** For a frame whose VLAN tag was taken off. */
    public static final int UNTAGGED = 0;

    /** For a frame with the VLAN tag of the port. */
    public static final int TAGGED = 1;

    /** For a packet whose hop limit was decremented. */
    public static final int ROUTED = 2;

    /** For what a device without offloads is sent instead. */
    public static final int FINISHED = 3;

    /** For an ICMP error. */
    public static final int ERROR = 4;

    /** For a view of what comes from a guest; its buffer is not used. */
    public static final int GUARDED = 5;

    /** For a packet that is put into a frame. */
    public static final int FRAMED = 6;

    private static final int SLOTS = 7;
    private static final int FIRST_SIZE = 2048;

    /** Above it is what super-segments need; those come from the kernel and go there, which takes no array. */
    private static final int MAX_HEAP_SIZE = 16 << 10;

    private final ByteBuffer[] buffers = new ByteBuffer[SLOTS];
    private final Frame[] frames = new Frame[SLOTS];
    private final Packet[] packets = new Packet[SLOTS];
    private final Segmenter segmenter = new Segmenter();
    private @Nullable Fragmenter fragmenter;

    Scratch() {
        ByteBuffer none = ByteBuffer.allocate(0);
        for (int slot = 0; slot < SLOTS; slot++) {
            buffers[slot] = none;
            frames[slot] = new Frame();
            packets[slot] = new Packet();
        }
    }

    /**
     * Lends the buffer of a slot.
     *
     * @param slot the slot
     * @param length how many bytes it must hold
     * @return the buffer, direct if it is a large one; the bytes are old, its position is 0 and its limit its capacity
     */
    public ByteBuffer buffer(int slot, int length) {
        ByteBuffer buffer = buffers[slot];
        if (buffer.capacity() < length) {
            int size = Math.max(FIRST_SIZE, Integer.highestOneBit(length - 1) << 1);
            buffer = size > MAX_HEAP_SIZE ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
            buffers[slot] = buffer;
        }
        return buffer.clear();
    }

    /**
     * Lends the frame view of a slot.
     *
     * @param slot the slot
     * @return the view, still wrapped around what it was wrapped around before
     */
    public Frame frame(int slot) {
        return frames[slot];
    }

    /**
     * Lends the packet view of a slot.
     *
     * @param slot the slot
     * @return the view, still wrapped around what it was wrapped around before
     */
    public Packet packet(int slot) {
        return packets[slot];
    }

    /**
     * Lends the view of a slot that is of the kind of another, wrapped around the first bytes of a buffer, and addressed by
     * the link as that other was.
     *
     * @param <P> frames or packets
     * @param slot the slot
     * @param like the other
     * @param buffer the buffer
     * @param length how many bytes
     * @param segmentSize what to note of segments
     * @return the view
     */
    @SuppressWarnings("unchecked") // the view of the same kind
    <P extends Pdu> P view(int slot, P like, ByteBuffer buffer, int length, int segmentSize) {
        if (like instanceof Frame) {
            return (P) frames[slot].wrap(buffer, 0, length).segmentSize(segmentSize);
        }
        Packet packet = packets[slot].wrap(buffer, 0, length).segmentSize(segmentSize);
        return (P) packet.linkCast(like.linkCast());
    }

    /** {@return what cuts packets at this level; it is used by nothing deeper} */
    public Fragmenter fragmenter() {
        Fragmenter present = fragmenter;
        if (present == null) {
            present = new Fragmenter();
            fragmenter = present;
        }
        return present;
    }

    Segmenter segmenter() {
        return segmenter;
    }
}
