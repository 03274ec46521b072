// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory that is shared with the kernel, as a direct buffer whose addresses never become invalid while Java can reach them.
 *
 * <p>To unmap memory that a thread still reads ends the JVM. So a range of addresses that was given to Java as a buffer is
 * never taken back from under it. {@link #close()} takes away what is <em>behind</em> the addresses: it maps empty memory
 * over them, which for every thread happens at one instant. What the kernel shared is free then, its descriptor
 * included, as a mapping of a socket's ring keeps the socket open; who still holds the buffer or a view of it reads zeros,
 * writes into nothing that anybody sees, and goes on living. The addresses themselves are unmapped when the garbage
 * collector finds that neither the buffer nor any slice or duplicate of it is left.
 *
 * <p>So order and discipline of a close decide whether frames are lost, and never whether the process survives. The price is
 * address space, of which 64 bits have plenty, until the next collection; the memory behind it is returned at once.
 * Should the kernel refuse the empty mapping, the range stays what it is, for good.
 *
 * <p>Any thread.
 */
public final class MappedMemory implements AutoCloseable {

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_NORESERVE = 0x4000;
    private static final int MAP_POPULATE = 0x8000;
    private static final int MADV_DONTFORK = 10;
    private static final long MAP_FAILED = -1;

    /** How many ranges are mapped: for tests, which want to see all of them go. */
    private static final AtomicInteger RANGES = new AtomicInteger();

    private static final Cleaner CLEANER = Cleaner.create();

    private final Range range;
    private final ByteBuffer buffer;

    private MappedMemory(long address, int size) {
        range = new Range(address, size);
        // Slices and duplicates refer to this very object, thus it is the last of them to become unreachable.
        buffer = new Pointer(address).getByteBuffer(0, size);
        RANGES.incrementAndGet();
        CLEANER.register(buffer, range::unmap);
    }

    /**
     * Maps fresh memory, zeroed, which a child of this process does not inherit.
     *
     * @param size bytes, a multiple of the page size
     * @return the memory
     * @throws IOException when this is not Linux or there is not enough memory
     */
    public static MappedMemory anonymous(int size) throws IOException {
        NativePlatform.require("memory shared with the kernel");
        long address = LibC.mmap(0, size, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (address == MAP_FAILED) {
            throw new NativeIoException("map " + size + " bytes", LibC.errno());
        }
        // A page that a child shares would be copied at the next write, and the kernel go on with the old one.
        LibC.madvise(address, size, MADV_DONTFORK);
        return new MappedMemory(address, size);
    }

    /**
     * Maps what a descriptor has to share.
     *
     * @param fd the descriptor, which the mapping keeps open in the kernel until {@link #close()}
     * @param offset which part, as the descriptor's kind defines it
     * @param size bytes
     * @return the memory
     * @throws NativeIoException when the kernel refuses
     */
    static MappedMemory of(NativeFd fd, long offset, int size) throws NativeIoException {
        if (!fd.acquire()) {
            throw new NativeIoException("mmap", Errno.EBADF);
        }
        try {
            long address = LibC.mmap(0, size, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, fd.number(), offset);
            if (address == MAP_FAILED) {
                throw new NativeIoException("map " + size + " bytes of a descriptor", LibC.errno());
            }
            return new MappedMemory(address, size);
        } finally {
            fd.release();
        }
    }

    /** {@return the memory, in the byte order of the machine; valid for ever, see above} */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** {@return its length in bytes} */
    public int size() {
        return range.size;
    }

    /** {@return how many ranges of addresses this process has mapped, those that were closed and not yet collected included} */
    public static int ranges() {
        return RANGES.get();
    }

    /** Gives back what is behind the addresses. Idempotent. */
    @Override
    public void close() {
        try {
            range.empty();
        } finally {
            // Else the collector could find the buffer gone, and the addresses be somebody else's by now.
            Reference.reachabilityFence(buffer);
        }
    }

    /** The addresses, apart from the buffer so that the cleaner can hold them. */
    private static final class Range {

        final long address;
        final int size;

        /** By this object's lock. */
        private boolean emptied;

        /** Whether what is at the addresses may be somebody else's, as a call on them failed. By this object's lock. */
        private boolean lost;

        Range(long address, int size) {
            this.address = address;
            this.size = size;
        }

        synchronized void empty() {
            if (emptied) {
                return;
            }
            emptied = true;
            long at = LibC.mmap(
                    address, size, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
            lost = at != address;
        }

        synchronized void unmap() {
            if (!lost) {
                LibC.munmap(address, size);
            }
            RANGES.decrementAndGet();
        }
    }
}
