// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A sender whose peer acknowledges what it likes: blocks anywhere, also at SND.UNA, windows that close and shrink, marks,
 * old echoes, and routers that refuse packets, while the timers run. In the end the peer is honest, and has to get all.
 */
class HostileAcknowledgmentTest {
    private static final long MS = 1_000_000L;
    private static final int ISS = -20;
    private static final int IRS = 0x7fffffff;
    private static final int STEPS = 200;
    private static final int HONEST_STEPS = 800;
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("192.0.2.1"), 40000, IpAddress.parse("192.0.2.2"), 80);
    private static final SegmentSink NOWHERE = new SegmentSink() {
        private final ByteBuffer buffer = ByteBuffer.allocate(70_000);

        @Override
        public @Nullable ByteBuffer reserve(int length) {
            return buffer.position(60);
        }

        @Override
        public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean df) {}
    };

    @Test
    void shouldKeepItsBooksAndDeliverInTheEnd() {
        for (long seed = 0; seed < 1000; seed++) {
            new Attack(seed).run();
        }
    }

    private static final class Attack {
        private final long seed;
        private final Random random;
        private final boolean timestamps;
        private final TcpConnection connection;
        private final Invariants invariants;
        private long now;
        private int tsVal = 6;

        Attack(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.timestamps = random.nextBoolean();
            TcpConfig config = TcpConfig.builder()
                    .sendBuffer(65_536)
                    .congestion(any(CongestionAlgorithm.values()))
                    .pacing(random.nextBoolean())
                    .mtuProbing(any(MtuProbing.values()))
                    .ecn(any(EcnMode.values()))
                    .retries(32)
                    .build();
            String options = "mss " + (random.nextInt(4) == 0 ? random.nextInt(200) : 1000)
                    + (random.nextInt(4) == 0 ? "" : ",sackOK")
                    + (timestamps ? ",TS 5 0" : "")
                    + (random.nextBoolean() ? ",wscale " + random.nextInt(15) : "");
            String syn = (random.nextBoolean() ? "S" : "SEW") + " 0:0(0) <" + options + ">";
            this.connection = TcpConnection.accept(config, TUPLE, (t, at) -> ISS, segment(syn), NOWHERE, now);
            this.invariants = new Invariants(connection.tcb(), "seed=" + seed);
        }

        private <T> T any(T[] values) {
            return values[random.nextInt(values.length)];
        }

        void run() {
            receive(acknowledgment(1, random.nextInt(65_536), ""));
            write(40_000);
            for (int i = 0; i < STEPS; i++) {
                int what = random.nextInt(10);
                if (what < 4) {
                    tick();
                } else if (what == 4) {
                    write(random.nextInt(5000));
                } else if (what == 5) {
                    int quoted = ISS + una() + random.nextInt(3000);
                    connection.onPacketTooBig(random.nextInt(1600), quoted, now);
                    invariants.check();
                } else {
                    now += random.nextInt(50) * MS;
                    receive(nonsense());
                }
            }
            for (int i = 0; i < HONEST_STEPS && queues().sendQueued() > 0; i++) {
                if (random.nextBoolean()) {
                    tick();
                }
                now += 10 * MS;
                receive(acknowledgment(una() + unacknowledged(), 65_535, ""));
            }
            assertEquals(0, queues().sendQueued(), () -> "seed=" + seed + " " + connection.info());
        }

        private void tick() {
            if (connection.nextDeadlineNanos() != Long.MAX_VALUE) {
                now = Math.max(now, connection.nextDeadlineNanos()) + random.nextInt(20) * MS;
                connection.onTick(now);
                invariants.check();
            }
        }

        private void write(int length) {
            connection.write(ByteBuffer.allocate(length), now);
            invariants.check();
        }

        private void receive(String text) {
            connection.onSegment(segment(text), random.nextInt(4), now);
            invariants.check();
        }

        private String nonsense() {
            StringBuilder blocks = new StringBuilder();
            for (int i = random.nextInt(4); i > 0; i--) {
                int start = una() + (random.nextInt(3) == 0 ? 0 : random.nextInt(unacknowledged() + 1) / 250 * 250);
                start -= random.nextInt(5) == 0 ? 1000 : 0;
                blocks.append(",sack ").append(start).append(':').append(start + 1 + random.nextInt(4000));
            }
            int window = random.nextInt(3) == 0 ? 0 : random.nextInt(random.nextInt(3) == 0 ? 10 : 65_536);
            int ack = una() + (random.nextBoolean() ? 0 : random.nextInt(unacknowledged() + 1));
            String marks = random.nextInt(3) == 0 ? "E" : "";
            return marks + acknowledgment(ack, window, blocks.toString());
        }

        private String acknowledgment(int ack, int window, String blocks) {
            String echo = "";
            if (timestamps) {
                tsVal += random.nextInt(3);
                echo = ",TS " + tsVal + " " + Math.max(0, now / MS - random.nextInt(300));
            }
            String options = (echo + blocks).replaceFirst("^,", "");
            return ". 1:1(0) ack " + ack + " win " + window + " <" + options + ">";
        }

        private TcpInfo.Queues queues() {
            return connection.info().queues();
        }

        private int una() {
            return 1 + (int) connection.info().counters().bytesAcked();
        }

        private int unacknowledged() {
            return (int) queues().unacknowledged();
        }

        private static TcpSegment segment(String text) {
            ByteBuffer bytes = SegmentText.parse(text).encode(IRS, ISS);
            return new TcpSegment().wrap(bytes, 0, bytes.limit());
        }
    }
}
