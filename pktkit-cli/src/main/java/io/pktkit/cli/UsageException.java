// SPDX-License-Identifier: MIT
package io.pktkit.cli;

/** The request cannot be carried out as given; the message names the option, its value and the remedy. */
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what is wrong and what helps, in one line
     */
    public UsageException(String message) {
        super(message);
    }

    /**
     * @param message what is wrong and what helps, in one line
     * @param cause the failure behind it, for a debugger; the commands print the message alone
     */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
