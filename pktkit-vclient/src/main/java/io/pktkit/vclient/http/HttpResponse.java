// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.nio.charset.StandardCharsets;

/** A complete response. Immutable. */
public final class HttpResponse {
    private final int status;
    private final String reason;
    private final HttpHeaders headers;
    private final byte[] body;
    private final long bodyLength;

    HttpResponse(int status, String reason, HttpHeaders headers, byte[] body, long bodyLength) {
        this.status = status;
        this.reason = reason;
        this.headers = headers;
        this.body = body;
        this.bodyLength = bodyLength;
    }

    /** {@return the status code, 200 to 999} */
    public int status() {
        return status;
    }

    /** {@return the text behind the status code, often empty} */
    public String reason() {
        return reason;
    }

    /** {@return the header fields} */
    public HttpHeaders headers() {
        return headers;
    }

    /** {@return a copy of the body; empty if it went to a stream} */
    public byte[] body() {
        return body.clone();
    }

    /** {@return the body as UTF-8 text, whatever its type says; empty if it went to a stream} */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** {@return the octets of the body, also of one that went to a stream} */
    public long bodyLength() {
        return bodyLength;
    }

    /** {@return whether the status code is 200 to 299} */
    public boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    @Override
    public String toString() {
        return status + " " + reason + " (" + bodyLength + " bytes)";
    }
}
