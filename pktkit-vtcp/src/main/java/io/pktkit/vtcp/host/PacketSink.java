// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.device.Offload;
import io.pktkit.device.Outbox;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a {@link TcpHost} puts the packets it makes. Called under the owner's lock, so an implementation queues and does not
 * deliver: delivery could come straight back with an answer, or wait on another lock.
 */
public interface PacketSink {
    /**
     * Room for one IP packet.
     *
     * @param length bytes wanted, IP header included; at most 65535
     * @return a big-endian buffer with at least {@code length} bytes from its position on, which the caller writes absolutely and
     *     either commits or forgets before it reserves again; null when there is no room, which TCP treats as a loss
     */
    @Nullable
    ByteBuffer reserve(int length);

    /**
     * What the packets may lack, as they are finished by whoever takes them. Asked again for each one.
     *
     * @return an immutable set; empty unless overridden
     */
    default Set<Offload> offloads() {
        return Set.of();
    }

    /**
     * Takes the packet that was written into the buffer of the last {@link #reserve}.
     *
     * @param buffer that buffer
     * @param offset where the IP header starts
     * @param length bytes of the packet
     */
    void commit(ByteBuffer buffer, int offset, int length);

    /**
     * Takes the packet that was written into the buffer of the last {@link #reserve}, with what it lacks. To be overridden with
     * {@link #offloads}: unless it is, nothing is lacking.
     *
     * @param buffer that buffer
     * @param offset where the IP header starts
     * @param length bytes of the packet
     * @param segmentSize payload bytes of each segment of a super-segment, or 0
     * @param checksumPending whether the transport checksum holds only the pseudo-header's sum
     */
    default void commit(ByteBuffer buffer, int offset, int length, int segmentSize, boolean checksumPending) {
        commit(buffer, offset, length);
    }

    /**
     * A sink that queues in an outbox; the owner drains it after releasing its lock.
     *
     * @param outbox the outbox
     * @return the sink
     */
    static PacketSink of(Outbox outbox) {
        return of(outbox, Set::of);
    }

    /**
     * A sink that queues in an outbox what need not be finished; the owner drains it as packets after releasing its lock.
     *
     * @param outbox the outbox
     * @param taken tells what the taker of the packets finishes; asked for each packet
     * @return the sink
     */
    static PacketSink of(Outbox outbox, Supplier<Set<Offload>> taken) {
        return new PacketSink() {
            @Override
            public Set<Offload> offloads() {
                return taken.get();
            }

            @Override
            public void commit(ByteBuffer buffer, int offset, int length, int segmentSize, boolean checksumPending) {
                outbox.commit(buffer, offset, length, segmentSize, checksumPending);
            }

            @Override
            public ByteBuffer reserve(int length) {
                return outbox.reserve(length);
            }

            @Override
            public void commit(ByteBuffer buffer, int offset, int length) {
                outbox.commit(buffer, offset, length); // what does not fit is counted there; TCP sends it again
            }
        };
    }
}
