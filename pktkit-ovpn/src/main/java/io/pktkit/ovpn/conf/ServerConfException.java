// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A line of a file cannot be done: the message names file, line, key and remedy. */
public final class ServerConfException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** Counted from 1. */
    private final int line;

    ServerConfException(String file, int line, String problem, @Nullable Throwable cause) {
        super(file + " line " + line + ": " + problem, cause);
        this.line = line;
    }

    /** {@return the line, counted from 1} */
    public int line() {
        return line;
    }
}
