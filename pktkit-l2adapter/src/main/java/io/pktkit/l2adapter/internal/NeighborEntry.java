// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.l2adapter.NeighborState;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** One neighbour. Owned by its {@link NeighborCache}; only the key and the volatile fields are read without its lock. */
final class NeighborEntry {

    final long high;
    final long low;

    /** The next entry of the hash bucket. */
    volatile @Nullable NeighborEntry nextInBucket;

    /** The MAC address while using it changes nothing, else NO_MAC: all that the lock-free path needs, in one read. */
    volatile long readyMac = NeighborCache.NO_MAC;

    NeighborState state = NeighborState.INCOMPLETE;
    long mac = NeighborCache.NO_MAC;
    long deadlineNanos;

    /** Requests sent in the present INCOMPLETE or PROBE. */
    int solicitations;

    /** Whether an answer to our own request ever gave or confirmed the present MAC address. */
    boolean proven;

    /** Whether this is the gateway. */
    boolean pinned;

    /** Whether somebody claimed the address with another MAC address since it was last confirmed. */
    boolean contested;

    /** Whether, and when last, it was challenged because of that. */
    boolean challenged;

    long challengedNanos;

    /** Whether a request of ours is open; an answer counts until {@link #awaitingUntilNanos}. */
    private boolean awaiting;

    private long awaitingUntilNanos;

    /** Whether that request went to everybody, and not only to {@link #mac}. */
    boolean askedEverybody;

    /** The list that the entry is on, and its neighbours there. */
    @Nullable
    NeighborList list;

    @Nullable
    NeighborEntry previous;

    @Nullable
    NeighborEntry next;

    private @Nullable ArrayDeque<QueuedPacket> queue;
    private int queuedBytes;

    NeighborEntry(long high, long low) {
        this.high = high;
        this.low = low;
    }

    /** A request of ours goes out, to everybody while no MAC address is known. */
    void asked(long awaitingUntil) {
        solicitations++;
        askedEverybody = state == NeighborState.INCOMPLETE;
        awaiting = true;
        awaitingUntilNanos = awaitingUntil;
    }

    boolean isAwaiting(long nowNanos) {
        return awaiting && awaitingUntilNanos - nowNanos >= 0;
    }

    /** A request of ours was answered. */
    void confirmed(long answered) {
        mac = answered;
        proven = true;
        contested = false;
        awaiting = false;
    }

    void enqueue(QueuedPacket packet) {
        ArrayDeque<QueuedPacket> packets = queue;
        if (packets == null) {
            packets = new ArrayDeque<>(4);
            queue = packets;
        }
        packets.addLast(packet);
        queuedBytes += packet.cost();
    }

    @Nullable
    QueuedPacket dequeue() {
        QueuedPacket packet = queue == null ? null : queue.pollFirst();
        if (packet != null) {
            queuedBytes -= packet.cost();
        }
        return packet;
    }

    int queuedPackets() {
        return queue == null ? 0 : queue.size();
    }

    int queuedBytes() {
        return queuedBytes;
    }
}
