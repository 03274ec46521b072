// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.io.IOException;

/** A response that breaks the protocol, ends too early, or is larger than allowed. The message says which and where. */
public final class HttpException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Describes a response that was refused.
     *
     * @param message what is wrong with it
     */
    public HttpException(String message) {
        super(message);
    }
}
