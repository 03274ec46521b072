// SPDX-License-Identifier: MIT
package io.pktkit.cli;

/** The request cannot be carried out as given; the message names the option, its value and the remedy. */
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message what is wrong and what helps, in one line
     */
    public UsageException(String message) {
        super(message);
    }

    /**
     * Makes one that keeps what it comes from.
     *
     * @param message what is wrong and what helps, in one line
     * @param cause the failure behind it, for a debugger; the commands print the message alone
     */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
