// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import io.pktkit.dns.upstream.DnsProtocol;
import java.nio.ByteBuffer;

/** A query that has come to a {@link DnsForwarder}, with the way back. Safe for any thread. */
public interface DnsRequest {
    /** {@return what came, without a length in front; a read-only buffer of the caller's own} */
    ByteBuffer message();

    /** {@return over what it came} */
    DnsProtocol protocol();

    /** {@return who asks, so that one does not take all places; compared by {@code equals}} */
    Object principal();

    /**
     * Tells whether the asker's address is certain to be its own: by a handshake, or a lease. Who may be forged gives way first.
     *
     * @return whether it is
     */
    boolean isProven();

    /**
     * Sends the response. Called once at most, on any thread, with no lock held.
     *
     * @param response the message, without a length in front
     */
    void reply(byte[] response);
}
