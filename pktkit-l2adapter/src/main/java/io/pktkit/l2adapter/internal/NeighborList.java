// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.time.Timers;
import org.jspecify.annotations.Nullable;

/**
 * Entries in one state, oldest first. Every state lasts a fixed time, so the list is in the order of the deadlines as
 * well: its head is both the next to expire and the first to evict, without a search or a heap. Not thread-safe.
 */
final class NeighborList {

    private final long durationNanos;
    private @Nullable NeighborEntry head;
    private @Nullable NeighborEntry tail;
    private int size;

    NeighborList(long durationNanos) {
        this.durationNanos = durationNanos;
    }

    /** Appends the entry, taking it off the list that it was on, and sets its deadline. */
    void append(NeighborEntry entry, long nowNanos) {
        unlink(entry);
        entry.deadlineNanos = Timers.after(nowNanos, durationNanos);
        entry.list = this;
        entry.previous = tail;
        if (tail == null) {
            head = entry;
        } else {
            tail.next = entry;
        }
        tail = entry;
        size++;
    }

    static void unlink(NeighborEntry entry) {
        NeighborList list = entry.list;
        if (list == null) {
            return;
        }
        NeighborEntry previous = entry.previous;
        NeighborEntry next = entry.next;
        if (previous == null) {
            list.head = next;
        } else {
            previous.next = next;
        }
        if (next == null) {
            list.tail = previous;
        } else {
            next.previous = previous;
        }
        entry.list = null;
        entry.previous = null;
        entry.next = null;
        list.size--;
    }

    @Nullable
    NeighborEntry first() {
        return head;
    }

    /** The oldest that is neither pinned nor the excepted one. At most two entries are passed over. */
    @Nullable
    NeighborEntry firstEvictable(@Nullable NeighborEntry except) {
        NeighborEntry entry = head;
        while (entry != null && (entry.pinned || entry == except)) {
            entry = entry.next;
        }
        return entry;
    }

    /** The head if its deadline has come. */
    @Nullable
    NeighborEntry firstDue(long nowNanos) {
        return head != null && Timers.isDue(head.deadlineNanos, nowNanos) ? head : null;
    }

    int size() {
        return size;
    }
}
