// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import io.pktkit.device.Burst;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Neither the thread that sends nor the one that receives allocates for a frame. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class AllocationTest {

    private static final int FRAMES = 20_000;
    private static final int BURST = 32;

    @Test
    void shouldNotAllocateForAFrame() throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Wire wire = new Wire();
                AfPacket ours = wire.open(wire.config().build());
                AfPacket theirs = Wire.inside(
                        wire.there,
                        () -> AfPacket.open(AfPacketConfig.builder(Wire.THEIRS).build()))) {
            AtomicLong arrived = new AtomicLong();
            long own = Thread.currentThread().getId();
            long reader = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("pktkit-" + Wire.THEIRS))
                    .findAny()
                    .orElseThrow()
                    .getId();
            try (var place = theirs.attach(frame -> arrived.incrementAndGet())) {
                long sending = Long.MAX_VALUE;
                long receiving = Long.MAX_VALUE;
                // The compiler removes short-lived objects of the JDK and of JNA; until it has, rounds differ.
                for (int round = 0; round < 100 && Math.max(sending, receiving) >= FRAMES / 10; round++) {
                    long sendingBefore = threads.getThreadAllocatedBytes(own);
                    long receivingBefore = threads.getThreadAllocatedBytes(reader);
                    send(ours, arrived);
                    sending = Math.min(sending, threads.getThreadAllocatedBytes(own) - sendingBefore);
                    receiving = Math.min(receiving, threads.getThreadAllocatedBytes(reader) - receivingBefore);
                }
                String told = "bytes for " + FRAMES + " frames: sending " + sending + " receiving " + receiving;
                assertTrue(Math.max(sending, receiving) < FRAMES, told + " " + place);
            }
        }
    }

    /** In bursts, and now and then one alone. */
    private static void send(AfPacket device, AtomicLong arrived) {
        Frame frame = Wire.broadcast();
        for (int sent = 0; sent < FRAMES; sent += BURST) {
            long target = arrived.get() + BURST;
            assertTrue(device.send(frame));
            Burst burst = Burst.open();
            for (int i = 1; i < BURST; i++) {
                assertTrue(device.send(frame));
            }
            burst.close();
            while (arrived.get() < target) { // bounded by the time of the test
                LockSupport.parkNanos(100_000); // the reader may be waiting for this processor
            }
        }
    }
}
