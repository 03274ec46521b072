// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The C library of Linux: what {@link Posix} has, and what is Linux' own or differs on macOS, bound in the same way. The
 * variadic functions take their further arguments as fixed ones do, in registers, on the processors that are accepted.
 */
final class LibC extends Posix {

    private LibC() {}

    /** Binds the functions below; an error here means that JNA or the C library cannot be used. */
    static void bind() {
        Native.register(LibC.class, NativeLibrary.getProcess());
    }

    // int open(const char *pathname, int flags, mode_t mode)
    static native int open(byte[] pathname, int flags, int mode);

    // int ioctl(int fd, unsigned long request, void *argp)
    static native int ioctl(int fd, long request, long argp);

    // int eventfd(unsigned int initval, int flags)
    static native int eventfd(int initval, int flags);

    // int setsockopt(int sockfd, int level, int optname, const void optval[.optlen], socklen_t optlen)
    static native int setsockopt(int sockfd, int level, int optname, long optval, int optlen);

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
