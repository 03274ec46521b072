// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;

/** A system call that failed. The message holds what was attempted, the errno by name and, where known, the remedy. */
public final class NativeIoException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What was attempted. */
    private final String call;

    /** The error number. */
    private final int errno;

    /**
     * Describes a failure with the usual advice for its error number.
     *
     * @param call what was attempted, with its arguments: {@code open /dev/net/tun}
     * @param errno the error number, positive
     */
    public NativeIoException(String call, int errno) {
        this(call, errno, Errno.remedy(errno));
    }

    /**
     * Describes a failure for which the caller has better advice than the usual.
     *
     * @param call what was attempted, with its arguments
     * @param errno the error number, positive
     * @param remedy what to do about it, or what the kernel said; empty when nothing is known
     */
    public NativeIoException(String call, int errno, String remedy) {
        super(call + ": " + Errno.name(errno) + (remedy.isEmpty() ? "" : ": " + remedy));
        this.call = call;
        this.errno = errno;
    }

    /**
     * What was attempted.
     *
     * @return the call and its arguments
     */
    public String call() {
        return call;
    }

    /**
     * The error number.
     *
     * @return a positive number, see {@link Errno}
     */
    public int errno() {
        return errno;
    }
}
