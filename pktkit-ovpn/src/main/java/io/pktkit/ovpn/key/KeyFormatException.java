// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.key;

import java.io.IOException;
import java.io.Serial;

/** A key file cannot be read; the message names what is wrong and never quotes what may be secret. */
public final class KeyFormatException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what is wrong, and the remedy
     */
    public KeyFormatException(String message) {
        super(message);
    }
}
