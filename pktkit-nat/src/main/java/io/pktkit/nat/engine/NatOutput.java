// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What an engine wants sent: usually one packet, sometimes an error, or several fragments. It is the caller's, who empties it
 * before each call and sends afterwards, in order and without a lock. The buffers are used again; nothing is allocated once
 * there are enough.
 */
public final class NatOutput {

    private static final int FIRST_SIZE = 2048;

    private Packet[] packets = new Packet[0];
    private ByteBuffer[] buffers = new ByteBuffer[0];
    private @Nullable NatLink[] targets = new NatLink[0];
    private int size;
    private boolean local;

    /** An empty output. */
    public NatOutput() {}

    /** {@return how many packets there are} */
    public int size() {
        return size;
    }

    /**
     * Tells what to send.
     *
     * @param index 0 to {@link #size()} - 1
     * @return the packet, good until the output is cleared
     */
    public Packet packet(int index) {
        return packets[checked(index)];
    }

    /**
     * Tells where to.
     *
     * @param index 0 to {@link #size()} - 1
     * @return the inside link; null for the outside
     */
    public @Nullable NatLink target(int index) {
        return targets[checked(index)];
    }

    private int checked(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("index=" + index + " size=" + size);
        }
        return index;
    }

    /**
     * Tells whether the packet at hand was for the NAT itself, and is to be given to the host there as it is.
     *
     * @return false unless {@link NatEngine#hosted} was set
     */
    public boolean isLocal() {
        return local;
    }

    /** Forgets all packets. */
    public void clear() {
        size = 0;
        local = false;
    }

    void local() {
        local = true;
    }

    /** Lends the buffer of the next packet, which begins at 0. */
    ByteBuffer begin(int length) {
        if (size == packets.length) {
            grow();
        }
        ByteBuffer buffer = buffers[size];
        if (buffer.capacity() < length) {
            buffer = ByteBuffer.allocate(Math.max(FIRST_SIZE, Integer.highestOneBit(length - 1) << 1));
            buffers[size] = buffer;
        }
        return buffer;
    }

    /** Adds what was written into the buffer that was lent last. */
    Packet commit(@Nullable NatLink target, int length) {
        targets[size] = target;
        Packet packet = packets[size].wrap(buffers[size], 0, length);
        size++;
        return packet;
    }

    private void grow() {
        int capacity = Math.max(2, 2 * size);
        packets = Arrays.copyOf(packets, capacity);
        buffers = Arrays.copyOf(buffers, capacity);
        targets = Arrays.copyOf(targets, capacity);
        for (int i = size; i < capacity; i++) {
            packets[i] = new Packet();
            buffers[i] = ByteBuffer.allocate(0);
        }
    }
}
