// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.wire.Packet;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a translated packet allocates, by the JVM's own account of this thread. */
class AllocationTest {

    private static final int ROUNDS = 50_000;

    /** On a busy machine the compiler gets its turn late. */
    private static final int MOST_ROUNDS_TO_WARM_UP = 20;

    /** For the compiler and for measuring itself; one object for each packet would be sixteen times that. */
    private static final long SLACK_BYTES = ROUNDS;

    @Test
    void shouldAllocateNothingForWhatIsKnown() {
        NatWorld world = new NatWorld();
        int udp = world.mapUdp(NatWorld.HOST, 5000, NatWorld.SERVER, 53);
        int tcp = world.connect(NatWorld.HOST, 5001, NatWorld.SERVER, 80);
        int query = world.passedOut(NatWorld.ping(NatWorld.HOST, NatWorld.SERVER, true, 7))
                .sourcePort();
        Packet sent = world.passedOut(NatWorld.udp(NatWorld.HOST, 5000, NatWorld.SERVER, 53))
                .packet();
        Packet[] out = {
            new Packet().wrap(NatWorld.udp(NatWorld.HOST, 5000, NatWorld.SERVER, 53)),
            new Packet().wrap(NatWorld.tcp(NatWorld.HOST, 5001, NatWorld.SERVER, 80, NatWorld.ACK)),
            new Packet().wrap(NatWorld.ping(NatWorld.HOST, NatWorld.SERVER, true, 7)),
        };
        Packet[] in = {
            new Packet().wrap(NatWorld.udp(NatWorld.SERVER, 53, NatWorld.PUBLIC, udp)),
            new Packet().wrap(NatWorld.tcp(NatWorld.SERVER, 80, NatWorld.PUBLIC, tcp, NatWorld.ACK)),
            new Packet().wrap(NatWorld.ping(NatWorld.SERVER, NatWorld.PUBLIC, false, query)),
            new Packet().wrap(NatWorld.error(NatWorld.SERVER, NatWorld.PUBLIC, 3, 4, sent)),
        };
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<Long> allocated = new ArrayList<>();
        do {
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            run(world, out, in);
            allocated.add(threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
        } while (allocated.get(allocated.size() - 1) >= SLACK_BYTES && allocated.size() < MOST_ROUNDS_TO_WARM_UP);

        assertTrue(allocated.get(allocated.size() - 1) < SLACK_BYTES, "allocated=" + allocated);
    }

    private static void run(NatWorld world, Packet[] out, Packet[] in) {
        for (int i = 0; i < ROUNDS; i++) {
            world.output.clear();
            for (Packet packet : out) {
                world.engine.fromInside(world.link, packet, world.now++, world.output);
            }
            for (Packet packet : in) {
                world.engine.fromOutside(packet, world.now++, world.output);
            }
            assertTrue(world.output.size() == out.length + in.length);
        }
    }
}
