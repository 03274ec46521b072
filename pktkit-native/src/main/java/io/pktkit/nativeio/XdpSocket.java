// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An AF_XDP socket (Documentation/networking/af_xdp.rst of Linux): the calls, and the rings that it shares. Any thread. It
 * belongs to the network namespace of the thread which opened it.
 *
 * <p>{@link #close()} does not free the socket while a ring is mapped: close the {@link Ring#memory()} of each too.
 */
public final class XdpSocket implements AutoCloseable {

    /** {@code XDP_COPY}: frames are copied between the driver's memory and the socket's. */
    public static final int COPY = 1 << 1;

    /** {@code XDP_ZEROCOPY}: the driver uses the socket's memory, or the bind fails. */
    public static final int ZEROCOPY = 1 << 2;

    /** {@code XDP_USE_NEED_WAKEUP}: the rings tell when the kernel must be called. Linux 5.4. */
    public static final int USE_NEED_WAKEUP = 1 << 3;

    /** What the kernel leaves free before each frame that it receives ({@code XDP_PACKET_HEADROOM}). */
    public static final int PACKET_HEADROOM = 256;

    /** How many numbers {@link #statistics} gives. */
    public static final int STATISTICS = 6;

    private static final int AF_XDP = 44;
    private static final int SOCK_RAW = 3;
    private static final int SOL_XDP = 283;
    private static final int MSG_DONTWAIT = 0x40;

    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_STATISTICS = 7;
    private static final int XDP_OPTIONS = 8;
    private static final int XDP_MAX_TX_SKB_BUDGET = 9;
    private static final int XDP_OPTIONS_ZEROCOPY = 1;

    private static final int SO_ERROR = 4;
    private static final int SO_BUSY_POLL = 46;
    private static final int SO_PREFER_BUSY_POLL = 69;
    private static final int SO_BUSY_POLL_BUDGET = 70;

    // struct sockaddr_xdp { u16 family, flags; u32 ifindex, queue_id, shared_umem_fd; }
    private static final int SOCKADDR_SIZE = 16;

    // struct xdp_umem_reg { u64 addr, len; u32 chunk_size, headroom, flags, tx_metadata_len; }
    private static final int UMEM_REG_SIZE = 32;

    // struct xdp_ring_offset { u64 producer, consumer, desc, flags; }, of which four; without flags before Linux 5.4
    private static final int RING_OFFSETS = 4;
    private static final int OFFSETS_SIZE = RING_OFFSETS * 4 * Long.BYTES;
    private static final int OFFSETS_SIZE_WITHOUT_FLAGS = RING_OFFSETS * 3 * Long.BYTES;

    private final NativeFd fd;

    private XdpSocket(NativeFd fd) {
        this.fd = fd;
    }

    /** The rings: the option that sets the size, where the ring is mapped, and what an entry takes. */
    public enum RingKind {
        /** Frames received. */
        RX(2, 0x0L, 16, 0),
        /** Frames to send. */
        TX(3, 0x8000_0000L, 16, 1),
        /** Chunks for the kernel to receive into. */
        FILL(5, 0x1_0000_0000L, 8, 2),
        /** Chunks that the kernel has sent. */
        COMPLETION(6, 0x1_8000_0000L, 8, 3);

        final int option;
        final long mapOffset;
        final int entrySize;

        /** In {@code struct xdp_mmap_offsets}. */
        final int place;

        RingKind(int option, long mapOffset, int entrySize, int place) {
            this.option = option;
            this.mapOffset = mapOffset;
            this.entrySize = entrySize;
            this.place = place;
        }

        /** {@return bytes of an entry: a descriptor of 16, or an address of 8} */
        public int entrySize() {
            return entrySize;
        }
    }

    /**
     * A ring as it lies in memory.
     *
     * @param memory the memory, to be closed by who asked for the ring
     * @param entries how many it has, a power of two
     * @param producer where the producer's cursor is, a 32-bit number
     * @param consumer where the consumer's cursor is
     * @param flags where the flags are; -1 where the kernel has none
     * @param first where the first entry is
     */
    public record Ring(MappedMemory memory, int entries, int producer, int consumer, int flags, int first) {}

    /**
     * Opens a socket.
     *
     * @return the socket
     * @throws IOException when this is not Linux, its kernel has no AF_XDP, or CAP_NET_RAW is missing
     */
    public static XdpSocket open() throws IOException {
        NativePlatform.require("an AF_XDP socket");
        return new XdpSocket(NativeFd.socket(AF_XDP, SOCK_RAW, 0));
    }

    /**
     * Gives the socket its memory, which is pinned until the socket is closed. The caller keeps it open as long.
     *
     * @param memory the memory
     * @param chunkSize bytes of a chunk, a power of two from 2048 to the page size
     * @return 0, or the negated errno: {@code -ENOBUFS} where more would be locked than the limit allows
     */
    public int registerMemory(MappedMemory memory, int chunkSize) {
        ByteBuffer registration = Structs.allocate(UMEM_REG_SIZE)
                .putLong(0, LibC.address(memory.buffer()))
                .putLong(8, memory.size())
                .putInt(16, chunkSize);
        return fd.call(registration, (number, at) -> LibC.setsockopt(number, SOL_XDP, XDP_UMEM_REG, at, UMEM_REG_SIZE));
    }

    /**
     * Makes a ring and maps it.
     *
     * @param kind which
     * @param entries a power of two
     * @return the ring
     * @throws NativeIoException when the kernel refuses
     */
    public Ring createRing(RingKind kind, int entries) throws NativeIoException {
        String what = "make the " + kind + " ring of an AF_XDP socket";
        check(what, fd.setSocketOption(SOL_XDP, kind.option, entries));
        ByteBuffer offsets = Structs.allocate(OFFSETS_SIZE + Integer.BYTES).putInt(OFFSETS_SIZE, OFFSETS_SIZE);
        check(
                what,
                fd.call(
                        offsets,
                        (number, at) -> LibC.getsockopt(number, SOL_XDP, XDP_MMAP_OFFSETS, at, at + OFFSETS_SIZE)));
        int told = offsets.getInt(OFFSETS_SIZE);
        boolean withFlags = told == OFFSETS_SIZE;
        if (!withFlags && told != OFFSETS_SIZE_WITHOUT_FLAGS) {
            throw new NativeIoException(what, Errno.EINVAL, "the kernel tells its layout in " + told + " bytes");
        }
        int at = kind.place * (withFlags ? 4 : 3) * Long.BYTES;
        int first = (int) offsets.getLong(at + 2 * Long.BYTES);
        MappedMemory memory = MappedMemory.of(fd, kind.mapOffset, first + entries * kind.entrySize);
        return new Ring(
                memory,
                entries,
                (int) offsets.getLong(at),
                (int) offsets.getLong(at + Long.BYTES),
                withFlags ? (int) offsets.getLong(at + 3 * Long.BYTES) : -1,
                first);
    }

    /**
     * Binds the socket to a queue of an interface.
     *
     * @param index the interface's number
     * @param queue the queue's
     * @param flags {@link #COPY} or {@link #ZEROCOPY}, and {@link #USE_NEED_WAKEUP}
     * @return 0, or the negated errno: {@code -EBUSY} where another socket has the queue
     */
    public int bind(int index, int queue, int flags) {
        ByteBuffer name = Structs.allocate(SOCKADDR_SIZE)
                .putShort(0, (short) AF_XDP)
                .putShort(2, (short) flags)
                .putInt(4, index)
                .putInt(8, queue);
        return fd.call(name, (number, at) -> LibC.bind(number, at, SOCKADDR_SIZE));
    }

    /** {@return whether the driver really uses the socket's memory, as the kernel says of a socket that is bound} */
    public boolean isZeroCopy() {
        return (fd.socketOption(SOL_XDP, XDP_OPTIONS) & XDP_OPTIONS_ZEROCOPY) != 0;
    }

    /**
     * Reads what the kernel could not do.
     *
     * @param target gets received frames without room in a chunk, descriptors of ours that were invalid on receiving and on
     *     sending, frames without room in the RX ring, frames without a chunk to receive into, and times that there was
     *     nothing to send; 0 what this kernel does not count
     * @return 0, or the negated errno
     */
    public int statistics(long[] target) {
        int size = STATISTICS * Long.BYTES;
        ByteBuffer memory = Structs.allocate(size + Integer.BYTES).putInt(size, size);
        int result = fd.call(memory, (number, at) -> LibC.getsockopt(number, SOL_XDP, XDP_STATISTICS, at, at + size));
        for (int i = 0; i < STATISTICS; i++) {
            target[i] = result < 0 ? 0 : memory.getLong(i * Long.BYTES);
        }
        return result;
    }

    /**
     * Polls the driver from this socket's calls, instead of by interrupts.
     *
     * @param micros how long a call does so
     * @param budget how many frames at once
     * @return 0, or the negated errno
     */
    public int busyPoll(int micros, int budget) {
        int result = fd.setSocketOption(UdpSocket.SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);
        if (result == 0) {
            result = fd.setSocketOption(UdpSocket.SOL_SOCKET, SO_BUSY_POLL, micros);
        }
        return result < 0 ? result : fd.setSocketOption(UdpSocket.SOL_SOCKET, SO_BUSY_POLL_BUDGET, budget);
    }

    /**
     * Lets many frames be sent by one call in copy mode, as far as the kernel can be told.
     *
     * @param frames how many by one call (Linux 6.18; before, 32)
     * @param bytes how many may be on their way
     */
    public void setSendBudget(int frames, int bytes) {
        fd.setSocketOption(SOL_XDP, XDP_MAX_TX_SKB_BUDGET, frames);
        if (fd.setSocketOption(UdpSocket.SOL_SOCKET, UdpSocket.SO_SNDBUFFORCE, bytes) < 0) {
            fd.setSocketOption(UdpSocket.SOL_SOCKET, UdpSocket.SO_SNDBUF, bytes);
        }
    }

    /** {@return the error that waits on the socket, positive, which this takes; 0 for none} */
    public int takeError() {
        int result = fd.socketOption(UdpSocket.SOL_SOCKET, SO_ERROR);
        return Math.abs(result);
    }

    /**
     * Makes the kernel look at the TX ring.
     *
     * @return 0, or the negated errno: {@code -EAGAIN} when there is more than it sends by one call
     */
    public int kick() {
        if (!fd.acquire()) {
            return -Errno.EBADF;
        }
        try {
            return (int) Math.min(0, SystemCalls.get().send(fd.number(), 0, 0, MSG_DONTWAIT));
        } finally {
            fd.release();
        }
    }

    /**
     * Makes the kernel look at the FILL ring.
     *
     * @return 0, or the negated errno
     */
    public int pull() {
        if (!fd.acquire()) {
            return -Errno.EBADF;
        }
        try {
            return (int) Math.min(0, SystemCalls.get().recv(fd.number(), 0, 0, MSG_DONTWAIT));
        } finally {
            fd.release();
        }
    }

    /** {@return the descriptor, owned by this object, to wait for and to be put into a map} */
    public NativeFd fd() {
        return fd;
    }

    /** Forbids new calls, and closes once the running ones have returned. Does not wait. Idempotent. */
    @Override
    public void close() {
        fd.close();
    }

    private static void check(String what, int result) throws NativeIoException {
        if (result < 0) {
            throw new NativeIoException(what, -result);
        }
    }
}
