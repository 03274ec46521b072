// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One end of a simulated connection: engine, sink, and an application that writes a known stream and checks one. */
final class Endpoint implements SegmentSink {
    private static final int HEADROOM = 54;

    final String name;
    final TcpConfig config;
    final int toSend;
    final Random random;

    @Nullable
    TcpConnection connection;
    /** Where segments go: a copy of each. */
    java.util.function.Consumer<byte[]> wire = bytes -> {};

    int segments;
    int written;
    int received;
    boolean sawEnd;
    boolean released;
    /** The largest chunk read at once; 0 reads nothing. */
    int appetite = Integer.MAX_VALUE;

    private final ByteBuffer buffer = ByteBuffer.allocate(70_000);
    private final int streamSeed;
    private @Nullable Invariants invariants;

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

    /** Writes and reads what can be written and read, checks what was read, and ends the stream once all is written. */
    void runApplication(long now, int peerSends) {
        TcpConnection c = connection();
        while (written < toSend && c.writable() > 0) {
            int chunk = Math.min(toSend - written, 1 + random.nextInt(5000));
            int taken = c.write(chunk(chunk), now);
            check();
            if (taken <= 0) {
                break;
            }
            written += taken;
        }
        if (written == toSend && c.state().isSynchronized()) {
            c.shutdownOutput(now);
            check();
        }
        read(now, peerSends);
        // A released connection gives up after eight probes, which a link this bad can lose.
        if (sawEnd && written == toSend && !released && c.info().queues().sendQueued() == 0) {
            released = true;
            c.release(now);
            check();
        }
    }

    private void read(long now, int peerSends) {
        int limit = appetite;
        while (limit > 0 && !sawEnd) {
            ByteBuffer target = ByteBuffer.allocate(Math.min(limit, 1 + random.nextInt(9000)));
            int length = connection().read(target, now);
            check();
            if (length < 0) {
                assertEquals(peerSends, received, name + " end of stream");
                sawEnd = true;
            }
            if (length <= 0) {
                return;
            }
            for (int i = 0; i < length; i++) {
                assertEquals(octet(1 - streamSeed, received + i), target.get(i), name + " offset " + (received + i));
            }
            received += length;
            limit -= length;
        }
    }

    private ByteBuffer chunk(int length) {
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

    @Override
    public ByteBuffer reserve(int length) {
        buffer.clear();
        java.util.Arrays.fill(buffer.array(), 0, HEADROOM + length + 64, (byte) 0xa5);
        return buffer.position(HEADROOM);
    }

    @Override
    public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
        segments++;
        assertEquals(HEADROOM, offset);
        assertEquals((byte) 0xa5, segment.get(HEADROOM - 1), "headroom");
        assertEquals((byte) 0xa5, segment.get(HEADROOM + length), "after the segment");
        assertTrue(length + 20 <= config.mtu(), "segment of " + length + " bytes");
        TcpSegment view = new TcpSegment().wrap(segment, offset, length);
        assertTrue(view.isValid(), "valid segment");
        assertEquals(
                0,
                Checksum.transport(
                        tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, segment, offset, length),
                "checksum");
        assertTrue(view.has(TcpSegment.ACK) || view.has(TcpSegment.SYN) || view.has(TcpSegment.RST), "ACK is set");
        byte[] copy = new byte[length];
        segment.get(offset, copy);
        wire.accept(copy);
    }
}
