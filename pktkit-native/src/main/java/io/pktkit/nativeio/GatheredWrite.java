// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** {@code writev(2)} of two pieces: a message whose header is not where the rest of it is, without joining them first. */
public final class GatheredWrite {

    // struct iovec { void *iov_base; size_t iov_len; }
    private static final int IOVEC_SIZE = 16;
    private static final int IOVEC_LENGTH = 8;

    /** Bytes at the start of the first buffer that are the call's own. */
    public static final int ROOM = 2 * IOVEC_SIZE;

    private static final boolean SWAPPED = ByteOrder.nativeOrder() != ByteOrder.BIG_ENDIAN;

    private GatheredWrite() {}

    /**
     * Writes once; EINTR is tried again. For a packet device, one write is one packet.
     *
     * @param fd where to
     * @param head a direct big-endian buffer; the first piece begins at {@link #ROOM}, and what is before is overwritten
     * @param headLength the first piece's length
     * @param rest a direct buffer with the second piece
     * @param offset the second piece's first byte, absolute
     * @param length the second piece's length; offset + length is within the buffer's limit
     * @return the bytes written of both, or the negated errno; {@code -EBADF} when closed
     */
    public static int write(NativeFd fd, ByteBuffer head, int headLength, ByteBuffer rest, int offset, int length) {
        Objects.checkFromIndexSize(ROOM, headLength, head.limit());
        Objects.checkFromIndexSize(offset, length, rest.limit());
        if (!fd.acquire()) {
            return -Errno.EBADF;
        }
        try {
            long address = Addresses.of(head);
            put(head, 0, address + ROOM);
            put(head, IOVEC_LENGTH, headLength);
            put(head, IOVEC_SIZE, Addresses.of(rest) + offset);
            put(head, IOVEC_SIZE + IOVEC_LENGTH, length);
            long result;
            do {
                result = SystemCalls.get().writev(fd.number(), address, 2);
            } while (result == -Errno.EINTR);
            return (int) result;
        } finally {
            Reference.reachabilityFence(head);
            Reference.reachabilityFence(rest);
            fd.release();
        }
    }

    private static void put(ByteBuffer bigEndian, int at, long value) {
        bigEndian.putLong(at, SWAPPED ? Long.reverseBytes(value) : value);
    }
}
