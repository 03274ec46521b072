// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.device.Attachment;
import io.pktkit.link.PipeL3;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a link allocates once its buffers have met the traffic, by the JVM's own account of this thread. */
class AllocationTest {

    private static final int ROUNDS = 20_000;

    /** For the compiler and for measuring itself; one object for each message would be sixteen times that. */
    private static final long SLACK_BYTES = ROUNDS;

    private final HandTimers timers = new HandTimers();

    @Test
    void shouldAllocateNothingForWhatPasses() {
        assertAllocatesNothing(Impairment.none());
    }

    @Test
    void shouldAllocateNothingForWhatWaits() {
        assertAllocatesNothing(Impairment.none()
                .delay(Duration.ofMillis(1))
                .jitter(Duration.ofMillis(1))
                .loss(0.1)
                .burst(0.01, 0.3)
                .duplicate(0.1)
                .corrupt(0.1)
                .reorder(0.1, Duration.ofMillis(1))
                .mark(0.1)
                .rate(1_000_000_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldAllocateNothingForWhatIsCut(int delayMillis) {
        Packet whole = new Packet()
                .wrap(PacketBuilder.udp(
                        IpAddress.parse("10.0.0.1"), 1, IpAddress.parse("10.0.0.2"), 2, ByteBuffer.allocate(5000)))
                .segmentSize(1000);

        assertAllocatesNothing(Impairment.none().loss(0.1).delay(Duration.ofMillis(delayMillis)), whole);
    }

    private void assertAllocatesNothing(Impairment impairment) {
        assertAllocatesNothing(impairment, Bench.numbered(1, 1400));
    }

    private void assertAllocatesNothing(Impairment impairment, Packet packet) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int[] got = new int[1];
        PipeL3[] far = new PipeL3[1];
        PipeL3 pipe = new PipeL3(out -> far[0].inject(out));
        far[0] = pipe;
        Attachment<Packet> attachment = pipe.attach(arrived -> got[0]++);
        ImpairedLink<Packet> link = ImpairedLink.on(attachment, impairment, impairment, timers);

        long least = Long.MAX_VALUE;
        // On a busy machine the compiler comes late; what is there after so many times as much is there for good.
        for (int attempt = 0; attempt < 50 && least > SLACK_BYTES; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                attachment.send(packet);
                timers.now += 20_000;
                link.poll();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertTrue(least <= SLACK_BYTES, "bytes for " + ROUNDS + " messages: " + least);
        assertTrue(got[0] > ROUNDS / 2);
        assertEquals(0, pipe.stats().snapshot().errors());
    }

    /** A clock that the test moves, without the bookkeeping of a manual time. */
    private static final class HandTimers implements Timers {

        private long now = -1_000_000;

        @Override
        public long nowNanos() {
            return now;
        }

        @Override
        public Alarm newAlarm(Runnable onFire) {
            return new Alarm() {
                @Override
                public void arm(long deadlineNanos) {
                    // The test polls.
                }

                @Override
                public void disarm() {
                    // The test polls.
                }

                @Override
                public void close() {
                    // The test polls.
                }
            };
        }
    }
}
