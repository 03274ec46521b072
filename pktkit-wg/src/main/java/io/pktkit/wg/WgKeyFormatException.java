// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import org.jspecify.annotations.Nullable;

/** A text that is not a key. It does not quote the text, which may be most of a secret. */
public final class WgKeyFormatException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    WgKeyFormatException(String thing, int length, String remedy, @Nullable Throwable cause) {
        super("not a " + thing + ": a text of " + length + " characters; write " + remedy, cause);
    }
}
