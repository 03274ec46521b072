// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

import io.pktkit.wire.IpAddress;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How a {@link DnsResolver} reaches its servers, and the clock it goes by. Any thread may use it. */
public interface DnsTransport {
    /**
     * Opens a way to exchange datagrams with one server, from a local port that nobody can guess.
     *
     * @param server the server
     * @return the channel, to be closed by the caller
     * @throws IOException if there is no way to the server
     */
    Channel open(IpAddress server) throws IOException;

    /**
     * Asks over TCP (RFC 7766) and waits for the answer.
     *
     * @param server the server
     * @param query the message, without the length in front
     * @param deadlineNanos when to give up, by the clock of {@link #nowNanos()}
     * @return the answer, without the length in front
     * @throws IOException if there was none in time
     */
    byte[] exchangeOverTcp(IpAddress server, byte[] query, long deadlineNanos) throws IOException;

    /** {@return the time in nanoseconds, of arbitrary origin} */
    long nowNanos();

    /** Datagrams to and from one server, and from nobody else. Used by one thread at a time. */
    interface Channel extends Closeable {
        /**
         * Sends a datagram.
         *
         * @param query the message
         * @throws IOException if the server is known not to be reachable
         */
        void send(byte[] query) throws IOException;

        /**
         * Waits for a datagram.
         *
         * @param deadlineNanos when to give up
         * @return its content, or null if none came in time
         * @throws IOException if the server is known not to listen, or the wait was broken off
         */
        byte @Nullable [] receive(long deadlineNanos) throws IOException;

        @Override
        void close();
    }
}
