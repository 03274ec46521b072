// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * The C library, bound directly: no proxies, no structures, primitives only, so that a call allocates nothing.
 *
 * <p>Pointers and {@code size_t} are {@code long}, which {@link NativePlatform} makes sure of. The variadic functions take
 * their further arguments as fixed ones do, in registers, on the processors that are accepted. JNA keeps errno per
 * thread right after each call; {@link #errno()} must be read before the thread makes its next one.
 */
final class LibC {

    private LibC() {}

    /** Binds the functions below; an error here means that JNA or the C library cannot be used. */
    static void bind() {
        Native.register(LibC.class, NativeLibrary.getProcess());
    }

    /** The errno of this thread's last call. */
    static int errno() {
        return Native.getLastError();
    }

    /** The address of a direct buffer's byte 0, whatever its position. The caller keeps the buffer reachable. */
    static long address(ByteBuffer direct) {
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("the buffer must be direct: buffer=" + direct);
        }
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    // int open(const char *pathname, int flags, mode_t mode)
    static native int open(byte[] pathname, int flags, int mode);

    // int close(int fd)
    static native int close(int fd);

    // ssize_t read(int fd, void buf[.count], size_t count)
    static native long read(int fd, long buf, long count);

    // ssize_t write(int fd, const void buf[.count], size_t count)
    static native long write(int fd, long buf, long count);

    // ssize_t writev(int fd, const struct iovec *iov, int iovcnt)
    static native long writev(int fd, long iov, int iovcnt);

    // int ioctl(int fd, unsigned long request, void *argp)
    static native int ioctl(int fd, long request, long argp);

    // int fcntl(int fd, int cmd, long arg)
    static native int fcntl(int fd, int cmd, long arg);

    // int poll(struct pollfd *fds, nfds_t nfds, int timeout)
    static native int poll(long fds, long nfds, int timeout);

    // int eventfd(unsigned int initval, int flags)
    static native int eventfd(int initval, int flags);

    // int socket(int domain, int type, int protocol)
    static native int socket(int domain, int type, int protocol);

    // int setsockopt(int sockfd, int level, int optname, const void optval[.optlen], socklen_t optlen)
    static native int setsockopt(int sockfd, int level, int optname, long optval, int optlen);

    // int getsockopt(int sockfd, int level, int optname, void optval[.*optlen], socklen_t *optlen)
    static native int getsockopt(int sockfd, int level, int optname, long optval, long optlen);

    // int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
    static native int bind(int sockfd, long addr, int addrlen);

    // int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen)
    static native int getsockname(int sockfd, long addr, long addrlen);

    // int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags)
    static native int sendmmsg(int sockfd, long msgvec, int vlen, int flags);

    // int recvmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags, struct timespec *timeout)
    static native int recvmmsg(int sockfd, long msgvec, int vlen, int flags, long timeout);

    // ssize_t recv(int sockfd, void buf[.len], size_t len, int flags)
    static native long recv(int sockfd, long buf, long len, int flags);

    // ssize_t send(int sockfd, const void buf[.len], size_t len, int flags)
    static native long send(int sockfd, long buf, long len, int flags);

    // void *mmap(void addr[.length], size_t length, int prot, int flags, int fd, off_t offset)
    static native long mmap(long addr, long length, int prot, int flags, int fd, long offset);

    // int munmap(void addr[.length], size_t length)
    static native int munmap(long addr, long length);

    // int madvise(void addr[.length], size_t length, int advice)
    static native int madvise(long addr, long length, int advice);

    // int unshare(int flags)
    static native int unshare(int flags);

    // int setns(int fd, int nstype)
    static native int setns(int fd, int nstype);

    // long syscall(long number, ...)
    static native long syscall(long number, long first, long second, long third);
}
