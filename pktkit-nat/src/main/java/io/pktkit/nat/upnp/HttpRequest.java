// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that has come whole.
 *
 * @param method as it was written
 * @param path without a query
 * @param minorVersion of HTTP/1
 * @param headers by name in lower case
 * @param body at most {@link HttpParser#MAX_BODY} bytes
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record HttpRequest(String method, String path, int minorVersion, Map<String, String> headers, byte[] body) {

    @Nullable
    String header(String name) {
        return headers.get(name);
    }

    /** Whether the connection stays: RFC 9112 section 9.3. */
    boolean isPersistent() {
        String connection = headers.getOrDefault("connection", "");
        return minorVersion >= 1 && !connection.equalsIgnoreCase("close");
    }
}
