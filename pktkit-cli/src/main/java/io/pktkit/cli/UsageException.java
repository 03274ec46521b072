// SPDX-License-Identifier: MIT
package io.pktkit.cli;

/** The request cannot be carried out as given; the message names the option, its value and the remedy. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }

    UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
