// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import org.jspecify.annotations.Nullable;

/** A request that is not carried out, with the number that the protocol has for the reason: an {@code errno} of Linux. */
public final class UapiException extends Exception {

    /** An input or output error. */
    public static final int EIO = 5;

    /** The request is malformed, or cannot be meant. */
    public static final int EINVAL = 22;

    /** There is no room for another peer. */
    public static final int ENOSPC = 28;

    /** There is no such thing here. */
    public static final int EOPNOTSUPP = 95;

    /** The UDP port is another one's. */
    public static final int EADDRINUSE = 98;

    private static final long serialVersionUID = 1L;

    /** Positive. */
    private final int errno;

    /**
     * Makes an exception.
     *
     * @param errno the number, positive
     * @param message what is wrong, without secrets
     */
    public UapiException(int errno, String message) {
        this(errno, message, null);
    }

    /**
     * Makes an exception that another one caused.
     *
     * @param errno the number, positive
     * @param message what is wrong, without secrets
     * @param cause what caused it
     */
    public UapiException(int errno, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.errno = errno;
    }

    /** {@return the number, positive} */
    public int errno() {
        return errno;
    }
}
