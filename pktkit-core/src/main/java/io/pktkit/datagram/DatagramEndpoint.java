// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.device.DeviceStats;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A UDP port of this host, of one or both families. Receiving belongs to one thread at a time, everything else to any.
 *
 * <pre>{@code
 * try (DatagramEndpoint endpoint = Datagrams.open(DatagramConfig.builder().port(51820).build())) {
 *     while (endpoint.receive(datagram -> answer(endpoint, datagram)) >= 0) {
 *         // 0 or more datagrams were handled: what else the thread has to do at a wake-up
 *     }
 * }
 * }</pre>
 *
 * <p>What arrives and what a network answers never ends an endpoint: ICMP errors, too long datagrams and full queues are
 * counted. See the package's description for memory and bounds.
 */
public interface DatagramEndpoint extends AutoCloseable {

    /** What {@link #receive} and {@link #poll} answer once the endpoint is closed. */
    int CLOSED = -1;

    /**
     * Waits until there are datagrams and hands them to a handler, one after the other.
     *
     * @param handler called on this thread, before this returns
     * @return how many the handler took; 0 after {@link #wake()}; {@link #CLOSED} after {@link #close()}
     * @throws IOException when the socket itself is broken; what is left is to close it and open another
     * @throws IllegalStateException when another thread, or a handler, is receiving
     */
    int receive(DatagramHandler handler) throws IOException;

    /**
     * Hands the datagrams that are there to a handler, without waiting.
     *
     * @param handler called on this thread, before this returns
     * @return how many the handler took; 0 when there were none; {@link #CLOSED} after {@link #close()}
     * @throws IOException when the socket itself is broken
     * @throws IllegalStateException when another thread, or a handler, is receiving
     */
    int poll(DatagramHandler handler) throws IOException;

    /** Makes the present or next {@link #receive} return, once. */
    void wake();

    /**
     * Sends one datagram, at once or, inside a {@link io.pktkit.device.Burst}, at its end together with what else this
     * thread sends. Never waits for a peer: what the kernel cannot take is dropped and counted.
     *
     * @param data what holds the payload; it is copied
     * @param offset where the payload begins, absolute
     * @param length the payload's bytes, 0 to 65507
     * @param to the peer, and the address of ours to send from
     * @return false if it was dropped; true for sent, or waiting for the end of the burst
     */
    default boolean send(ByteBuffer data, int offset, int length, DatagramPath to) {
        return send(data, offset, length, to, 0);
    }

    /**
     * Sends one datagram, like {@link #send(ByteBuffer, int, int, DatagramPath)}.
     *
     * @param data what holds the payload; it is copied
     * @param offset where the payload begins, absolute
     * @param length the payload's bytes, 0 to 65507
     * @param to the peer, and the address of ours to send from
     * @param trafficClass DSCP and ECN of the IP header, 0 to 255; without {@link DatagramFeature#TRAFFIC_CLASS} ignored
     * @return false if it was dropped; true for sent, or waiting for the end of the burst
     */
    boolean send(ByteBuffer data, int offset, int length, DatagramPath to, int trafficClass);

    /**
     * Lends the calling thread a batch to write datagrams into, so that they need not be copied: the one in which
     * datagrams of this thread wait for the end of its burst, or a free one.
     *
     * @return the batch; null when too many threads have one, which is counted as a dropped datagram
     */
    @Nullable
    DatagramBatch batch();

    /**
     * Tells which address is bound.
     *
     * @param family of which family
     * @return the address, unspecified for all of them; null when the endpoint is not of that family
     */
    @Nullable
    IpAddress localAddress(IpFamily family);

    /** {@return the port, the same in both families} */
    int port();

    /** {@return what the endpoint does at this moment} */
    Set<DatagramFeature> features();

    /**
     * Lets the kernel cut runs of datagrams, or forbids it, at run time: some systems damage such runs without an error.
     *
     * @param wanted false forbids; true allows it again, also after it went off because of
     *     errors, and on a kernel that is known to be broken
     * @return whether it is in use now: never when the self-test at opening did not pass
     */
    boolean setSegmentation(boolean wanted);

    /** {@return one line that tells provider, addresses, buffers and what is in use, and why something is not} */
    String describe();

    /** {@return datagrams and bytes, and what was dropped and why} */
    DeviceStats stats();

    /**
     * Reads a counter.
     *
     * @param which the counter
     * @return its value since the endpoint was opened
     */
    long counter(DatagramCounter which);

    /** {@return whether the endpoint was closed} */
    boolean isClosed();

    /**
     * Closes the sockets, ends {@link #receive} and waits until the handler has returned, unless it is the handler that
     * calls. No callback runs after this returned. Idempotent.
     */
    @Override
    void close();
}
