// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.datagram.AbstractDatagramEndpoint;
import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramFeature;
import io.pktkit.time.ManualTime;
import io.pktkit.wg.NoCipher;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a packet through two ports allocates, but for the cipher. */
class AllocationTest {

    private static final int ROUNDS = 20_000;
    private static final int ATTEMPTS = 50;

    /** What measuring, the compiler and a counter's first contention may cost; one object a packet would be 16 times that. */
    private static final long SLACK_BYTES = ROUNDS;

    private static final IpAddress HERE = IpAddress.parse("192.0.2.10");
    private static final IpAddress THERE = IpAddress.parse("192.0.2.1");

    private final ManualTime time = new ManualTime();

    /** An end of a wire of one datagram, which itself allocates nothing. */
    private static final class Wire extends AbstractDatagramEndpoint {

        private final IpAddress own;
        private final Datagram datagram = new Datagram();
        private final ByteBuffer waiting = ByteBuffer.allocateDirect(64 << 10);
        private final int[] lengths = new int[16];
        private int count;
        private @Nullable Wire other;

        Wire(IpAddress own) {
            super(4);
            this.own = own;
        }

        @Override
        protected DatagramBatch newBatch() {
            return new DatagramBatch(this) {
                @Override
                protected int transmit() {
                    Wire far = Objects.requireNonNull(other);
                    for (int i = 0; i < size(); i++) {
                        far.waiting.put(far.count * 4096, buffer(), offset(i), length(i));
                        far.lengths[far.count++] = length(i);
                    }
                    return size();
                }
            };
        }

        @Override
        protected int drain() {
            int taken = count;
            for (int i = 0; i < taken; i++) {
                IpAddress from = Objects.requireNonNull(other).own;
                datagram.remote(true, from.high(), from.low(), 0, VirtualNet.PORT);
                datagram.local(own.high(), own.low(), 2);
                deliver(datagram.payload(waiting, i * 4096, lengths[i]));
            }
            count = 0;
            return taken;
        }

        @Override
        protected void awaitReadable() {
            throw new IllegalStateException("it is polled");
        }

        @Override
        protected void wakeReceiver() {}

        @Override
        protected void release() {}

        @Override
        protected boolean reaches(boolean isIpv4) {
            return isIpv4;
        }

        @Override
        public @Nullable IpAddress localAddress(IpFamily family) {
            return family == IpFamily.IPV4 ? own : null;
        }

        @Override
        public int port() {
            return VirtualNet.PORT;
        }

        @Override
        public Set<DatagramFeature> features() {
            return EnumSet.noneOf(DatagramFeature.class);
        }

        @Override
        public boolean setSegmentation(boolean wanted) {
            return false;
        }

        @Override
        public String describe() {
            return "a wire";
        }
    }

    @Test
    void shouldAllocateNothingForAPacketThroughATunnel() throws IOException {
        VirtualNet keys = new VirtualNet();
        WgPortConfig config = keys.config()
                .timers(time)
                .engine(settings -> settings.cipher(NoCipher.CIPHER))
                .build();
        Wire a = new Wire(HERE);
        Wire b = new Wire(THERE);
        a.other = b;
        b.other = a;
        WgPort here = WgPort.over(a, config);
        WgPort there = WgPort.over(b, config);
        WgDevice client = here.addDevice(keys.key());
        WgDevice server = there.addDevice(keys.key());
        client.peers().add(server.identity().publicKey(), options("0.0.0.0/0").endpoint(at(THERE.toString())));
        server.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        long[] received = new long[2];
        Packet answer = packet("10.0.0.1", "10.0.0.2", 1000).ecn(2);
        Packet question = packet("10.0.0.2", "10.0.0.1", 1000).ecn(2);
        server.attach(packet -> {
            received[0]++;
            server.send(answer);
        });
        client.attach(packet -> received[1]++);
        for (int i = 0; i < 4; i++) {
            client.send(question);
            there.poll();
            here.poll();
        }

        assertAllocatesNothing(() -> {
            client.send(question);
            try {
                there.poll();
                here.poll();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });

        assertTrue(received[0] >= ROUNDS, "received=" + received[0]);
        assertEquals(received[0], received[1]);
        here.close();
        there.close();
        keys.close();
    }

    /** How far the compiler has got decides what is allocated, and it has little of a busy machine: so more than once. */
    private static void assertAllocatesNothing(Runnable task) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        long bytes = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS && bytes >= SLACK_BYTES; attempt++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < ROUNDS; i++) {
                task.run();
            }
            bytes = threads.getThreadAllocatedBytes(id) - before;
        }
        assertTrue(bytes < SLACK_BYTES, bytes + " bytes in " + ROUNDS + " rounds");
    }
}
