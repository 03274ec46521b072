// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.ByteBudget;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that wait, each with an address and a port, in one ring of bytes: what steadily comes and goes allocates nothing.
 * The ring's memory is reserved from a budget; it doubles as needed and is halved when little of it was used between two times
 * that the queue was empty. The newest goes when the queue is full: what came first is what a reader will miss least. Owned by
 * one owner.
 */
public final class DatagramQueue {
    /** Bytes that may wait, {@link #OVERHEAD} for each datagram included; one datagram always fits. */
    public static final int MAX_BYTES = 256 << 10;

    /** The least that {@link #setLimit} takes. */
    public static final int MIN_BYTES = 2 << 10;

    /** Datagrams that may wait. */
    public static final int MAX_DATAGRAMS = 1024;

    /** What a datagram counts beside its payload. */
    public static final int OVERHEAD = 64;

    private static final int SMALLEST = 2 << 10;
    private static final int HEADER = 24;
    private static final int IPV6_FLAG = 1 << 16;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ByteBudget budget;
    private ByteBuffer ring = NOTHING;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);

    /** Whether {@link #header} holds that of the datagram that is next. */
    private boolean looked;

    /** Where the next is read and written; they only grow, and are taken modulo the capacity, a power of two. */
    private long readAt;

    private long writeAt;
    private int counted;
    private int limit = MAX_BYTES;
    private int size;

    /** The most that the ring has held since it was last empty. */
    private int mostHeld;

    private @Nullable IpAddress address;
    private int port;

    /**
     * An empty queue, which holds no memory.
     *
     * @param budget where its memory is reserved
     */
    public DatagramQueue(ByteBudget budget) {
        this.budget = budget;
    }

    /**
     * Adds a copy of a datagram.
     *
     * @param family of the address
     * @param high upper half of the address
     * @param low lower half of the address
     * @param atPort the port that goes with it
     * @param source holds the payload
     * @param from where that begins, absolute
     * @param length of the payload, 0 to 65535
     * @return false if there is no room, in the queue or in the budget
     */
    public boolean offer(IpFamily family, long high, long low, int atPort, ByteBuffer source, int from, int length) {
        boolean full = counted + OVERHEAD + length > limit || size >= MAX_DATAGRAMS;
        if ((full && size > 0) || !ensure(HEADER + length)) {
            return false;
        }
        looked = false;
        header.putInt(0, length);
        header.putInt(4, atPort | (family == IpFamily.IPV6 ? IPV6_FLAG : 0));
        header.putLong(8, high);
        header.putLong(16, low);
        put(header, 0, HEADER);
        put(source, from, length);
        counted += OVERHEAD + length;
        size++;
        mostHeld = Math.max(mostHeld, (int) (writeAt - readAt));
        return true;
    }

    /**
     * Changes how much may wait. What waits already stays.
     *
     * @param bytes {@link #MIN_BYTES} to {@link #MAX_BYTES}
     */
    public void setLimit(int bytes) {
        limit = Math.max(MIN_BYTES, Math.min(bytes, MAX_BYTES));
    }

    /** {@return the length of the payload of the datagram that is next; -1 if there is none} */
    public int nextLength() {
        return look() ? header.getInt(0) : -1;
    }

    /**
     * Tells whether there is a datagram that is next and has an address and a port.
     *
     * @param itsAddress the address
     * @param itsPort the port
     * @return whether it does; false if there is none
     */
    public boolean isNext(IpAddress itsAddress, int itsPort) {
        return look()
                && header.getInt(4) == (itsPort | (itsAddress.isIpv6() ? IPV6_FLAG : 0))
                && header.getLong(16) == itsAddress.low()
                && header.getLong(8) == itsAddress.high();
    }

    private boolean look() {
        if (size == 0) {
            return false;
        }
        if (!looked) {
            peek(header, 0, HEADER);
            looked = true;
        }
        return true;
    }

    /**
     * Takes the datagram that came first. {@link #address} and {@link #port} tell of it until the next is taken.
     *
     * @param target gets the payload from its position on, which moves; what it has no room for is lost
     * @return false if there is none
     */
    public boolean poll(ByteBuffer target) {
        int length = nextLength();
        if (length < 0) {
            return false;
        }
        int ports = header.getInt(4);
        boolean isIpv6 = (ports & IPV6_FLAG) != 0;
        long high = header.getLong(8);
        long low = header.getLong(16);
        IpAddress last = address;
        if (last == null || last.isIpv6() != isIpv6 || last.high() != high || last.low() != low) {
            address = IpAddress.of(isIpv6 ? IpFamily.IPV6 : IpFamily.IPV4, high, low);
        }
        port = ports & 0xFFFF;
        looked = false;
        readAt += HEADER;
        int taken = Math.min(length, target.remaining());
        peek(target, target.position(), taken);
        target.position(target.position() + taken);
        readAt += length;
        counted -= OVERHEAD + length;
        size--;
        if (size == 0) {
            onEmpty();
        }
        return true;
    }

    /** {@return the address of the datagram that was taken last} */
    public IpAddress address() {
        IpAddress last = address;
        if (last == null) {
            throw new IllegalStateException("no datagram was taken yet");
        }
        return last;
    }

    /** {@return the port of the datagram that was taken last} */
    public int port() {
        return port;
    }

    /** {@return datagrams that wait} */
    public int size() {
        return size;
    }

    /** {@return bytes of memory that are reserved} */
    public int reserved() {
        return ring.capacity();
    }

    /** Forgets what waits, and gives all memory back. It can be used on. */
    public void clear() {
        looked = false;
        budget.release(ring.capacity());
        ring = NOTHING;
        readAt = 0;
        writeAt = 0;
        counted = 0;
        size = 0;
        mostHeld = 0;
    }

    private boolean ensure(int more) {
        int needed = (int) (writeAt - readAt) + more;
        int capacity = Math.max(SMALLEST, ring.capacity());
        while (capacity < needed) {
            capacity <<= 1;
        }
        int growth = capacity - ring.capacity();
        if (growth == 0) {
            return true;
        }
        if (!budget.tryReserve(growth)) {
            return false;
        }
        resize(capacity);
        return true;
    }

    private void onEmpty() {
        readAt = 0;
        writeAt = 0;
        if (ring.capacity() > SMALLEST && mostHeld <= ring.capacity() / 4) {
            int half = ring.capacity() / 2;
            budget.release(half);
            ring = ByteBuffer.allocate(half);
        }
        mostHeld = 0;
    }

    private void resize(int capacity) {
        int held = (int) (writeAt - readAt);
        ByteBuffer larger = ByteBuffer.allocate(capacity);
        peek(larger, 0, held);
        ring = larger;
        readAt = 0;
        writeAt = held;
    }

    private void put(ByteBuffer source, int from, int length) {
        int capacity = ring.capacity();
        int start = (int) (writeAt & (capacity - 1));
        int first = Math.min(length, capacity - start);
        ring.put(start, source, from, first);
        ring.put(0, source, from + first, length - first);
        writeAt += length;
    }

    private void peek(ByteBuffer target, int to, int length) {
        int capacity = ring.capacity();
        if (length == 0) {
            return;
        }
        int start = (int) (readAt & (capacity - 1));
        int first = Math.min(length, capacity - start);
        target.put(to, ring, start, first);
        target.put(to + first, ring, 0, length - first);
    }
}
