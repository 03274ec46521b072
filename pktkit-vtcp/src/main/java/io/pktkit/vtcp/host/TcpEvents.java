// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

/**
 * What happens to one connection. Called inside a call on the {@link TcpHost} or on the connection, under the owner's lock; an
 * implementation may call back into the same connection and host (reading in {@link #onReadable} is usual) but does nothing slow
 * and never waits. What it throws, unless it is an {@link Error}, is logged and does no harm to the connection. Each method tells
 * of a change, not of a state: nothing is repeated until something new happens.
 */
public interface TcpEvents {
    /**
     * The connection can be used: the handshake is complete. One that a listener took with Fast Open is in use from the
     * beginning; of the end of its handshake nothing is told.
     *
     * @param connection the connection
     * @param nowNanos the time of the call that caused it
     */
    default void onEstablished(HostConnection connection, long nowNanos) {}

    /**
     * More bytes can be read than before, or the peer's end of stream has been reached.
     *
     * @param connection the connection
     * @param nowNanos the time of the call that caused it
     */
    default void onReadable(HostConnection connection, long nowNanos) {}

    /**
     * There is room again, after a write took less than it was offered or after {@link HostConnection#notifyWhenWritable}.
     *
     * @param connection the connection
     * @param nowNanos the time of the call that caused it
     */
    default void onWritable(HostConnection connection, long nowNanos) {}

    /**
     * After {@link HostConnection#release(long, long)}: the peer has acknowledged everything up to our FIN, or never will because
     * the connection has ended. After {@link HostConnection#notifyWhenDelivered}: it has acknowledged all that was written.
     *
     * @param connection the connection
     * @param nowNanos the time of the call that caused it
     */
    default void onDelivered(HostConnection connection, long nowNanos) {}

    /**
     * The exchange is over, orderly (TIME-WAIT included) or by {@link HostConnection#failure}. Called once and last. Bytes that
     * arrived before an orderly end can still be read.
     *
     * @param connection the connection
     * @param nowNanos the time of the call that caused it
     */
    default void onClosed(HostConnection connection, long nowNanos) {}
}
