// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.wire.Frame;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a frame costs in garbage once the buffers have met the traffic, by the JVM's own account of the two threads. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AllocationTest {

    private static final int ROUNDS = 20_000;

    /** For the compiler and for measuring itself; one object for each frame would be sixteen times that. */
    private static final long SLACK_BYTES = ROUNDS;

    @Test
    void shouldAllocateNothingOnTheWayOfAFrame() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AtomicInteger arrived = new AtomicInteger();
        long[] receiver = new long[1];
        try (QemuPair pair = QemuPair.open(QemuConfig.DEFAULT)) {
            pair.second().attach(frame -> {
                receiver[0] = Thread.currentThread().getId();
                arrived.incrementAndGet();
            });
            Frame frame = Peer.view(Peer.frame(1514, 1));
            exchange(pair, frame, arrived, ROUNDS);
            long sent = Long.MAX_VALUE;
            long received = Long.MAX_VALUE;
            // On a busy machine the compiler comes late; what is there after twenty times as much is there for good.
            for (int i = 0; i < 20 && (sent >= SLACK_BYTES || received >= SLACK_BYTES); i++) {
                long mine =
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                long theirs = threads.getThreadAllocatedBytes(receiver[0]);
                exchange(pair, frame, arrived, ROUNDS);
                sent = Math.min(
                        sent,
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - mine);
                received = Math.min(received, threads.getThreadAllocatedBytes(receiver[0]) - theirs);
            }
            assertTrue(sent < SLACK_BYTES, "sending " + ROUNDS + " frames allocated " + sent + " bytes");
            assertTrue(received < SLACK_BYTES, "receiving " + ROUNDS + " allocated " + received + " bytes");
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // spins of so many rounds would take too long on one processor
    private static void exchange(QemuPair pair, Frame frame, AtomicInteger arrived, int frames) {
        int before = arrived.get();
        for (int i = 0; i < frames; i++) {
            assertTrue(pair.first().send(frame));
            while (arrived.get() == before + i) { // who waits otherwise may allocate
                Thread.yield();
            }
        }
    }
}
