// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.wg.internal.crypto.JcaTransportCipher;
import io.pktkit.wg.internal.crypto.TransportKey;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A packet costs the garbage of the JDK's cipher and no more. */
class AllocationTest {

    private static final int WARM_UP = 20_000;
    private static final int PACKETS = 10_000;
    private static final int ROUNDS = 60;

    /** Less than one small object a packet; code that is compiled while it is measured allocates a little. */
    private static final int TOLERANCE = 15;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final World world = new World(14);

    @Test
    void shouldAllocateNothingBesideTheCipher() {
        Host a = world.host("192.0.2.1");
        Host b = world.host("192.0.2.2");
        World.join(a, b);
        a.engine.initiate(a.peer, world.now, a);
        world.run(Duration.ofSeconds(1));
        ByteBuffer packet = World.packet(a.inner(), b.inner(), 1000);
        ByteBuffer buffer = ByteBuffer.allocate(2048);
        int length = packet.remaining();
        WgSink sender = wireTo(b, a.endpoint);
        Runnable tunnel = () -> {
            buffer.put(16, packet, packet.position(), length);
            a.engine.send(a.peer, buffer, 16, length, world.now, sender);
        };
        TransportKey key = new JcaTransportCipher().key(new byte[32]);
        long[] counter = {0};
        Runnable cipher = () -> {
            key.seal(counter[0], buffer, 16, 1040);
            key.open(counter[0], buffer, 16, 1056);
            counter[0]++;
        };
        // How much the cipher allocates depends on how far the compiler has got, and differs between two runs until
        // then.
        long own = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && own > TOLERANCE * (long) PACKETS; round++) {
            own = Math.min(own, allocated(tunnel) - allocated(cipher));
        }
        assertTrue(own <= TOLERANCE * (long) PACKETS, own + " bytes over " + PACKETS + " packets");
        assertTrue(b.peer.stats().receivedBytes() > 1000L * PACKETS);
    }

    /** What it is given to send, the other host receives; what comes out there is dropped. */
    private WgSink wireTo(Host to, WgEndpoint from) {
        return new WgSink() {
            @Override
            public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint endpoint) {
                to.engine.receive(buffer, offset, length, from, world.now, this);
            }

            @Override
            public void packet(WgPeer peer, ByteBuffer buffer, int offset, int length) {}
        };
    }

    private static long allocated(Runnable body) {
        for (int i = 0; i < WARM_UP; i++) {
            body.run();
        }
        long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (int i = 0; i < PACKETS; i++) {
            body.run();
        }
        return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    }
}
