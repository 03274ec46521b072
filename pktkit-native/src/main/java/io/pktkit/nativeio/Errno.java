// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

/**
 * Error numbers of Linux, as in {@code asm-generic/errno.h}: the same on x86-64, aarch64 and riscv64. Those of macOS are
 * told as these.
 *
 * <p>Numbers rather than an enum, since a kernel may answer one that is not listed here.
 */
public final class Errno {

    /** Operation not permitted. */
    public static final int EPERM = 1;

    /** No such file or directory. */
    public static final int ENOENT = 2;

    /** Interrupted by a signal. */
    public static final int EINTR = 4;

    /** Input or output error; a write to a TUN or TAP interface that is down. */
    public static final int EIO = 5;

    /** No such device or address. */
    public static final int ENXIO = 6;

    /** Bad file descriptor. */
    public static final int EBADF = 9;

    /** Try again: the call would block. */
    public static final int EAGAIN = 11;

    /** Out of memory. */
    public static final int ENOMEM = 12;

    /** Permission denied. */
    public static final int EACCES = 13;

    /** Bad address. */
    public static final int EFAULT = 14;

    /** Device or resource busy. */
    public static final int EBUSY = 16;

    /** Exists already. */
    public static final int EEXIST = 17;

    /** No such device. */
    public static final int ENODEV = 19;

    /** Invalid argument. */
    public static final int EINVAL = 22;

    /** Too many open files in the system. */
    public static final int ENFILE = 23;

    /** Too many open files in this process. */
    public static final int EMFILE = 24;

    /** Not a terminal: the descriptor does not know this ioctl. */
    public static final int ENOTTY = 25;

    /** Argument out of range. */
    public static final int ERANGE = 34;

    /** A descriptor in a bad state: a TUN or TAP interface that was deleted. */
    public static final int EBADFD = 77;

    /** Message too long. */
    public static final int EMSGSIZE = 90;

    /** Protocol option not available. */
    public static final int ENOPROTOOPT = 92;

    /** Operation not supported. */
    public static final int EOPNOTSUPP = 95;

    /** Address family not supported. */
    public static final int EAFNOSUPPORT = 97;

    /** Address in use. */
    public static final int EADDRINUSE = 98;

    /** Address not available. */
    public static final int EADDRNOTAVAIL = 99;

    /** Network is down. */
    public static final int ENETDOWN = 100;

    /** Network unreachable. */
    public static final int ENETUNREACH = 101;

    /** No buffer space. */
    public static final int ENOBUFS = 105;

    /** Timed out. */
    public static final int ETIMEDOUT = 110;

    /** Connection refused: for UDP, an ICMP error about an earlier datagram. */
    public static final int ECONNREFUSED = 111;

    /** Host unreachable. */
    public static final int EHOSTUNREACH = 113;

    private Errno() {}

    /**
     * Names an error number.
     *
     * @param errno the number
     * @return its symbolic name, such as {@code EPERM}, or {@code errno N} when it is not listed here
     */
    public static String name(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM";
            case ENOENT -> "ENOENT";
            case EINTR -> "EINTR";
            case EIO -> "EIO";
            case ENXIO -> "ENXIO";
            case EBADF -> "EBADF";
            case EAGAIN -> "EAGAIN";
            case ENOMEM -> "ENOMEM";
            case EACCES -> "EACCES";
            case EFAULT -> "EFAULT";
            case EBUSY -> "EBUSY";
            case EEXIST -> "EEXIST";
            case ENODEV -> "ENODEV";
            case EINVAL -> "EINVAL";
            case ENFILE -> "ENFILE";
            case EMFILE -> "EMFILE";
            case ENOTTY -> "ENOTTY";
            case ERANGE -> "ERANGE";
            case EBADFD -> "EBADFD";
            case EMSGSIZE -> "EMSGSIZE";
            case ENOPROTOOPT -> "ENOPROTOOPT";
            case EOPNOTSUPP -> "EOPNOTSUPP";
            case EAFNOSUPPORT -> "EAFNOSUPPORT";
            case EADDRINUSE -> "EADDRINUSE";
            case EADDRNOTAVAIL -> "EADDRNOTAVAIL";
            case ENETDOWN -> "ENETDOWN";
            case ENETUNREACH -> "ENETUNREACH";
            case ENOBUFS -> "ENOBUFS";
            case ETIMEDOUT -> "ETIMEDOUT";
            case ECONNREFUSED -> "ECONNREFUSED";
            case EHOSTUNREACH -> "EHOSTUNREACH";
            default ->
                errno >= DarwinErrno.UNKNOWN
                        ? "errno " + (errno - DarwinErrno.UNKNOWN) + " of macOS"
                        : "errno " + errno;
        };
    }

    /**
     * Says what a caller can usually do about an error, whatever the call.
     *
     * @param errno the number
     * @return advice without a full stop, or an empty string when there is none that fits every call
     */
    public static String remedy(int errno) {
        return switch (errno) {
            case EPERM, EACCES -> "run as root or give the process CAP_NET_ADMIN";
            case EBUSY -> "it is in use: close the program that holds it, or choose another name";
            case EMFILE -> "too many open files: close some, or raise the limit (ulimit -n)";
            case ENFILE -> "the system has too many open files: raise fs.file-max";
            case ENOMEM, ENOBUFS -> "the kernel is short of memory for this: free some, or raise the limit";
            case ENODEV, ENXIO -> "the device does not exist or was deleted";
            case ETIMEDOUT -> "the kernel did not answer in time";
            default -> "";
        };
    }
}
