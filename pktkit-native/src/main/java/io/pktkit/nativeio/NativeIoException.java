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

    /** What to do about it, or what the kernel said; may be empty. */
    private final String remedy;

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
        super(call + ": " + describe(errno, remedy));
        this.call = call;
        this.errno = errno;
        this.remedy = remedy;
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

    /**
     * The message without the call, for who knows better words for what was attempted.
     *
     * @return the errno's name and, if there is one, the remedy
     */
    public String reason() {
        return describe(errno, remedy);
    }

    private static String describe(int errno, String remedy) {
        return remedy.isEmpty() ? Errno.name(errno) : Errno.name(errno) + ": " + remedy;
    }
}
