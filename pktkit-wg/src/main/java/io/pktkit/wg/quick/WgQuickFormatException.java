// SPDX-License-Identifier: MIT
package io.pktkit.wg.quick;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A line of a file that cannot be taken. The message names file, line, value and remedy, but never a secret. */
public final class WgQuickFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Counted from 1. */
    private final int line;

    WgQuickFormatException(String source, int line, String problem, @Nullable Throwable cause) {
        super(source + " line " + line + ": " + problem, cause);
        this.line = line;
    }

    /** {@return the line, counted from 1} */
    public int line() {
        return line;
    }
}
