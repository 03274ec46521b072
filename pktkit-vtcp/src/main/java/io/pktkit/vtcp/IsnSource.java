// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.vtcp.internal.opening.KeyedIsnSource;
import java.security.SecureRandom;

/**
 * Chooses initial sequence numbers and timestamp offsets. One source is shared by all connections of an IP endpoint,
 * so that both keep rising from one connection of a tuple to the next, which is what lets a peer in TIME-WAIT take
 * the new one (RFC 6191). Implementations are safe for use from any thread.
 */
@FunctionalInterface
public interface IsnSource {
    /**
     * The sequence number of our SYN.
     *
     * @param tuple the connection's ends
     * @param nowNanos the current time
     * @return any 32 bits
     */
    int initialSequence(TcpTuple tuple, long nowNanos);

    /**
     * What is added to the millisecond clock to make the timestamps of a connection (RFC 7323 section 5.4). It depends
     * on the two addresses alone, and keeps the peer from reading our clock.
     *
     * @param tuple the connection's ends
     * @return any 32 bits; 0 unless overridden
     */
    default int timestampOffset(TcpTuple tuple) {
        return 0;
    }

    /**
     * The source of RFC 6528: a keyed hash of the tuple plus a clock of 4 microseconds.
     *
     * @param secret the key, at least 16 bytes that no peer knows; copied
     * @return a source safe for use from any thread
     */
    static IsnSource keyed(byte[] secret) {
        return new KeyedIsnSource(secret);
    }

    /**
     * A {@linkplain #keyed keyed} source with a fresh random key.
     *
     * @return a source safe for use from any thread
     */
    static IsnSource random() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return keyed(secret);
    }
}
