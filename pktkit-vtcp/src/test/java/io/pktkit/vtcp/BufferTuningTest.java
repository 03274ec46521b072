// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.LongPaths.Transfer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Buffers that grow with the path, within a budget, and give back what they do not need. */
class BufferTuningTest {
    private static final long MS = LongPaths.MS;
    private static final long LINK = 200_000_000L;
    private static final int MIB = 1 << 20;
    private static final long ENDLESS = 1L << 40;

    private final ByteBudget memory = new ByteBudget(64 * MIB);
    private final LongPaths paths = new LongPaths(50 * MS, LINK);

    @AfterEach
    void nothingIsLeft() {
        assertTrue(memory.used() >= 0 && memory.used() <= memory.limit(), memory.toString());
    }

    private TcpConfigBuilder config() {
        return TcpConfig.builder().memory(memory).timeWait(Duration.ZERO);
    }

    @Test
    void shouldFillALongFatPath() {
        double share = shareOfLink(config());

        assertTrue(share >= 0.85, "share=" + share);
    }

    @Test
    void shouldNotFillItWithoutTuning() {
        double share = shareOfLink(config().autoTune(false));

        assertTrue(share < 0.5, "share=" + share);
    }

    @Test
    void shouldNotFillItIfEitherEndIsFixed() {
        double fixedReceive = shareOfLink(config().receiveBuffer(MIB));
        double fixedSend = shareOfLink(config().sendBuffer(MIB));

        assertTrue(fixedReceive < 0.5, "receive buffer fixed: share=" + fixedReceive);
        assertTrue(fixedSend < 0.5, "send buffer fixed: share=" + fixedSend);
    }

    @Test
    void shouldFillItWithoutTimestampsToo() {
        double share = shareOfLink(config().timestamps(false));

        assertTrue(share >= 0.85, "share=" + share);
    }

    @Test
    void shouldStayAsTheyAreWithoutABudget() {
        double share = shareOfLink(TcpConfig.builder().memory(new ByteBudget(0)));

        assertTrue(share < 0.5, "share=" + share);
    }

    /** From the third second to the fifth. */
    private double shareOfLink(TcpConfigBuilder config) {
        LongPaths alone = new LongPaths(50 * MS, LINK);
        Transfer transfer = alone.start(config.build(), ENDLESS);
        alone.run(2000);
        long before = transfer.read;
        alone.run(2000);
        return (transfer.read - before) * 8 / 2.0 / LINK;
    }

    @Test
    void shouldNotGrowForASlowReader() {
        Transfer transfer = paths.start(config().build(), ENDLESS);
        transfer.pace = 1000;

        paths.run(5000);

        TcpInfo.Buffers receiver = transfer.receiver.info().buffers();
        assertEquals(MIB, receiver.receiveLimit());
        assertTrue(Math.abs(receiver.receiveSpace() - 100_000) < 20_000, receiver.toString());
    }

    @Test
    void shouldMeasureTheRoundTripAtTheReceiver() {
        Transfer transfer = paths.start(config().build(), ENDLESS);

        paths.run(300);

        long rtt = transfer.receiver.info().buffers().receiveRttNanos();
        assertTrue(rtt >= 100 * MS && rtt < 120 * MS, "rtt=" + rtt);
    }

    @Test
    void shouldNotReadAPauseOfTheSenderAsADistance() {
        Transfer transfer = paths.start(config().build(), ENDLESS);
        paths.run(500);
        transfer.paused = true;
        paths.run(10_000);
        transfer.paused = false;
        paths.run(500);

        long rtt = transfer.receiver.info().buffers().receiveRttNanos();
        assertTrue(rtt < 200 * MS, "rtt=" + rtt);
    }

    @Test
    void shouldGiveGrowthBackWhenIdleAndCoverWhatWasPromised() {
        Transfer transfer = paths.start(config().build(), ENDLESS);
        paths.run(2000);
        assertTrue(memory.used() > 0, memory.toString());
        transfer.paused = true;

        paths.run(5000);

        assertEquals(0, memory.used());
        TcpInfo idle = transfer.receiver.info();
        assertEquals(MIB, idle.buffers().receiveLimit());
        assertEquals(0, idle.queues().receiveAllocated());
        assertTrue(idle.queues().receiveWindow() > MIB, "the window is not taken back: " + idle.queues());

        transfer.pace = 0;
        transfer.paused = false;
        paths.run(5000);

        TcpInfo full = transfer.receiver.info();
        assertTrue(full.queues().receiveQueued() > MIB, full.queues().toString());
        assertTrue(full.buffers().receiveLimit() > MIB, full.buffers().toString());
    }

    @Test
    void shouldDropWhatTheBudgetCannotCoverUntilTheApplicationReads() {
        Transfer transfer = paths.start(config().build(), 40 * MIB);
        paths.run(1500);
        transfer.paused = true;
        paths.run(5000);
        assertTrue(memory.tryReserve(memory.limit()));
        transfer.pace = 0;
        transfer.paused = false;
        paths.run(5000);
        assertEquals(MIB, transfer.receiver.info().queues().receiveQueued());
        transfer.pace = Integer.MAX_VALUE;

        paths.finish(120_000);

        assertEquals(transfer.length, transfer.read);
        memory.release(memory.limit());
        assertEquals(0, memory.used());
    }

    @Test
    void shouldShareABudgetThatIsNotEnoughForAll() {
        ByteBudget small = new ByteBudget(8 * MIB);
        TcpConfig tight = TcpConfig.builder()
                .sendBuffer(16 << 10)
                .sendBufferMax(MIB)
                .receiveBuffer(16 << 10)
                .receiveBufferMax(MIB)
                .memory(small)
                .timeWait(Duration.ZERO)
                .build();
        LongPaths many = new LongPaths(20 * MS, LINK);
        List<Transfer> transfers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            transfers.add(many.start(tight, 100_000));
        }
        long most = 0;
        for (int i = 0; i < 40; i++) {
            many.run(20);
            most = Math.max(most, small.used());
        }

        many.finish(120_000);

        assertTrue(transfers.stream().allMatch(t -> t.read == t.length), "all complete");
        assertTrue(most > 5 * MIB && most <= 6 * MIB, "most=" + most);
        assertEquals(0, small.used());
    }

    @Test
    void shouldGiveAllBackWhenReset() {
        Transfer transfer = paths.start(config().build(), ENDLESS);
        paths.run(2000);
        assertTrue(memory.used() > 0, memory.toString());

        transfer.receiver.abort(3000 * MS);
        transfer.sender().abort(3000 * MS);

        assertEquals(0, memory.used());
    }

    @Test
    void shouldKeepToWhatTheWindowFieldCanTell() {
        Transfer transfer = paths.start(
                config().windowScaling(false)
                        .receiveBuffer(32 << 10)
                        .receiveBufferMax(MIB)
                        .build(),
                ENDLESS);

        paths.run(3000);

        assertEquals(64 << 10, transfer.receiver.info().buffers().receiveLimit());
        assertFalse(transfer.receiver.info().negotiated().windowScaling());
    }
}
