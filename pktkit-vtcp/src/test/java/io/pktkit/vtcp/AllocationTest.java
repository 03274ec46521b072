// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.device.Offload;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A transfer in steady state allocates nothing: neither for a segment nor for a byte. */
class AllocationTest {
    private static final int ROUNDS = 4000;
    private static final int WARM_UP = 3 * ROUNDS; // more than a second, so that each timer has run once
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("10.0.0.1"), 40000, IpAddress.parse("10.0.0.2"), 80);

    private static final Set<Offload> BOTH = Set.of(Offload.SEGMENTATION, Offload.CHECKSUM);

    private final Pipe toServer = new Pipe();
    private final Pipe toClient = new Pipe();
    private final TcpSegment segment = new TcpSegment();
    private ByteBuffer source = ByteBuffer.allocate(8000);
    private final ByteBuffer target = ByteBuffer.allocate(70_000);
    private long now;

    @ParameterizedTest
    @EnumSource
    void shouldNotAllocateInSteadyState(CongestionAlgorithm algorithm) {
        assertNoAllocation(TcpConfig.builder().congestion(algorithm).build());
    }

    @Test
    void shouldNotAllocateForSuperSegments() {
        toServer.superSegments = true;
        source = ByteBuffer.allocate(60_000);
        assertNoAllocation(TcpConfig.defaults());
        assertTrue(toServer.superSegmentsSent > ROUNDS, "super-segments=" + toServer.superSegmentsSent);
    }

    @Test
    void shouldNotAllocateForMarks() {
        toServer.markEach = 5;
        long marks =
                assertNoAllocation(TcpConfig.builder().ecn(EcnMode.ACCURATE).build());
        assertTrue(marks > ROUNDS, "bytes=" + marks);
    }

    private long assertNoAllocation(TcpConfig config) {
        TcpConnection client = TcpConnection.connect(config, TUPLE, (t, at) -> 1, toServer, now);
        TcpConnection server =
                TcpConnection.accept(config, TUPLE.reversed(), (t, at) -> 2, toServer.take(segment), toClient, now);
        client.onSegment(toClient.take(segment), 0, now);
        server.onSegment(toServer.take(segment), 0, now);
        run(client, server, WARM_UP);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long segmentsBefore = client.info().counters().segmentsSent();
        long thread = Thread.currentThread().getId();

        long before = threads.getThreadAllocatedBytes(thread);
        run(client, server, ROUNDS);
        long allocated = threads.getThreadAllocatedBytes(thread) - before;

        long segments = client.info().counters().segmentsSent() - segmentsBefore;
        assertTrue(segments > ROUNDS, "segments=" + segments);
        assertTrue(allocated < 10_000, "bytes=" + allocated + " segments=" + segments);
        return client.info().ecn().option().ceBytes();
    }

    private void run(TcpConnection client, TcpConnection server, int rounds) {
        for (int i = 0; i < rounds; i++) {
            now += 100_000;
            source.clear();
            client.write(source, now);
            while (!toServer.isEmpty() || !toClient.isEmpty()) {
                if (!toServer.isEmpty()) {
                    server.onSegment(toServer.take(segment), toServer.segmentSize(), toServer.codepoint(), now);
                }
                if (!toClient.isEmpty()) {
                    client.onSegment(toClient.take(segment), toClient.codepoint(), now);
                }
            }
            target.clear();
            server.read(target, now);
            client.onTick(now);
            server.onTick(now);
        }
    }

    /** A ring of buffers, as a device would have. */
    private static final class Pipe implements SegmentSink {
        private final ByteBuffer[] slots = new ByteBuffer[1024];
        private final int[] lengths = new int[1024];
        private final int[] codepoints = new int[1024];
        private final int[] segmentSizes = new int[1024];
        private boolean superSegments;
        private int superSegmentsSent;
        /** One in so many ECN-capable segments is marked; 0 is none. */
        private int markEach;

        private int head;
        private int tail;

        Pipe() {
            for (int i = 0; i < slots.length; i++) {
                slots[i] = ByteBuffer.allocate(2048);
            }
        }

        @Override
        public ByteBuffer reserve(int length) {
            ByteBuffer slot = slots[tail & 1023];
            if (slot.capacity() < 64 + length) {
                slot = ByteBuffer.allocate(66_000); // while it warms up
                slots[tail & 1023] = slot;
            }
            return slot.position(64);
        }

        @Override
        public void commit(TcpTuple tuple, ByteBuffer bytes, int offset, int length, int ecn, boolean df) {
            boolean marked = ecn != 0 && markEach > 0 && tail % markEach == 0;
            codepoints[tail & 1023] = marked ? 3 : ecn;
            lengths[tail++ & 1023] = length;
        }

        @Override
        public Set<Offload> offloads() {
            return superSegments ? BOTH : Set.of();
        }

        @Override
        public void commit(
                TcpTuple tuple,
                ByteBuffer bytes,
                int offset,
                int length,
                int segmentSize,
                boolean checksumPending,
                int ecn,
                boolean df) {
            segmentSizes[tail & 1023] = segmentSize;
            superSegmentsSent += segmentSize > 0 ? 1 : 0;
            commit(tuple, bytes, offset, length, ecn, df);
        }

        /** Of the segment taken last. */
        int segmentSize() {
            return segmentSizes[(head - 1) & 1023];
        }

        boolean isEmpty() {
            return head == tail;
        }

        /** Of the segment taken last. */
        int codepoint() {
            return codepoints[(head - 1) & 1023];
        }

        TcpSegment take(TcpSegment view) {
            int slot = head++ & 1023;
            return view.wrap(slots[slot], 64, lengths[slot]);
        }
    }
}
