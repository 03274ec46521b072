// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.Controls;
import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Senders that share one bottleneck with a tail-drop queue, in virtual time. What is received is counted here and not
 * looked at; that every byte is the right one is for {@link Simulation} to show.
 */
final class Bottleneck {
    static final long MS = 1_000_000L;
    private static final int HEADERS = 20;

    private record Delivery(long at, long order, End to, ByteBuffer bytes, int queued) {}

    /** Bytes a second. */
    double rate;
    /** From sender to receiver and back, without queue and transmission. */
    long rtt;
    /** Bytes that the queue holds. */
    long buffer;
    /** The share of packets lost on the way there. */
    double loss;
    /** Of one in so many packets, that it comes this much later than those after it. */
    int reorderOneIn;

    long reorderBy;
    /** Acknowledgments arrive together at multiples of this; 0 for each by itself. */
    long lump;

    final List<Flow> flows = new ArrayList<>();
    long now;
    /** The longest queue since {@link #restartMeasurement}, and the sum and count over the packets that entered it. */
    long longestQueue;

    private double queueSum;
    private long queueCount;
    private long queue;
    private long lineFree;
    private long order;
    private final Random random;
    private final String context;
    private final PriorityQueue<Delivery> inFlight =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private long measuredFrom;

    Bottleneck(long seed, double megabits, long rttMillis, double buffersInBdp) {
        random = new Random(seed);
        context = "seed=" + seed;
        rate = megabits * 125_000;
        rtt = rttMillis * MS;
        buffer = (long) (buffersInBdp * bdp());
    }

    double bdp() {
        return rate * rtt / 1e9;
    }

    String context() {
        return context;
    }

    Flow open(CongestionAlgorithm algorithm) {
        Flow flow = new Flow(algorithm, flows.size());
        flows.add(flow);
        flow.sender.connection =
                TcpConnection.connect(flow.config, flow.tuple, (t, at) -> 77 * t.localPort(), flow.sender, now);
        return flow;
    }

    /** Lets time pass. */
    void run(long millis) {
        long until = now + millis * MS;
        flows.forEach(Flow::write);
        for (long next = nextEvent(); next <= until; next = nextEvent()) {
            now = Math.max(now, next);
            Delivery delivery = inFlight.peek();
            if (delivery != null && delivery.at <= now) {
                inFlight.remove();
                queue -= delivery.queued;
                delivery.to.receive(delivery.bytes);
            }
            for (Flow flow : flows) {
                flow.sender.tick();
                flow.receiver.tick();
                flow.write();
            }
        }
        now = until;
    }

    private long nextEvent() {
        Delivery delivery = inFlight.peek();
        long next = delivery == null ? Long.MAX_VALUE : delivery.at;
        for (Flow flow : flows) {
            next = Math.min(next, Math.min(flow.sender.deadline(), flow.receiver.deadline()));
            next = Math.min(next, flow.nextWrite());
        }
        return next;
    }

    void restartMeasurement() {
        longestQueue = 0;
        queueSum = 0;
        queueCount = 0;
        measuredFrom = now;
        for (Flow flow : flows) {
            flow.receivedBefore = flow.received;
        }
    }

    /** The mean queue that a packet met, in bandwidth-delay products. */
    double meanQueue() {
        return queueCount == 0 ? 0 : queueSum / queueCount / bdp();
    }

    /** The share of the link, headers not counted, that all flows together got. */
    double utilization() {
        return flows.stream().mapToDouble(Flow::share).sum();
    }

    String describe() {
        StringBuilder text = new StringBuilder(context);
        text.append(String.format(
                " utilization=%.3f queue mean=%.2f longest=%.2f BDP",
                utilization(), meanQueue(), longestQueue / bdp()));
        for (Flow flow : flows) {
            text.append(" | ").append(flow.info().congestion());
        }
        return text.toString();
    }

    private void forward(End to, byte[] bytes) {
        int length = bytes.length + HEADERS;
        queueSum += queue;
        queueCount++;
        if (queue + length > buffer || random.nextDouble() < loss) {
            return;
        }
        queue += length;
        longestQueue = Math.max(longestQueue, queue);
        lineFree = Math.max(now, lineFree) + (long) (length * 1e9 / rate);
        // leaves the queue, and then travels
        inFlight.add(new Delivery(lineFree, order++, to.relay, ByteBuffer.wrap(bytes), length));
    }

    private void travel(End to, ByteBuffer bytes) {
        long at = now + rtt / 2;
        if (reorderOneIn > 0 && random.nextInt(reorderOneIn) == 0) {
            at += reorderBy;
        }
        inFlight.add(new Delivery(at, order++, to, bytes, 0));
    }

    private void back(End to, byte[] bytes) {
        long at = now + rtt - rtt / 2;
        if (lump > 0) {
            at = (at + lump - 1) / lump * lump;
        }
        inFlight.add(new Delivery(at, order++, to, ByteBuffer.wrap(bytes), 0));
    }

    /** One connection with its application, which sends all the time unless it is told otherwise. */
    final class Flow {
        final TcpConfig config;
        final TcpTuple tuple;
        final End sender = new End(this, true);
        final End receiver = new End(this, false);
        /** Bytes a second that the application writes at most, in portions each 10 ms; 0 for no limit. */
        double applicationRate;

        boolean paused;
        long received;
        private long receivedBefore;
        private long nextPortion;
        private double credit;
        private final ByteBuffer source = ByteBuffer.allocate(1 << 16);

        private Flow(CongestionAlgorithm algorithm, int index) {
            config = TcpConfig.builder()
                    .congestion(algorithm)
                    .sendBuffer(1 << 23)
                    .receiveBuffer(1 << 23)
                    .build();
            tuple = new TcpTuple(IpAddress.parse("10.0.0.1"), 40_000 + index, IpAddress.parse("10.0.0.2"), 80);
        }

        TcpInfo info() {
            return sender.connection().info();
        }

        CongestionControl control() {
            return Controls.of(sender.connection().tcb());
        }

        double share() {
            int mss = info().negotiated().sendMss();
            double seconds = (now - measuredFrom) / 1e9;
            return (received - receivedBefore) / (rate * seconds) * (mss + 52) / mss;
        }

        private long nextWrite() {
            return applicationRate > 0 && !paused ? Math.max(now, nextPortion) : Long.MAX_VALUE;
        }

        private void write() {
            if (paused || !sender.connection().isEstablished()) {
                nextPortion = now + 10 * MS;
                return;
            }
            if (applicationRate > 0) {
                if (now < nextPortion) {
                    return;
                }
                nextPortion = now + 10 * MS;
                credit += applicationRate / 100;
            }
            int limit = applicationRate > 0 ? (int) credit : Integer.MAX_VALUE;
            while (limit > 0 && sender.connection().writable() > 0) {
                source.clear().limit(Math.min(limit, source.capacity()));
                int taken = sender.connection().write(source, now);
                if (taken <= 0) {
                    break;
                }
                limit -= taken;
                credit = Math.max(0, credit - taken);
            }
        }
    }

    /** An end, or with a relay the place behind the queue. */
    final class End implements SegmentSink {
        private final Flow flow;
        private final boolean sends;
        private final ByteBuffer buffer = ByteBuffer.allocate(70_000);
        private final ByteBuffer target = ByteBuffer.allocate(70_000);
        private final @Nullable End behind;
        private final End relay;
        private @Nullable TcpConnection connection;

        private End(Flow flow, boolean sends) {
            this.flow = flow;
            this.sends = sends;
            this.behind = null;
            this.relay = new End(this);
        }

        private End(End behind) {
            this.flow = behind.flow;
            this.sends = behind.sends;
            this.behind = behind;
            this.relay = this;
        }

        TcpConnection connection() {
            if (connection == null) {
                throw new IllegalStateException("not open");
            }
            return connection;
        }

        private long deadline() {
            return connection == null ? Long.MAX_VALUE : connection.nextDeadlineNanos();
        }

        private void tick() {
            if (connection != null && connection.nextDeadlineNanos() <= now) {
                connection.onTick(now);
            }
        }

        private void receive(ByteBuffer bytes) {
            if (behind != null) {
                travel(behind, bytes);
                return;
            }
            TcpSegment segment = new TcpSegment().wrap(bytes, 0, bytes.limit());
            if (connection == null) {
                assertTrue(segment.has(TcpSegment.SYN), context);
                connection = TcpConnection.accept(flow.config, flow.tuple.reversed(), (t, at) -> 7, segment, this, now);
                return;
            }
            connection.onSegment(segment, 0, now);
            if (!sends) {
                for (int length = read(); length > 0; length = read()) {
                    flow.received += length;
                }
            }
        }

        private int read() {
            return connection().read(target.clear(), now);
        }

        @Override
        public ByteBuffer reserve(int length) {
            return buffer.clear();
        }

        @Override
        public void commit(TcpTuple ends, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
            byte[] copy = new byte[length];
            segment.get(offset, copy);
            if (sends) {
                forward(flow.receiver, copy);
            } else {
                back(flow.sender, copy);
            }
        }
    }
}
