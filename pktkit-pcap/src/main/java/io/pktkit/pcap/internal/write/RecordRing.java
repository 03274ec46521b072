// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Packets on their way to the writing thread, in memory that is allocated once. Who has one to record copies it here under a
 * short lock, or hears that there is no room; nobody waits.
 *
 * <p>A packet is recorded before it is passed on, so that what it leads to comes after it, and settled afterwards, when it is
 * known whether it was dropped. The writer waits for that, but its patience has an end, {@link #PATIENCE_NANOS}: a callback that
 * does not return costs its own record the reason, and no more.
 *
 * <pre>
 *   record, at a multiple of 8:  size | outcome | time (8) | tap | flags | captured | original | bytes | padding
 *   size 0: the rest up to the end of the ring is unused
 * </pre>
 */
public final class RecordRing {

    /** The largest packet that is recorded. */
    public static final int LONGEST = 1 << 18;

    /** The least that a ring must hold. */
    public static final int LEAST_CAPACITY = 2 * LONGEST;

    /** How long the writer usually waits for what became of a packet. */
    public static final long PATIENCE_NANOS = 100_000_000L;

    private static final int SIZE = 0;
    private static final int OUTCOME = 4;
    private static final int TIME = 8;
    private static final int TAP = 16;
    private static final int FLAGS = 20;
    private static final int CAPTURED = 24;
    private static final int ORIGINAL = 28;
    private static final int HEADER = 32;

    private static final int PENDING = 0;
    private static final int PASSED = 1;
    private static final int DROPPED = 2;
    private static final int FIRST_REASON = 3;

    /** How long the writer looks again and again before it wants to be woken: waking costs the network a system call. */
    private static final long LOOK_NANOS = 5_000_000L;

    private static final int LOOKS = 200;

    private static final DropReason[] REASONS = DropReason.values();

    private final int capacity;
    private final long patienceNanos;

    /** Guarded by this, as is all below; what is between head and tail is not changed but for outcomes. */
    private final ByteBuffer ring;

    /** Positions that only grow; the place in the ring is the remainder. */
    private long head;

    private long tail;

    /** When the record at the head was first found to be pending, or 0. */
    private long pendingSinceNanos;

    private long pendingAt = -1;
    private boolean ended;

    /** The writing thread, while it waits to be woken. */
    private @Nullable Thread sleeper;

    /** A record as the writer sees it; good until it is released. The writer's. */
    public static final class Entry {
        long end;

        /** Which tap it came by. */
        public int tap;

        /** Nanoseconds since 1970. */
        public long time;

        /** Direction, and what the link knew, as pcapng's epb_flags has it. */
        public int flags;

        /** The bytes of it that are here. */
        public int captured;

        /** The bytes that it had. */
        public int original;

        /** Whether it was dropped. */
        public boolean dropped;

        /** Why, if that is known. */
        public @Nullable DropReason reason;

        /** Where the bytes are. */
        public ByteBuffer buffer = ByteBuffer.allocate(0);

        /** The first byte. */
        public int offset;

        /** Creates one of nothing. */
        public Entry() {}
    }

    /**
     * Creates an empty ring.
     *
     * @param capacity bytes, {@link #LEAST_CAPACITY} or more; rounded down to a multiple of 8
     * @param patienceNanos how long the writer waits for what became of a packet
     */
    public RecordRing(int capacity, long patienceNanos) {
        this.capacity = capacity & -8;
        this.patienceNanos = patienceNanos;
        this.ring = ByteBuffer.allocateDirect(this.capacity);
    }

    /**
     * Records a packet. Any thread.
     *
     * @param tap which tap it passed
     * @param timeNanos since 1970
     * @param flags as {@link Entry#flags}
     * @param pdu the packet
     * @param captured how many bytes of it
     * @return what {@link #settle} wants; less than 0 if there is no room
     */
    public long record(int tap, long timeNanos, int flags, Pdu pdu, int captured) {
        Thread wake;
        long position;
        synchronized (this) {
            int size = HEADER + captured + 7 & -8;
            int at = (int) (tail % capacity);
            int unused = capacity - at < size ? capacity - at : 0;
            if (ended || tail - head + unused + size > capacity) {
                return -1;
            }
            if (unused > 0) {
                ring.putInt(at, 0);
                tail += unused;
                at = 0;
            }
            ring.putInt(at + SIZE, size)
                    .putInt(at + OUTCOME, PENDING)
                    .putLong(at + TIME, timeNanos)
                    .putInt(at + TAP, tap)
                    .putInt(at + FLAGS, flags)
                    .putInt(at + CAPTURED, captured)
                    .putInt(at + ORIGINAL, pdu.length())
                    .put(at + HEADER, pdu.buffer(), pdu.offset(), captured);
            position = tail;
            tail += size;
            wake = sleeper;
            sleeper = null;
        }
        if (wake != null) {
            LockSupport.unpark(wake);
        }
        return position;
    }

    /**
     * Tells what became of a packet. Any thread.
     *
     * @param position what {@link #record} gave
     * @param dropped whether it was dropped
     * @param reason why, if that is known
     */
    public synchronized void settle(long position, boolean dropped, @Nullable DropReason reason) {
        if (position >= head) {
            ring.putInt((int) (position % capacity) + OUTCOME, outcome(dropped, reason));
        }
    }

    @SuppressWarnings("EnumOrdinal") // within this process, for as long as the record is here
    private static int outcome(boolean dropped, @Nullable DropReason reason) {
        return !dropped ? PASSED : reason == null ? DROPPED : FIRST_REASON + reason.ordinal();
    }

    /**
     * Shows the oldest record. The writer's.
     *
     * @param entry what to show it in
     * @param nowNanos the time, by which a pending record is waited for
     * @return false if there is none to write yet
     */
    public synchronized boolean peek(Entry entry, long nowNanos) {
        if (head == tail) {
            return false;
        }
        int at = (int) (head % capacity);
        if (ring.getInt(at + SIZE) == 0) {
            head += capacity - at;
            at = 0;
        }
        int outcome = ring.getInt(at + OUTCOME);
        if (outcome == PENDING && !isPatienceOver(nowNanos)) {
            return false;
        }
        entry.end = head + ring.getInt(at + SIZE);
        entry.tap = ring.getInt(at + TAP);
        entry.time = ring.getLong(at + TIME);
        entry.flags = ring.getInt(at + FLAGS);
        entry.captured = ring.getInt(at + CAPTURED);
        entry.original = ring.getInt(at + ORIGINAL);
        entry.dropped = outcome >= DROPPED;
        entry.reason = outcome >= FIRST_REASON ? REASONS[outcome - FIRST_REASON] : null;
        entry.buffer = ring;
        entry.offset = at + HEADER;
        return true;
    }

    private boolean isPatienceOver(long nowNanos) {
        if (pendingAt != head) {
            pendingAt = head;
            pendingSinceNanos = nowNanos;
        }
        return ended || nowNanos - pendingSinceNanos > patienceNanos;
    }

    /**
     * Gives the room of the record that was shown back. The writer's.
     *
     * @param entry the record
     */
    public synchronized void release(Entry entry) {
        head = entry.end;
    }

    /** {@return the position after the latest record} */
    public synchronized long tail() {
        return tail;
    }

    /** {@return the position of the oldest record that was not released} */
    public synchronized long head() {
        return head;
    }

    /** Takes no more, and lets the writer have the rest without waiting. Any thread. */
    public void end() {
        synchronized (this) {
            ended = true;
        }
        wake();
    }

    /** {@return whether {@link #end} was called} */
    public synchronized boolean isEnded() {
        return ended;
    }

    /** Makes the writer look around. Any thread. */
    public void wake() {
        Thread wake;
        synchronized (this) {
            wake = sleeper;
            sleeper = null;
        }
        if (wake != null) {
            LockSupport.unpark(wake);
        }
    }

    /**
     * Waits until it is worth looking again. The writer's.
     *
     * @param looksInVain how often there was nothing in a row
     */
    public void await(int looksInVain) {
        long nanos = LOOK_NANOS;
        if (looksInVain >= LOOKS) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                if (head == tail) { // else there is a record whose outcome is not known yet
                    sleeper = Thread.currentThread();
                    nanos = 1_000_000_000L;
                }
            }
        }
        LockSupport.parkNanos(this, nanos);
        synchronized (this) {
            sleeper = null;
        }
    }
}
