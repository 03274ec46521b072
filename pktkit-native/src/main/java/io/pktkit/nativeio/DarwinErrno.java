// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

/**
 * Error numbers of macOS as those of Linux, which the rest of this module knows: the same up to 34 but for one, and others
 * above it. {@code sys/errno.h} of XNU.
 */
final class DarwinErrno {

    /** What a number that has no counterpart in {@link Errno} is told from: nothing of Linux reaches it. */
    static final int UNKNOWN = 0x10000;

    private static final int LAST_COMMON = 34;
    private static final int EDEADLK = 11;

    private DarwinErrno() {}

    /**
     * Finds the number of Linux that means the same.
     *
     * @param errno a number of macOS
     * @return a number of {@link Errno}; one that both have; or {@link #UNKNOWN} and the number
     */
    static int toLinux(int errno) {
        return switch (errno) {
            case EDEADLK -> UNKNOWN + errno;
            case 35 -> Errno.EAGAIN;
            case 40 -> Errno.EMSGSIZE;
            case 42 -> Errno.ENOPROTOOPT;
            case 45, 102 -> Errno.EOPNOTSUPP;
            case 47 -> Errno.EAFNOSUPPORT;
            case 48 -> Errno.EADDRINUSE;
            case 49 -> Errno.EADDRNOTAVAIL;
            case 50 -> Errno.ENETDOWN;
            case 51 -> Errno.ENETUNREACH;
            case 55 -> Errno.ENOBUFS;
            case 60 -> Errno.ETIMEDOUT;
            case 61 -> Errno.ECONNREFUSED;
            case 65 -> Errno.EHOSTUNREACH;
            default -> errno <= LAST_COMMON ? errno : UNKNOWN + errno;
        };
    }
}
