// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * What the C libraries of Linux and macOS have both, bound directly: no proxies, no structures, primitives only, so that a
 * call allocates nothing. Structures that are named here are the same on both; constants that differ are not.
 *
 * <p>Pointers and {@code size_t} are {@code long}, which {@link NativePlatform} makes sure of. JNA keeps errno per thread
 * right after each call; {@link #errno()} must be read before the thread makes its next one.
 */
abstract sealed class Posix permits LibC {

    private static final boolean DARWIN = NativePlatform.isDarwin();

    Posix() {}

    /** Binds the functions below; an error here means that JNA or the C library cannot be used. */
    static void bind() {
        Native.register(Posix.class, NativeLibrary.getProcess());
    }

    /** The errno of this thread's last call, as Linux numbers it. */
    static int errno() {
        int errno = Native.getLastError();
        return DARWIN ? DarwinErrno.toLinux(errno) : errno;
    }

    /** The address of a direct buffer's byte 0, whatever its position. The caller keeps the buffer reachable. */
    static long address(ByteBuffer direct) {
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("the buffer must be direct: buffer=" + direct);
        }
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    // int close(int fd)
    static native int close(int fd);

    // ssize_t read(int fd, void buf[.count], size_t count)
    static native long read(int fd, long buf, long count);

    // ssize_t write(int fd, const void buf[.count], size_t count)
    static native long write(int fd, long buf, long count);

    // ssize_t writev(int fd, const struct iovec *iov, int iovcnt)
    static native long writev(int fd, long iov, int iovcnt);

    // int poll(struct pollfd *fds, nfds_t nfds, int timeout); nfds_t is shorter on macOS, and in a register all the
    // same
    static native int poll(long fds, long nfds, int timeout);

    // int pipe(int pipefd[2])
    static native int pipe(long pipefd);

    // int socket(int domain, int type, int protocol)
    static native int socket(int domain, int type, int protocol);

    // int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
    static native int connect(int sockfd, long addr, int addrlen);

    // int getpeername(int sockfd, struct sockaddr *addr, socklen_t *addrlen)
    static native int getpeername(int sockfd, long addr, long addrlen);

    // int getsockopt(int sockfd, int level, int optname, void optval[.*optlen], socklen_t *optlen)
    static native int getsockopt(int sockfd, int level, int optname, long optval, long optlen);
}
