// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A TCP connection a guest has made to a service inside the virtual network. Blocking; safe for any thread. */
public interface SlirpStream extends AutoCloseable {
    /**
     * Which of the connected devices the guest is behind.
     *
     * @return the number of {@link SlirpAttachment#namespace}
     */
    int namespace();

    /**
     * The guest's address.
     *
     * @return the address
     */
    IpAddress remoteAddress();

    /**
     * The guest's port.
     *
     * @return 1 to 65535
     */
    int remotePort();

    /**
     * Waits for bytes and takes them.
     *
     * @param target filled from its position on
     * @return bytes read, 0 only when the target has no room; -1 at the end of the stream
     * @throws IOException when the connection was reset or closed, or the timeout has passed
     */
    int read(ByteBuffer target) throws IOException;

    /**
     * Queues all bytes, waiting for room as needed.
     *
     * @param source written from its position to its limit
     * @throws IOException when the connection was reset or closed, or the timeout has passed
     */
    void write(ByteBuffer source) throws IOException;

    /**
     * Ends the outgoing direction after what was written; reading goes on.
     *
     * @throws IOException when the connection was reset
     */
    void shutdownOutput() throws IOException;

    /**
     * Limits how long {@link #read} and {@link #write} wait.
     *
     * @param timeout zero for no limit
     */
    void setTimeout(Duration timeout);

    /**
     * How the connection fares: round-trip times, windows, rates, losses, and what holds the sender back.
     *
     * @return a snapshot, also of a connection that has ended
     */
    TcpInfo info();

    /** Lets go: what was written still goes out; what was not read, or comes later, is answered with a reset. Idempotent. */
    @Override
    void close();
}
