// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.hub.L2Hub;
import io.pktkit.link.PipeL2;
import io.pktkit.wire.Frame;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tap costs in garbage, by the JVM's own account of the thread that a packet passes on. */
class AllocationTest {

    private static final int ROUNDS = 20_000;

    /** For the compiler and for measuring itself; one object for each packet would be sixteen times that. */
    private static final long SLACK_BYTES = ROUNDS;

    @TempDir
    Path folder;

    @Test
    void shouldAllocateNothingOnTheWayOfAPacket() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        PipeL2 left = new PipeL2(Packets.LEFT);
        PipeL2 right = new PipeL2(Packets.RIGHT);
        CaptureConfig config =
                CaptureConfig.DEFAULT.withFilter(CaptureFilter.parse("udp port 53 and not (host 10.9.9.9 or arp)"));
        try (L2Hub hub = new L2Hub();
                Capture capture = Capture.toFile(folder.resolve("c.pcapng"), config)) {
            capture.tapPorts(hub, port -> "port");
            hub.connect(left);
            hub.connect(right);
            Frame frame = Packets.frame(53, 1000);
            send(left, frame, 5 * ROUNDS);
            long allocated = Long.MAX_VALUE;
            // On a busy machine the compiler comes late; what is there after twenty times as much is there for good.
            for (int i = 0; i < 20 && allocated >= SLACK_BYTES; i++) {
                long before =
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                send(left, frame, ROUNDS);
                allocated =
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            }
            assertTrue(allocated < SLACK_BYTES, ROUNDS + " packets allocated " + allocated + " bytes");
            assertTrue(capture.stats().taken() > ROUNDS);
        }
    }

    private static void send(PipeL2 from, Frame frame, int times) {
        for (int i = 0; i < times; i++) {
            from.inject(frame);
        }
    }
}
