// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A file descriptor that is closed when nobody is in a call on it any more.
 *
 * <p>{@code close(2)} under a running {@code read} neither wakes that read nor keeps the number from being handed to the
 * next {@code open}, which the reader would then read from. So each call holds a use, {@link #close()} only forbids new
 * ones, and the last use to end closes. Who blocks in a call must be woken by other means, such as an {@link EventFd}.
 *
 * <p>Any thread may call anything. A descriptor that is dropped without being closed is closed by a cleaner. All
 * descriptors are close-on-exec. Error numbers are those of {@link Errno}, on macOS too; files, messages of several and
 * setting options are Linux' alone.
 */
public final class NativeFd implements AutoCloseable {

    /** {@code O_RDONLY}. */
    public static final int O_RDONLY = 0;

    /** {@code O_RDWR}. */
    public static final int O_RDWR = 2;

    /** {@code O_NONBLOCK} of Linux. */
    public static final int O_NONBLOCK = 0x800;

    private static final boolean DARWIN = NativePlatform.isDarwin();
    private static final int DARWIN_O_NONBLOCK = 0x4;

    private static final int O_CLOEXEC = 0x80000;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int F_SETFL = 4;
    private static final int FD_CLOEXEC = 1;

    private static final Cleaner CLEANER = Cleaner.create();

    private final FdUses uses;
    private final Cleaner.Cleanable cleanable;

    private NativeFd(int fd) {
        uses = new FdUses(fd);
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
        } while (fd < 0 && Posix.errno() == Errno.EINTR);
        return adopt(fd, "open " + path);
    }

    /**
     * Opens a socket, close-on-exec. It belongs to the network namespace that the calling thread is in, for good.
     *
     * @param domain {@code AF_...}
     * @param type {@code SOCK_...}
     * @param protocol the protocol of the domain
     * @return the descriptor
     * @throws IOException when this is neither Linux nor macOS, or the kernel refuses
     */
    public static NativeFd socket(int domain, int type, int protocol) throws IOException {
        NativePlatform.requirePosix("a native socket");
        NativeFd socket = adopt(
                Posix.socket(domain, DARWIN ? type : type | SOCK_CLOEXEC, protocol),
                "socket(" + domain + ", " + type + ", " + protocol + ")");
        return DARWIN ? socket.closeOnExec() : socket;
    }

    /** Takes over what a call that makes a descriptor returned. Must directly follow that call. */
    static NativeFd adopt(int fd, String call) throws NativeIoException {
        if (fd < 0) {
            throw new NativeIoException(call, Posix.errno());
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
                result = SystemCalls.get().read(uses.fd, address, length);
            } while (result == -Errno.EINTR);
            return (int) result;
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
                result = SystemCalls.get().write(uses.fd, address, length);
            } while (result == -Errno.EINTR);
            return (int) result;
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
            return (int) SystemCalls.get().recv(uses.fd, Addresses.of(target) + offset, length, flags);
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
            return ioctl(request, Posix.address(argument));
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
            long number = Integer.toUnsignedLong(request);
            int result = DARWIN
                    ? VariadicCalls.get().ioctl(uses.fd, number, argument)
                    : LibC.ioctl(uses.fd, number, argument);
            return result < 0 ? -Posix.errno() : result;
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
            int result = LibC.setsockopt(uses.fd, level, option, Posix.address(memory), Integer.BYTES);
            return result < 0 ? -Posix.errno() : result;
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
        ByteBuffer memory = Structs.allocate(2 * Integer.BYTES);
        int result = socketOption(level, option, memory);
        return result < 0 ? result : memory.getInt(0);
    }

    /**
     * Reads a socket option whose value is a structure or text.
     *
     * @param level {@code SOL_...}
     * @param option the option
     * @param value a direct buffer that receives the value from byte 0 on, and then its length in the last four bytes, which
     *     are the call's own
     * @return how long the value is, or the negated errno; {@code -EBADF} when closed
     */
    public int socketOption(int level, int option, ByteBuffer value) {
        return sized(value, (number, at, room) -> Posix.getsockopt(number, level, option, at, room));
    }

    /**
     * Connects a socket.
     *
     * @param address a direct buffer that is the address from byte 0 to its limit
     * @return 0, or the negated errno; {@code -EBADF} when closed
     */
    public int connect(ByteBuffer address) {
        return call(address, (number, at) -> Posix.connect(number, at, address.limit()));
    }

    /**
     * Asks for the address that a socket is connected to.
     *
     * @param address a direct buffer that receives it, as {@link #socketOption(int, int, ByteBuffer)} does a value
     * @return how long the address is, or the negated errno; {@code -EBADF} when closed
     */
    public int peer(ByteBuffer address) {
        return sized(address, Posix::getpeername);
    }

    /**
     * Lets no call wait.
     *
     * @throws NativeIoException when the descriptor is closed
     */
    public void setNonBlocking() throws NativeIoException {
        control(F_SETFL, DARWIN ? DARWIN_O_NONBLOCK : O_NONBLOCK);
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

    /** Lets a program that this process starts not inherit the descriptor; closes it if that fails. */
    NativeFd closeOnExec() throws NativeIoException {
        try {
            control(F_SETFD, FD_CLOEXEC);
            return this;
        } catch (NativeIoException failure) {
            close();
            throw failure;
        }
    }

    /** Whether a program that this process starts does not inherit the descriptor. */
    boolean isCloseOnExec() throws NativeIoException {
        return (control(F_GETFD, 0) & FD_CLOEXEC) != 0;
    }

    private int control(int command, int argument) throws NativeIoException {
        if (!acquire()) {
            throw new NativeIoException("fcntl " + command, Errno.EBADF);
        }
        try {
            int result = VariadicCalls.get().fcntl(uses.fd, command, argument);
            if (result < 0) {
                throw new NativeIoException("fcntl " + command, Posix.errno());
            }
            return result;
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
            int result = call.run(uses.fd, Posix.address(memory));
            return result < 0 ? -Posix.errno() : result;
        } finally {
            Reference.reachabilityFence(memory);
            release();
        }
    }

    /** A call that also has the address of a length, of the room for an answer and then of the answer. */
    private interface SizedCall {
        int run(int number, long address, long lengthAt);
    }

    /** The length of the answer, or the negated errno. */
    private int sized(ByteBuffer memory, SizedCall call) {
        int room = memory.limit() - Integer.BYTES;
        memory.order(ByteOrder.nativeOrder()).putInt(room, room);
        int result = call(memory, (number, at) -> call.run(number, at, at + room));
        return result < 0 ? result : memory.getInt(room);
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
}
