// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * {@code struct mmsghdr[]} with all that it points to: an address, one piece of memory and control messages for each
 * message. The memory for payloads is one direct buffer; this object keeps it reachable. Owned by one thread.
 *
 * <p>The pointers are written once. What is written later are lengths, addresses and control messages, so a message
 * costs a few stores and no allocation.
 */
abstract sealed class MessageHeaders permits FrameVector, MessageVector {

    // struct mmsghdr { struct msghdr { void *name; socklen_t namelen; struct iovec *iov; size_t iovlen; void *control;
    //                  size_t controllen; int flags; } msg_hdr; unsigned int msg_len; }
    private static final int HEADER_SIZE = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = NAME + 8;
    private static final int IOV = NAME_LENGTH + 8;
    private static final int IOV_COUNT = IOV + 8;
    private static final int CONTROL = IOV_COUNT + 8;
    private static final int CONTROL_LENGTH = CONTROL + 8;
    private static final int FLAGS = CONTROL_LENGTH + 8;
    private static final int LENGTH = FLAGS + 8;

    // struct iovec { void *iov_base; size_t iov_len; }
    private static final int IOVEC_SIZE = 16;
    private static final int IOVEC_LENGTH = 8;

    /** Room for a {@code struct sockaddr_in6}, 28 bytes, and what is shorter. */
    private static final int NAME_SIZE = 32;

    /** Room for all control messages that are asked for; those of IPv6 need 88 bytes. */
    private static final int CONTROL_SIZE = 128;

    // struct cmsghdr { size_t cmsg_len; int cmsg_level; int cmsg_type; } and data, aligned to 8
    static final int CMSG_HEADER = 16;
    static final int CMSG_LEVEL = 8;
    static final int CMSG_TYPE = 12;

    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;

    /** What the kernel reads and writes beside the payloads, in the byte order of the machine. */
    final ByteBuffer memory;

    private final int capacity;
    private final ByteBuffer data;
    private final long dataAddress;
    private final long address;
    private final int iovecs;
    private final int names;
    private final int controls;

    /** Messages of nothing; {@code data} is direct, and all payloads are in it. */
    MessageHeaders(ByteBuffer data, int capacity) {
        this.capacity = capacity;
        this.data = data;
        iovecs = capacity * HEADER_SIZE;
        names = iovecs + capacity * IOVEC_SIZE;
        controls = names + capacity * NAME_SIZE;
        memory = Structs.allocate(controls + capacity * CONTROL_SIZE);
        dataAddress = LibC.address(data);
        address = LibC.address(memory);
        for (int i = 0; i < capacity; i++) {
            int header = header(i);
            memory.putLong(header + NAME, address + name(i));
            memory.putLong(header + IOV, address + iovec(i));
            memory.putLong(header + IOV_COUNT, 1);
            memory.putLong(header + CONTROL, address + control(i));
        }
    }

    /**
     * Makes a message ready to receive into; needed before each use, as the kernel writes over the lengths.
     *
     * @param index which, from 0
     * @param offset where to put the bytes in the data
     * @param length how many bytes at most
     */
    public final void setIncoming(int index, int offset, int length) {
        setPayload(index, offset, length);
        int header = header(index);
        memory.putInt(header + NAME_LENGTH, NAME_SIZE);
        memory.putLong(header + CONTROL_LENGTH, CONTROL_SIZE);
        memory.putInt(header + FLAGS, 0);
    }

    /**
     * How many bytes were received.
     *
     * @param index which, from 0
     * @return the bytes
     */
    public final int length(int index) {
        return memory.getInt(header(index) + LENGTH);
    }

    /** {@return how many messages there are} */
    public final int capacity() {
        return capacity;
    }

    /** Whether neither the payload nor the control messages of a received message were cut. */
    final boolean isWhole(int index) {
        return (memory.getInt(header(index) + FLAGS) & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    }

    /** Sends messages until the kernel refuses one: how many, or why the first was refused, as the negated errno. */
    final int send(NativeFd fd, int first, int count) {
        Objects.checkFromIndexSize(first, count, capacity);
        if (!fd.acquire()) {
            return -Errno.EBADF;
        }
        try {
            int result;
            do {
                result = SystemCalls.get().sendmmsg(fd.number(), address + (long) first * HEADER_SIZE, count, 0);
            } while (result == -Errno.EINTR);
            return result;
        } finally {
            Reference.reachabilityFence(this);
            fd.release();
        }
    }

    /** Receives what is there into the first messages: how many, or the negated errno. */
    final int receive(NativeFd fd, int count) {
        Objects.checkFromIndexSize(0, count, capacity);
        if (!fd.acquire()) {
            return -Errno.EBADF;
        }
        try {
            int result;
            do {
                result = SystemCalls.get().recvmmsg(fd.number(), address, count, 0);
            } while (result == -Errno.EINTR);
            return result;
        } finally {
            Reference.reachabilityFence(this);
            fd.release();
        }
    }

    final void setPayload(int index, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, data.capacity());
        int iovec = iovec(index);
        memory.putLong(iovec, dataAddress + offset);
        memory.putLong(iovec + IOVEC_LENGTH, length);
    }

    final void setNameLength(int index, int length) {
        memory.putInt(header(index) + NAME_LENGTH, length);
    }

    final void setControlEnd(int index, int end) {
        memory.putLong(header(index) + CONTROL_LENGTH, end - control(index));
    }

    /** The end of the control messages, those that the kernel wrote or those that it is to read. */
    final int controlEnd(int index) {
        return control(index) + (int) memory.getLong(header(index) + CONTROL_LENGTH);
    }

    /** Begins a control message; the answer is where the next one begins. */
    final int putControl(int at, int level, int type, int length) {
        memory.putLong(at, CMSG_HEADER + length);
        memory.putInt(at + CMSG_LEVEL, level);
        memory.putInt(at + CMSG_TYPE, type);
        return at + CMSG_HEADER + align(length);
    }

    final int name(int index) {
        return names + index * NAME_SIZE;
    }

    final int control(int index) {
        return controls + index * CONTROL_SIZE;
    }

    static int align(int length) {
        return (length + 7) & ~7;
    }

    private int header(int index) {
        return Objects.checkIndex(index, capacity) * HEADER_SIZE;
    }

    private int iovec(int index) {
        return iovecs + index * IOVEC_SIZE;
    }
}
