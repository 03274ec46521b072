// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Offload;
import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One end of a simulated connection: engine, sink, and an application that writes a known stream and checks one. */
final class Endpoint implements SegmentSink {
    private static final int HEADROOM = 54;

    /** What an end sends through. */
    enum Card {
        /** Takes finished segments only. */
        PLAIN,
        /** Makes checksums. */
        SUMS,
        /** Cuts super-segments, and makes checksums. */
        CUTS,
        /** Passes super-segments on whole, as between two guests of one host. */
        PASSES
    }

    Card card = Card.PLAIN;
    /** Super-segments sent. */
    int superSegments;

    final String name;
    final TcpConfig config;
    final int toSend;
    final Random random;

    @Nullable
    TcpConnection connection;
    /** Where segments go: a copy of each. */
    Consumer<Packet> wire = packet -> {};

    int received;
    /** The largest piece written at once. */
    int chunk = 5000;
    /** How long the application waits, at most, after each write. */
    long pause;
    /** How often it still stops reading for a while, and for how long at most. */
    int stalls;

    long stallFor;
    /** Whether it ends its stream only after the peer's. */
    boolean endsSecond;

    /** The other end, if the path between them keeps what it says. */
    @Nullable
    Endpoint peer;

    private final ByteBuffer buffer = ByteBuffer.allocate(70_000);
    private final ByteBuffer scratch = ByteBuffer.allocate(9000);
    private final EctRule ect = new EctRule();
    private final int streamSeed;
    private @Nullable Invariants invariants;
    private int written;
    private boolean sawEnd;
    private boolean released;
    private long writesAt = Long.MIN_VALUE;
    private long readsAt = Long.MIN_VALUE;

    Endpoint(String name, TcpConfig config, int toSend, int streamSeed, Random random) {
        this.name = name;
        this.config = config;
        this.toSend = toSend;
        this.streamSeed = streamSeed;
        this.random = random;
    }

    void open(TcpConnection opened, String context) {
        connection = opened;
        invariants = new Invariants(opened.tcb(), context + " " + name);
        check();
    }

    TcpConnection connection() {
        if (connection == null) {
            throw new IllegalStateException("not open: " + name);
        }
        return connection;
    }

    void check() {
        if (invariants != null) {
            invariants.check();
        }
    }

    boolean isClosed() {
        return connection != null && connection.isClosed();
    }

    /** Drops what has arrived beyond a gap, as RFC 2018 section 8 allows; false if there is nothing. */
    boolean forget() {
        return invariants != null && invariants.renege();
    }

    /** Writes and reads what can be written and read, checks what was read, and ends the stream once all is written. */
    void runApplication(World world, long now, int peerSends, boolean hungry) {
        TcpConnection c = connection();
        write(world, now);
        if (written == toSend && c.state().isSynchronized() && (sawEnd || !endsSecond)) {
            c.shutdownOutput(now);
            check();
        }
        if (stalls > 0 && random.nextInt(20) == 0) {
            stalls--;
            long until = world.upTo(stallFor);
            readsAt = world.now + until;
            world.schedule(until, () -> {});
        }
        if (hungry && world.now >= readsAt) {
            read(now, peerSends, Integer.MAX_VALUE);
        }
        // A released connection gives up after eight probes, which a link this bad can lose.
        if (sawEnd && written == toSend && !released && allAcknowledged(c)) {
            released = true;
            c.release(now);
            check();
        }
    }

    private static boolean allAcknowledged(TcpConnection c) {
        return c.info().queues().sendQueued() == 0;
    }

    private void write(World world, long now) {
        TcpConnection c = connection();
        while (written < toSend && world.now >= writesAt && c.writable() > 0) {
            int taken = c.write(piece(Math.min(toSend - written, 1 + random.nextInt(chunk))), now);
            check();
            if (taken <= 0) {
                return;
            }
            written += taken;
            if (pause > 0) {
                long until = world.upTo(pause);
                writesAt = world.now + until;
                world.schedule(until, () -> {});
            }
        }
    }

    void read(long now, int peerSends, int most) {
        int limit = most;
        while (limit > 0
                && !sawEnd
                && (connection().readable() > 0 || connection().endOfStream())) {
            scratch.clear().limit(Math.min(limit, 1 + random.nextInt(scratch.capacity())));
            int length = connection().read(scratch, now);
            check();
            if (length < 0) {
                assertEquals(peerSends, received, name + " end of stream");
                sawEnd = true;
            }
            if (length <= 0) {
                return;
            }
            for (int i = 0; i < length; i++) {
                if (octet(1 - streamSeed, received + i) != scratch.get(i)) {
                    throw new AssertionError(name + " read something else at offset " + (received + i));
                }
            }
            received += length;
            limit -= length;
        }
    }

    private ByteBuffer piece(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = octet(streamSeed, written + i);
        }
        return ByteBuffer.wrap(bytes);
    }

    /** Byte {@code offset} of a stream. */
    static byte octet(int stream, int offset) {
        int x = (offset + 1) * 0x9e3779b1 + stream * 0x85ebca6b;
        return (byte) (x >>> 13);
    }

    /** What a host answers when it has no connection any more (RFC 9293 section 3.10.7.1). */
    void resetStray(TcpSegment stray, TcpTuple tuple) {
        ByteBuffer reset = ByteBuffer.allocate(20);
        reset.putInt(0, tuple.localPort() << 16 | tuple.remotePort());
        reset.putInt(4, stray.acknowledgmentNumber()).putInt(12, 5 << 28 | TcpSegment.RST << 16);
        int sum = Checksum.transport(tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, reset, 0, 20);
        reset.putShort(16, (short) sum);
        wire.accept(new Packet(reset.array(), 0, true));
    }

    @Override
    public ByteBuffer reserve(int length) {
        buffer.clear();
        java.util.Arrays.fill(buffer.array(), HEADROOM - 1, HEADROOM + length + 64, (byte) 0xa5);
        return buffer.position(HEADROOM);
    }

    @Override
    public Set<Offload> offloads() {
        return switch (card) {
            case PLAIN -> Set.of();
            case SUMS -> Set.of(Offload.CHECKSUM);
            case CUTS, PASSES -> Set.of(Offload.SEGMENTATION, Offload.CHECKSUM);
        };
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
        assertEquals(card != Card.PLAIN, checksumPending, "checksum pending");
        if (checksumPending) {
            int pseudo = Checksum.pseudoHeader(tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, length);
            assertEquals(pseudo, segment.getShort(offset + 16) & 0xFFFF, "sum of the pseudo-header");
            sum(tuple, segment, offset, length);
        }
        if (segmentSize == 0) {
            send(tuple, segment, offset, length, 0, ecn, dontFragment);
            return;
        }
        superSegments++;
        assertTrue(card == Card.CUTS || card == Card.PASSES, "nobody cuts super-segments");
        TcpSegment whole = new TcpSegment().wrap(segment, offset, length);
        assertTrue(whole.payloadLength() > segmentSize, "one segment: " + whole);
        if (card == Card.PASSES) {
            send(tuple, segment, offset, length, segmentSize, ecn, dontFragment);
        } else {
            cut(tuple, whole, segmentSize, ecn, dontFragment);
        }
    }

    /** As a network card does it: CWR only on the first, FIN and PSH only on the last. */
    private void cut(TcpTuple tuple, TcpSegment whole, int segmentSize, int ecn, boolean dontFragment) {
        int header = whole.headerLength();
        int payload = whole.payloadLength();
        for (int at = 0; at < payload; at += segmentSize) {
            int length = Math.min(segmentSize, payload - at);
            ByteBuffer piece = ByteBuffer.allocate(HEADROOM + header + length + 1);
            java.util.Arrays.fill(piece.array(), (byte) 0xa5);
            piece.put(HEADROOM, whole.buffer(), whole.offset(), header);
            piece.put(HEADROOM + header, whole.buffer(), whole.payloadOffset() + at, length);
            int drop = (at == 0 ? 0 : TcpSegment.CWR) | (at + length == payload ? 0 : TcpSegment.FIN | TcpSegment.PSH);
            piece.putInt(HEADROOM + 4, whole.sequenceNumber() + at);
            piece.put(HEADROOM + 13, (byte) (piece.get(HEADROOM + 13) & ~drop));
            sum(tuple, piece, HEADROOM, header + length);
            send(tuple, piece, HEADROOM, header + length, 0, ecn, dontFragment);
        }
    }

    private static void sum(TcpTuple tuple, ByteBuffer segment, int offset, int length) {
        segment.putShort(offset + 16, (short) 0);
        int checksum = Checksum.transport(
                tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, segment, offset, length);
        segment.putShort(offset + 16, (short) checksum);
    }

    private void send(
            TcpTuple tuple,
            ByteBuffer segment,
            int offset,
            int length,
            int segmentSize,
            int ecn,
            boolean dontFragment) {
        assertEquals(HEADROOM, offset);
        assertEquals((byte) 0xa5, segment.get(HEADROOM - 1), "headroom");
        assertEquals((byte) 0xa5, segment.get(HEADROOM + length), "after the segment");
        TcpSegment view = new TcpSegment().wrap(segment, offset, length);
        assertTrue(view.isValid(), "valid segment");
        assertEquals(
                0,
                Checksum.transport(
                        tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, segment, offset, length),
                "checksum");
        if (invariants != null) {
            invariants.onSent(view, segmentSize);
            if (peer != null && peer.invariants != null) {
                invariants.onSent(view, peer.invariants);
            }
            checkPayload(view);
        }
        ect.check(view, ecn);
        byte[] copy = new byte[length];
        segment.get(offset, copy);
        wire.accept(new Packet(copy, segmentSize, ecn, dontFragment));
    }

    /** Whatever is sent, and however often, is the stream's at that place. */
    private void checkPayload(TcpSegment segment) {
        int length = segment.payloadLength();
        if (length == 0 || toSend == 0 || invariants == null) {
            return;
        }
        int first = invariants.streamOffset(segment.sequenceNumber());
        for (int i = 0; i < length; i++) {
            if (segment.buffer().get(segment.payloadOffset() + i) != octet(streamSeed, first + i)) {
                throw new AssertionError(name + " sent something else at offset " + (first + i));
            }
        }
    }
}
