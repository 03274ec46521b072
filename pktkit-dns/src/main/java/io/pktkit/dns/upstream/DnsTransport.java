// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How a {@link DnsClient} reaches its servers: sockets of the host or of a virtual one. Any thread may use it. */
public interface DnsTransport {
    /**
     * Sends a query from a local port that nobody can guess and nothing else uses (RFC 5452 section 9.2). Neither waits nor
     * blocks; what fails later is told by {@link Exchange#poll}.
     *
     * @param server whom to ask
     * @param protocol over what
     * @param query the message, without a length in front; not to be changed
     * @param onArrival told each time that something has come, or the exchange has failed, on any thread and with no lock held
     * @return the exchange, to be closed by the caller
     * @throws IOException if there is no way to the server, or no socket to be had
     */
    Exchange open(DnsServer server, DnsProtocol protocol, byte[] query, Runnable onArrival) throws IOException;

    /** One query on its way, and what comes back. Safe for any thread. */
    interface Exchange extends AutoCloseable {
        /**
         * Takes the next message. Only what came from the address and port that was asked is among them.
         *
         * @return the message, without a length in front; null if there is none at the moment
         * @throws IOException if the server is known not to listen, or the connection has ended
         */
        byte @Nullable [] poll() throws IOException;

        /** Frees the port. Idempotent; nothing is told any more once it returned, but for a call that is under way. */
        @Override
        void close();
    }
}
