// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that is closed when nobody is in a call on it any more.
 *
 * <p>{@code close(2)} under a running {@code read} neither wakes that read nor keeps the number from being handed to the
 * next {@code open}, which the reader would then read from. So each call holds a use, {@link #close()} only forbids new
 * ones, and the last use to end closes. Who blocks in a call must be woken by other means, such as an {@link EventFd}.
 *
 * <p>Any thread may call anything. A descriptor that is dropped without being closed is closed by a cleaner. All
 * descriptors are close-on-exec.
 */
public final class NativeFd implements AutoCloseable {

    /** {@code O_RDONLY}. */
    public static final int O_RDONLY = 0;

    /** {@code O_RDWR}. */
    public static final int O_RDWR = 2;

    /** {@code O_NONBLOCK}. */
    public static final int O_NONBLOCK = 0x800;

    private static final int O_CLOEXEC = 0x80000;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int F_GETFD = 1;
    private static final int FD_CLOEXEC = 1;

    private static final Cleaner CLEANER = Cleaner.create();

    private final Uses uses;
    private final Cleaner.Cleanable cleanable;

    private NativeFd(int fd) {
        uses = new Uses(fd);
        cleanable = CLEANER.register(this, uses::close);
    }

    /**
     * Opens a file or device, close-on-exec.
     *
     * @param path the path, without NUL
     * @param flags {@code O_...} flags
     * @return the descriptor
     * @throws IOException when this is not Linux or the file cannot be opened
     */
    public static NativeFd open(String path, int flags) throws IOException {
        NativePlatform.require("opening " + path);
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a path holds no NUL: path=" + path.replace('\0', '?'));
        }
        byte[] cString = (path + '\0').getBytes(StandardCharsets.UTF_8);
        int fd;
        do {
            fd = LibC.open(cString, flags | O_CLOEXEC, 0);
        } while (fd < 0 && LibC.errno() == Errno.EINTR);
        return adopt(fd, "open " + path);
    }

    /**
     * Opens a socket, close-on-exec. It belongs to the network namespace that the calling thread is in, for good.
     *
     * @param domain {@code AF_...}
     * @param type {@code SOCK_...}
     * @param protocol the protocol of the domain
     * @return the descriptor
     * @throws IOException when this is not Linux or the kernel refuses
     */
    public static NativeFd socket(int domain, int type, int protocol) throws IOException {
        NativePlatform.require("a native socket");
        return adopt(
                LibC.socket(domain, type | SOCK_CLOEXEC, protocol),
                "socket(" + domain + ", " + type + ", " + protocol + ")");
    }

    /** Takes over what a call that makes a descriptor returned. Must directly follow that call. */
    static NativeFd adopt(int fd, String call) throws NativeIoException {
        if (fd < 0) {
            throw new NativeIoException(call, LibC.errno());
        }
        return new NativeFd(fd);
    }

    /**
     * Reads once; EINTR is tried again.
     *
     * @param target a direct buffer
     * @param offset where to put the bytes, absolute
     * @param length how many to read at most; offset + length is within the buffer's limit
     * @return the bytes read, 0 at end of file, or the negated errno; {@code -EBADF} when closed
     */
    public int read(ByteBuffer target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.limit());
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("the buffer must be writable: buffer=" + target);
        }
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            long address = Addresses.of(target) + offset;
            long result;
            do {
                result = LibC.read(uses.fd, address, length);
            } while (result < 0 && LibC.errno() == Errno.EINTR);
            return result < 0 ? -LibC.errno() : (int) result;
        } finally {
            Reference.reachabilityFence(target);
            release();
        }
    }

    /**
     * Writes once; EINTR is tried again. For a packet device, one write is one packet.
     *
     * @param source a direct buffer
     * @param offset the first byte, absolute
     * @param length how many to write; offset + length is within the buffer's limit
     * @return the bytes written, or the negated errno; {@code -EBADF} when closed
     */
    public int write(ByteBuffer source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.limit());
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            long address = Addresses.of(source) + offset;
            long result;
            do {
                result = LibC.write(uses.fd, address, length);
            } while (result < 0 && LibC.errno() == Errno.EINTR);
            return result < 0 ? -LibC.errno() : (int) result;
        } finally {
            Reference.reachabilityFence(source);
            release();
        }
    }

    /**
     * Receives one message from a socket.
     *
     * @param target a direct buffer
     * @param offset where to put the bytes, absolute
     * @param length how many to receive at most
     * @param flags {@code MSG_...} flags
     * @return what {@code recv} answered, or the negated errno; {@code -EBADF} when closed
     */
    public int receive(ByteBuffer target, int offset, int length, int flags) {
        Objects.checkFromIndexSize(offset, length, target.limit());
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            long result = LibC.recv(uses.fd, Addresses.of(target) + offset, length, flags);
            return result < 0 ? -LibC.errno() : (int) result;
        } finally {
            Reference.reachabilityFence(target);
            release();
        }
    }

    /**
     * Makes an ioctl whose argument is a structure.
     *
     * @param request the request number
     * @param argument a direct buffer that holds the structure whole from byte 0, and receives the answer
     * @return 0 or more, or the negated errno; {@code -EBADF} when closed
     */
    public int ioctl(int request, ByteBuffer argument) {
        try {
            return ioctl(request, LibC.address(argument));
        } finally {
            Reference.reachabilityFence(argument);
        }
    }

    /**
     * Makes an ioctl whose argument is a number.
     *
     * @param request the request number
     * @param argument the number
     * @return 0 or more, or the negated errno; {@code -EBADF} when closed
     */
    public int ioctl(int request, long argument) {
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            int result = LibC.ioctl(uses.fd, Integer.toUnsignedLong(request), argument);
            return result < 0 ? -LibC.errno() : result;
        } finally {
            release();
        }
    }

    /**
     * Sets a socket option whose value is an {@code int}.
     *
     * @param level {@code SOL_...}
     * @param option the option
     * @param value its value
     * @return 0, or the negated errno; {@code -EBADF} when closed
     */
    public int setSocketOption(int level, int option, int value) {
        ByteBuffer memory = Structs.allocate(Integer.BYTES).putInt(0, value);
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            int result = LibC.setsockopt(uses.fd, level, option, LibC.address(memory), Integer.BYTES);
            return result < 0 ? -LibC.errno() : result;
        } finally {
            Reference.reachabilityFence(memory);
            release();
        }
    }

    /**
     * Reads a socket option whose value is an {@code int}.
     *
     * @param level {@code SOL_...}
     * @param option the option
     * @return its value, or the negated errno; {@code -EBADF} when closed
     */
    public int socketOption(int level, int option) {
        ByteBuffer memory = Structs.allocate(2 * Integer.BYTES).putInt(Integer.BYTES, Integer.BYTES);
        int result = call(memory, (number, at) -> LibC.getsockopt(number, level, option, at, at + Integer.BYTES));
        return result < 0 ? result : memory.getInt(0);
    }

    /** Forbids new calls, and closes once the running ones have returned. Does not wait for them. Idempotent. */
    @Override
    public void close() {
        cleanable.clean();
    }

    /**
     * Waits until the descriptor is closed in the kernel too. Deadlocks when this thread holds a use.
     *
     * @throws InterruptedException when interrupted
     */
    public void awaitReleased() throws InterruptedException {
        uses.released.await();
    }

    /**
     * Whether {@link #close()} was called.
     *
     * @return true once new calls are refused
     */
    public boolean isClosed() {
        return uses.isClosed();
    }

    /** Whether a program that this process starts does not inherit the descriptor. */
    boolean isCloseOnExec() throws NativeIoException {
        if (!acquire()) {
            throw new NativeIoException("fcntl F_GETFD", Errno.EBADF);
        }
        try {
            int flags = LibC.fcntl(uses.fd, F_GETFD, 0);
            if (flags < 0) {
                throw new NativeIoException("fcntl F_GETFD", LibC.errno());
            }
            return (flags & FD_CLOEXEC) != 0;
        } finally {
            release();
        }
    }

    /** A call on the descriptor's number, with the address of the memory that it is made with. */
    interface Call {
        int run(int number, long address);
    }

    /** Makes a call that is not on the data path; the answer is its own, or the negated errno. */
    int call(ByteBuffer memory, Call call) {
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            int result = call.run(uses.fd, LibC.address(memory));
            return result < 0 ? -LibC.errno() : result;
        } finally {
            Reference.reachabilityFence(memory);
            release();
        }
    }

    /** Sends messages until the kernel refuses one: how many, or why the first was refused, as the negated errno. */
    int sendMessages(MessageHeaders messages, int first, int count) {
        Objects.checkFromIndexSize(first, count, messages.capacity());
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            int result;
            do {
                result = LibC.sendmmsg(uses.fd, messages.headerAddress(first), count, 0);
            } while (result < 0 && LibC.errno() == Errno.EINTR);
            return result < 0 ? -LibC.errno() : result;
        } finally {
            Reference.reachabilityFence(messages);
            release();
        }
    }

    /** Receives what is there into the first messages: how many, or the negated errno. */
    int receiveMessages(MessageHeaders messages, int count) {
        Objects.checkFromIndexSize(0, count, messages.capacity());
        if (!acquire()) {
            return -Errno.EBADF;
        }
        try {
            int result;
            do {
                result = LibC.recvmmsg(uses.fd, messages.headerAddress(0), count, 0, 0);
            } while (result < 0 && LibC.errno() == Errno.EINTR);
            return result < 0 ? -LibC.errno() : result;
        } finally {
            Reference.reachabilityFence(messages);
            release();
        }
    }

    /** The number, to be used only between {@link #acquire} and {@link #release}. */
    int number() {
        return uses.fd;
    }

    /** Begins a use; false when closed. */
    boolean acquire() {
        return uses.acquire();
    }

    /** Ends a use; the last one after {@link #close} closes. The fence keeps the cleaner away until here. */
    void release() {
        try {
            uses.release();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The count, apart from the descriptor object so that the cleaner can hold it. */
    private static final class Uses {

        /** Sign bit: closing. The rest: the uses, where being open is one. */
        private static final int CLOSING = Integer.MIN_VALUE;

        final int fd;
        final CountDownLatch released = new CountDownLatch(1);
        private final AtomicInteger state = new AtomicInteger(1);

        Uses(int fd) {
            this.fd = fd;
        }

        boolean acquire() {
            int seen;
            do {
                seen = state.get();
                if (seen < 0) {
                    return false;
                }
            } while (!state.compareAndSet(seen, seen + 1));
            return true;
        }

        void release() {
            if (state.decrementAndGet() == CLOSING) {
                // EINTR and EIO of close(2) leave the descriptor closed on Linux: there is nothing to try again.
                LibC.close(fd);
                released.countDown();
            }
        }

        /** Called once, by the cleanable. */
        void close() {
            state.getAndUpdate(seen -> seen | CLOSING);
            release();
        }

        boolean isClosed() {
            return state.get() < 0;
        }
    }
}
