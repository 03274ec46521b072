// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Whatever a peer can make a host hold is in its budget. */
class MemoryTest {
    private static final int MIB = 1 << 20;
    private static final long SECOND = 1_000_000_000L;

    private final ByteBudget budget = new ByteBudget(4 * MIB);
    private final TcpConfig config = TcpConfig.builder()
            .receiveBuffer(MIB)
            .receiveBufferMax(4 * MIB)
            .memory(budget)
            .build();
    private final HostPair pair = new HostPair(TcpHostConfig.of(config));

    private List<HostConnection> connect(int count) throws IOException {
        List<HostConnection> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(pair.connect(80, new TcpEvents() {}));
            pair.run();
        }
        return clients;
    }

    @Test
    void shouldHoldNoMoreThanItsBudgetOfWhatNobodyAccepts() throws IOException {
        TcpListener listener =
                pair.right.listen(null, null, 80, new TcpListener.Options(400, 256, 10 * SECOND), () -> {});
        List<HostConnection> clients = connect(100);
        assertEquals(100, listener.waiting());
        for (HostConnection client : clients) {
            client.write(ByteBuffer.allocate(200_000), pair.now);
        }
        pair.advance(2 * SECOND);

        assertTrue(budget.used() > 2 * MIB, budget.toString());
        assertTrue(budget.peak() <= budget.limit(), budget.toString());

        listener.close(pair.now);
        pair.run();
        assertEquals(0, budget.used(), "all is given back");
    }

    /** Forged SYNs with data: what they held must not add up until nobody gets any. */
    @Test
    void shouldGiveBackWhatForgottenHandshakesHeld() throws IOException {
        TcpListener listener = pair.right.listen(null, null, 80, new TcpListener.Options(8, 16, 10 * SECOND), () -> {});
        pair.loss = packet -> packet.sourceLow() == HostPair.RIGHT.low();
        for (int i = 0; i < 4; i++) {
            pair.toRight(PacketBuilder.tcp(
                    HostPair.LEFT,
                    1000 + i,
                    HostPair.RIGHT,
                    80,
                    0,
                    0,
                    TcpSegment.SYN,
                    65_535,
                    ByteBuffer.allocate(60_000)));
        }
        assertTrue(budget.used() > 200_000, budget.toString());

        pair.advance(20 * SECOND);

        assertEquals(0, listener.halfOpen());
        assertEquals(0, budget.used());
    }

    @Test
    void shouldServeWhoReadsWhileOthersHoldAll() throws IOException {
        TcpListener listener =
                pair.right.listen(null, null, 80, new TcpListener.Options(400, 256, 10 * SECOND), () -> {});
        List<HostConnection> stalled = connect(30);
        for (HostConnection client : stalled) {
            client.write(ByteBuffer.allocate(200_000), pair.now);
        }
        pair.advance(SECOND);
        for (int i = 0; i < 30; i++) {
            listener.accept();
        }
        HostConnection sender = connect(1).get(0);
        HostConnection reader = Objects.requireNonNull(listener.accept());
        sender.write(ByteBuffer.allocate(100_000), pair.now);
        ByteBuffer target = ByteBuffer.allocate(100_000);
        for (int i = 0; i < 5000 && target.hasRemaining(); i++) {
            reader.read(target, pair.now);
            pair.advance(SECOND / 10);
        }
        assertEquals(0, target.remaining(), "it goes on, in small pieces");
    }

    @Test
    void shouldWakeAWriterThatNoMemoryIsLeftFor() throws IOException {
        TcpListener listener =
                pair.right.listen(null, null, 80, new TcpListener.Options(400, 256, 10 * SECOND), () -> {});
        HostConnection reader = connect(1).get(0);
        HostConnection writer = Objects.requireNonNull(listener.accept());
        assertTrue(budget.tryReserve(budget.available()));
        ByteBuffer data = ByteBuffer.allocate(100_000);
        writer.setEvents(new TcpEvents() {
            @Override
            public void onWritable(HostConnection connection, long nowNanos) {
                connection.write(data, nowNanos);
            }
        });
        writer.write(data, pair.now);
        ByteBuffer target = ByteBuffer.allocate(100_000);
        for (int i = 0; i < 5000 && target.hasRemaining(); i++) {
            reader.read(target, pair.now);
            pair.advance(SECOND / 10);
        }
        assertEquals(0, target.remaining(), "it goes on, in small pieces");
    }

    @Test
    void shouldRefuseConnectionsThatNoMemoryIsLeftFor() throws IOException {
        ByteBudget small = new ByteBudget(100 << 10);
        TcpConfig tight = config.toBuilder().memory(small).build();
        HostPair tightPair = new HostPair(TcpHostConfig.of(tight));
        int opened = 0;
        try {
            for (; opened < 100; opened++) {
                tightPair.right.connect(null, HostPair.RIGHT, 0, HostPair.LEFT, 80, new TcpEvents() {}, tightPair.now);
            }
        } catch (IOException full) {
            assertTrue(String.valueOf(full.getMessage()).contains("no memory"), full.getMessage());
        }
        assertEquals((100 << 10) / (8 << 10), opened);
        tightPair.right.close(tightPair.now);
        assertEquals(0, small.used());
        assertThrows(
                IOException.class,
                () -> tightPair.right.connect(
                        null, HostPair.RIGHT, 0, HostPair.LEFT, 80, new TcpEvents() {}, tightPair.now));
    }

    @Test
    void shouldKeepWhatAnEndedConnectionHasToReadInTheBudget() throws IOException {
        TcpListener listener =
                pair.right.listen(null, null, 80, new TcpListener.Options(400, 256, 10 * SECOND), () -> {});
        HostConnection client = connect(1).get(0);
        HostConnection accepted = Objects.requireNonNull(listener.accept());
        client.write(ByteBuffer.allocate(60_000), pair.now);
        pair.run();
        client.abort(pair.now);
        pair.run();

        assertEquals(60_000, accepted.readable(), "what had arrived can be read");
        assertTrue(budget.used() >= 60_000 - 4096, budget.toString());

        ByteBuffer target = ByteBuffer.allocate(60_000);
        accepted.read(target, pair.now);
        assertEquals(0, budget.used());
    }
}
