// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Offload;
import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with one engine in virtual time: the test plays the peer and the application. Times are milliseconds
 * since the start. Segments are written as {@link SegmentText} says. What the engine sends must be expected in order;
 * {@link #end} and every injection insist that nothing else was sent.
 */
final class Script {
    static final long MS = 1_000_000L;
    private static final int MOST_SENT = 10_000;
    private static final long ORIGIN = -7_000_000_123L;
    private static final int ISS = 0xfffffff0;
    private static final int IRS = 0x7ffffffa;
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("192.0.2.1"), 40000, IpAddress.parse("192.0.2.2"), 80);

    private record Sent(long at, SegmentText text) {}

    private final Deque<Sent> sent = new ArrayDeque<>();
    private final EctRule ect = new EctRule();
    private final Sink sink = new Sink();
    private final TcpConfig config;
    private @Nullable TcpConnection connection;
    private @Nullable Invariants invariants;
    private long now = ORIGIN;
    private int written;
    private int readCount;
    private boolean mayFragment;
    private boolean superSegments;

    private Script(TcpConfig config) {
        this.config = config;
    }

    /**
     * Settings that make arithmetic easy: MSS 1000 both ways is left to the peer, NewReno, no delayed ACK, segments whose
     * size does not follow from timeouts.
     */
    static TcpConfigBuilder config() {
        return TcpConfig.builder()
                .mtuProbing(MtuProbing.OFF)
                .congestion(CongestionAlgorithm.NEW_RENO)
                .pacing(false)
                .delayedAck(java.time.Duration.ZERO)
                .receiveBuffer(32_768)
                .sendBuffer(1 << 20);
    }

    /** Opens actively; the SYN is still to be expected. */
    static Script connect(TcpConfig config) {
        Script script = new Script(config);
        script.open(TcpConnection.connect(config, TUPLE, (t, at) -> ISS, script.sink, script.now));
        return script;
    }

    /** The far side takes super-segments from now on, or takes none any more. */
    Script superSegments(boolean taken) {
        superSegments = taken;
        return this;
    }

    /** Opens actively with data and Fast Open, or with null without it; the SYN is still to be expected. */
    static Script connect(TcpConfig config, @Nullable FastOpenCookie cookie, int length) {
        Script script = new Script(config);
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (1 + i);
        }
        script.written = length;
        script.open(TcpConnection.connect(
                config, TUPLE, (t, at) -> ISS, cookie, ByteBuffer.wrap(data), script.sink, script.now));
        return script;
    }

    /** Opens passively on a SYN; the SYN-ACK is still to be expected. */
    static Script accept(TcpConfig config, String syn) {
        return accept(config, syn, SynAnswer.HOLD);
    }

    static Script accept(TcpConfig config, String syn, SynAnswer answer) {
        Script script = new Script(config);
        SegmentText text = SegmentText.parse(syn);
        ByteBuffer bytes = text.encode(IRS, ISS);
        TcpSegment segment = new TcpSegment().wrap(bytes, 0, bytes.limit());
        script.open(TcpConnection.accept(
                config, TUPLE, (t, at) -> ISS, segment, text.codepoint(), answer, script.sink, script.now));
        return script;
    }

    /** An established client whose SYN was answered after 100 ms, with these options of the peer's SYN-ACK. */
    static Script established(TcpConfig config, String options) {
        return established(config, options, 65535);
    }

    static Script established(TcpConfig config, String options, int window) {
        Script script = connect(config);
        script.drop();
        script.at(100).inject("S. 0:0(0) ack 1 win " + window + " <" + options + ">");
        script.expect(". 1:1(0) ack 1");
        return script;
    }

    private void open(TcpConnection opened) {
        connection = opened;
        invariants = new Invariants(opened.tcb(), "script");
        check();
    }

    TcpConnection connection() {
        if (connection == null) {
            throw new IllegalStateException("not open");
        }
        return connection;
    }

    /** Lets time pass up to this many milliseconds after the start, serving timers when they are due. */
    Script at(long millis) {
        return until(nanos(millis));
    }

    /** Lets time pass. */
    Script pause(long millis) {
        return until(now + millis * MS);
    }

    /** A call of the timer that nothing is due for. */
    Script tick() {
        connection().onTick(now);
        check();
        return this;
    }

    /** What the clock of the engine reads at this many milliseconds after the start. */
    static long nanos(long millis) {
        return ORIGIN + millis * MS;
    }

    private Script until(long target) {
        while (connection().nextDeadlineNanos() <= target) {
            now = Math.max(now, connection().nextDeadlineNanos());
            connection().onTick(now);
            check();
            assertTrue(connection().nextDeadlineNanos() > now, "a timer that was served is still due");
        }
        now = target;
        return this;
    }

    Script inject(String text) {
        end();
        return injectMore(text);
    }

    /** Injects without insisting that all answers so far were expected. */
    Script injectMore(String text) {
        SegmentText segment = SegmentText.parse(text);
        ByteBuffer bytes = segment.encode(IRS, ISS);
        connection()
                .onSegment(
                        new TcpSegment().wrap(bytes, 0, bytes.limit()),
                        segment.segmentSize(),
                        segment.codepoint(),
                        now);
        check();
        return this;
    }

    /** The next segment sent, at whatever time. */
    Script expect(String text) {
        assertTrue(!sent.isEmpty(), () -> "nothing was sent; expected " + text);
        SegmentText actual = sent.removeFirst().text;
        assertTrue(SegmentText.parse(text).matches(actual), () -> "expected " + text + " but was " + actual);
        return this;
    }

    /** Runs timers until something is sent, which must be this, at this time, give or take a millisecond. */
    Script expectAt(long millis, String text) {
        while (sent.isEmpty() && connection().nextDeadlineNanos() <= ORIGIN + (millis + 1) * MS) {
            until(connection().nextDeadlineNanos());
        }
        assertTrue(!sent.isEmpty(), () -> "nothing was sent by " + millis + " ms; expected " + text);
        long at = (sent.getFirst().at - ORIGIN) / MS;
        assertTrue(Math.abs(at - millis) <= 1, "expected at " + millis + " ms but was at " + at + " ms: " + text);
        return expect(text);
    }

    /** Nothing was sent that has not been expected. */
    Script end() {
        assertTrue(sent.isEmpty(), () -> "unexpected: " + sent.getFirst().text);
        return this;
    }

    /** Forgets what was sent. */
    Script drop() {
        sent.clear();
        return this;
    }

    int pending() {
        return sent.size();
    }

    Script write(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (1 + written + i);
        }
        assertEquals(length, connection().write(ByteBuffer.wrap(bytes), now), "bytes taken");
        written += length;
        check();
        return this;
    }

    /** Reads exactly this many bytes and checks that they are the peer's stream. */
    Script read(int length) {
        ByteBuffer target = ByteBuffer.allocate(length);
        assertEquals(length, connection().read(target, now), "bytes read");
        for (int i = 0; i < length; i++) {
            assertEquals((byte) (1 + readCount + i), target.get(i), "octet " + (readCount + i));
        }
        readCount += length;
        check();
        return this;
    }

    /** What a read answers when there is nothing: 0, or -1 at the end. */
    Script readAnswers(int expected) {
        assertEquals(expected, connection().read(ByteBuffer.allocate(1), now));
        return this;
    }

    Script shutdown() {
        connection().shutdownOutput(now);
        check();
        return this;
    }

    Script release() {
        connection().release(now);
        check();
        return this;
    }

    Script release(long lingerMillis) {
        connection().release(lingerMillis * MS, now);
        check();
        return this;
    }

    Script abort() {
        connection().abort(now);
        check();
        return this;
    }

    Script packetTooBig(int mtu, int sequence) {
        connection().onPacketTooBig(mtu, ISS + sequence, now);
        check();
        return this;
    }

    Script unreachable(boolean hard, int sequence) {
        connection().onUnreachable(hard, ISS + sequence, now);
        check();
        return this;
    }

    boolean acceptsNewSyn(String syn) {
        ByteBuffer bytes = SegmentText.parse(syn).encode(IRS, ISS);
        return connection().acceptsNewSyn(new TcpSegment().wrap(bytes, 0, bytes.limit()), now);
    }

    Script state(TcpState expected) {
        assertEquals(expected, connection().state());
        return this;
    }

    Script failure(@Nullable TcpFailure expected) {
        assertEquals(expected, connection().failure());
        return this;
    }

    /** Whether the last segment sent may be fragmented. */
    boolean mayFragment() {
        return mayFragment;
    }

    TcpInfo info() {
        return connection().info(now);
    }

    /** The TSval that the engine would send now. */
    int ts() {
        return (int) Math.floorDiv(now, MS);
    }

    private void check() {
        if (invariants != null) {
            invariants.check();
        }
    }

    private final class Sink implements SegmentSink {
        private final ByteBuffer buffer = ByteBuffer.allocate(70_000);

        @Override
        public ByteBuffer reserve(int length) {
            java.util.Arrays.fill(buffer.array(), (byte) 0xa5);
            return buffer.position(40);
        }

        @Override
        public Set<Offload> offloads() {
            return superSegments ? Set.of(Offload.SEGMENTATION, Offload.CHECKSUM) : Set.of();
        }

        @Override
        public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
            throw new AssertionError("the engine calls the other one");
        }

        @Override
        public void commit(
                TcpTuple tuple,
                ByteBuffer segment,
                int offset,
                int length,
                int segmentSize,
                boolean checksumPending,
                int ecn,
                boolean dontFragment) {
            assertTrue(sent.size() < MOST_SENT, "it sends without end");
            assertEquals(superSegments, checksumPending, "checksum pending");
            TcpSegment view = new TcpSegment().wrap(segment, offset, length);
            int longest = segmentSize == 0 ? length : view.headerLength() + segmentSize;
            assertTrue(longest + 20 <= config.mtu(), "larger than the MTU");
            assertTrue(segmentSize == 0 || (superSegments && view.payloadLength() > segmentSize), "no super-segment");
            assertTrue(segmentSize == 0 || length <= SegmentSink.MAX_SUPER_SEGMENT, "too long");
            ect.check(view, ecn);
            SegmentText text = SegmentText.of(view, segmentSize, ecn, ISS, IRS);
            for (int i = 0; i < text.length(); i++) {
                byte expected = (byte) (text.firstOctet() + i);
                assertEquals(expected, segment.get(view.payloadOffset() + i), "payload of " + text);
            }
            sent.addLast(new Sent(now, text));
            mayFragment = !dontFragment;
        }
    }
}
