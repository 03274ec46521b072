// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.device.Burst;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Neither the thread that sends nor the one that receives allocates for a frame. */
@NeedsPeer("ip")
@Timeout(400)
class AllocationTest {

    private static final int FRAMES = 20_000;
    private static final int BURST = 32;

    @Test
    void shouldNotAllocateForAFrame() throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (XdpWire wire = new XdpWire();
                AfXdp ours = wire.open(XdpWire.config().build());
                AfXdp theirs = XdpWire.inside(
                        wire.there,
                        () -> AfXdp.open(XdpWire.config(XdpWire.THEIRS)
                                .capture(IpPrefix.parse("10.97.0.60/32"))
                                .build()))) {
            AtomicLong arrived = new AtomicLong();
            long own = Thread.currentThread().getId();
            long reader = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("pktkit-" + XdpWire.THEIRS + "-xdp0"))
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

    private static void send(AfXdp device, AtomicLong arrived) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(200);
        bytes.putLong(0, 0x0200_0000_0060_0200L).putInt(8, 0x0000_0050).putShort(12, (short) 0x0800);
        bytes.put(14, (byte) 0x45).putShort(16, (short) 186).put(22, (byte) 64).put(23, (byte) 253);
        bytes.putInt(26, 0x0a61_0001).putInt(30, 0x0a61_003c);
        Frame frame = new Frame().wrap(bytes, 0, 200);
        for (int sent = 0; sent < FRAMES; sent += BURST) {
            long target = arrived.get() + BURST;
            Burst burst = Burst.open();
            for (int i = 0; i < BURST; i++) {
                assertTrue(device.send(frame));
            }
            burst.close();
            while (arrived.get() < target) { // bounded by the time of the test
                LockSupport.parkNanos(100_000); // the reader may be waiting for this processor
            }
        }
    }
}
