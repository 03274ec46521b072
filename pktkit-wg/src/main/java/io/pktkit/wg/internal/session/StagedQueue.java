// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import io.pktkit.device.Quota;
import io.pktkit.wg.internal.noise.Message;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Packets of a peer that wait for a session. At most 128, and at most a number of bytes; the oldest goes when there is no
 * room. Each is kept with room for header, padding and tag, so that it is encrypted where it is.
 *
 * <p>All peers draw from one budget. A peer may hold a quarter of what the others leave, so that a few peers that do not
 * answer cannot use it all up: the more is held, the less each may hold. The last eighth is for the first packet of those
 * that hold nothing yet.
 */
public final class StagedQueue {

    private static final int MAX_PACKETS = 128;

    /** What an array, its buffer and its place in the queue take beside the bytes, about. */
    private static final int OVERHEAD = 96;

    private final ArrayDeque<ByteBuffer> packets = new ArrayDeque<>(2);
    private final Quota budget;
    private final int maxBytes;
    private int held;

    /**
     * Creates an empty queue.
     *
     * @param budget the bytes that all peers may hold
     * @param maxBytes the bytes that this one may hold
     */
    public StagedQueue(Quota budget, int maxBytes) {
        this.budget = budget;
        this.maxBytes = maxBytes;
    }

    /**
     * Keeps a copy of a packet.
     *
     * @param from the buffer that it is in
     * @param offset where it begins
     * @param length how long it is
     * @return how many packets were dropped for that, this one included if there was no room
     */
    public int add(ByteBuffer from, int offset, int length) {
        int size = Message.TRANSPORT_OVERHEAD + length + Message.PADDING;
        int cost = size + OVERHEAD;
        int dropped = 0;
        while (!packets.isEmpty() && (packets.size() >= MAX_PACKETS || held + cost > share())) {
            drop();
            dropped++;
        }
        if (cost > maxBytes || !budget.tryAcquire(cost)) {
            return dropped + 1;
        }
        ByteBuffer copy = ByteBuffer.allocate(size);
        copy.put(Message.TRANSPORT_HEADER_LENGTH, from, offset, length);
        copy.position(Message.TRANSPORT_HEADER_LENGTH).limit(Message.TRANSPORT_HEADER_LENGTH + length);
        packets.add(copy);
        held += cost;
        return dropped;
    }

    /**
     * Takes the oldest packet.
     *
     * @return the packet between position and limit, with room around it, or null
     */
    public @Nullable ByteBuffer poll() {
        ByteBuffer oldest = packets.poll();
        if (oldest != null) {
            release(oldest);
        }
        return oldest;
    }

    /**
     * Drops all packets.
     *
     * @return how many
     */
    public int clear() {
        int dropped = packets.size();
        while (!packets.isEmpty()) {
            drop();
        }
        return dropped;
    }

    /** {@return whether no packet waits} */
    public boolean isEmpty() {
        return packets.isEmpty();
    }

    /** {@return the bytes that are held} */
    public int held() {
        return held;
    }

    private int share() {
        int open = budget.limit() / 8 * 7 - (budget.used() - held);
        return Math.min(maxBytes, open / 4);
    }

    private void drop() {
        release(packets.remove());
    }

    private void release(ByteBuffer packet) {
        int cost = packet.capacity() + OVERHEAD;
        held -= cost;
        budget.release(cost);
    }
}
