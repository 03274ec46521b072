// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a peer makes a host hold beside the bytes: records of what is in flight, and intervals of what came beyond a gap. */
class BookkeepingMemoryTest {
    private static final int MIB = 1 << 20;
    private static final int HEADER = 20;
    private static final int PORT = 1000;
    private static final byte[] NOTHING = {};
    private static final int SMALLEST_RING = 2048;
    private static final int RECORD = 69; // bytes, and the first sixteen are the connection's own
    private static final int FREE_RECORDS = 16;

    private final ByteBudget budget = new ByteBudget(4 * MIB);
    private final HostPair pair = new HostPair(TcpHostConfig.of(TcpConfig.builder()
            .receiveBuffer(MIB)
            .receiveBufferMax(4 * MIB)
            .pacing(false)
            .memory(budget)
            .build()));
    private TcpListener listener;

    /** Of the host's newest segment, where its sequence space ends. */
    private int heard;

    @BeforeEach
    void listen() throws IOException {
        listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        pair.loss = packet -> packet.sourceLow() == HostPair.RIGHT.low() && hear(packet);
    }

    private boolean hear(Packet packet) {
        TcpSegment segment = Objects.requireNonNull(packet.tcp());
        int end = segment.sequenceNumber() + segment.payloadLength() + (segment.has(TcpSegment.SYN) ? 1 : 0);
        heard = segment.has(TcpSegment.SYN) || end - heard > 0 ? end : heard;
        return true;
    }

    private void send(int sequence, int flags, byte[] options, byte[] payload) {
        ByteBuffer rest = ByteBuffer.allocate(options.length + payload.length)
                .put(options)
                .put(payload)
                .flip();
        ByteBuffer packet = PacketBuilder.tcp(
                HostPair.LEFT,
                PORT,
                HostPair.RIGHT,
                80,
                sequence,
                (flags & TcpSegment.ACK) == 0 ? 0 : heard,
                flags,
                65_535,
                rest);
        packet.put(HEADER + 12, (byte) ((HEADER + options.length) << 2)); // in words, in the upper half
        new Packet().wrap(packet).recomputeTransportChecksum();
        pair.toRight(packet);
    }

    private HostConnection open(byte[] options) {
        send(0, TcpSegment.SYN, options, NOTHING);
        send(1, TcpSegment.ACK, NOTHING, NOTHING);
        return Objects.requireNonNull(listener.accept());
    }

    @Test
    void shouldReserveTheRecordsOfWhatIsInFlightToAPeerWithASmallMss() {
        byte[] smallMssAndScale = {2, 4, 0, 48, 1, 3, 3, 7};
        HostConnection server = open(smallMssAndScale);
        ByteBuffer data = ByteBuffer.allocate(MIB);
        for (int i = 0; i < 40 && server.info().congestion().inFlight() < 256 << 10; i++) {
            server.write(data.clear(), pair.now);
            pair.run();
            if (server.info().congestion().inFlight() < 256 << 10) {
                send(1, TcpSegment.ACK, NOTHING, NOTHING);
            }
        }

        TcpInfo info = server.info();
        long records = info.congestion().inFlight() / 48;
        assertTrue(records > 1000, "records=" + records);
        long held = info.queues().sendAllocated() - SMALLEST_RING + RECORD * (records - FREE_RECORDS);
        assertTrue(budget.used() >= held, budget + " but held=" + held);
        server.abort(pair.now);
        assertEquals(0, budget.used(), "all is given back");
    }

    @Test
    void shouldKeepNoMoreIntervalsThanASixteenthOfTheBufferTheyLieIn() {
        HostConnection server = open(NOTHING);

        for (int i = 0; i < 4096; i++) {
            send(2 + 2 * i, TcpSegment.ACK, NOTHING, new byte[1]);
        }

        TcpInfo.Queues queues = server.info().queues();
        int intervals = queues.outOfOrder(); // of one byte each
        assertTrue(intervals >= 64, "intervals=" + intervals);
        assertTrue(
                intervals <= Math.max(64, queues.receiveAllocated() / 256),
                "intervals=" + intervals + " allocated=" + queues.receiveAllocated());
    }
}
