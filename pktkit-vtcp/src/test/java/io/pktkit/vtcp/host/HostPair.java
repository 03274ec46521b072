// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.device.ByteBudget;
import io.pktkit.device.DropReason;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Two hosts on a wire without delay, in virtual time. Every packet is checked on its way. */
final class HostPair {
    static final IpAddress LEFT = IpAddress.parse("10.0.0.1");
    static final IpAddress RIGHT = IpAddress.parse("10.0.0.2");

    /** Close before the wrap of the clock, where only differences compare right. */
    long now = Long.MAX_VALUE - 5_000_000_000L;

    final ArrayDeque<Packet> toLeft = new ArrayDeque<>();
    final ArrayDeque<Packet> toRight = new ArrayDeque<>();
    final List<DropReason> drops = new ArrayList<>();
    final TcpHost left;
    final TcpHost right;

    /** Packets for which this is true are lost. */
    Predicate<Packet> loss = packet -> false;

    HostPair() {
        this(settings());
    }

    HostPair(TcpHostConfig config) {
        left = new TcpHost(settings(), IsnSource.random(), sink(toRight));
        right = new TcpHost(config, IsnSource.random(), sink(toLeft));
    }

    /** With a budget of its own, since nobody closes these hosts. */
    private static TcpHostConfig settings() {
        return TcpHostConfig.of(
                TcpConfig.builder().memory(new ByteBudget(1L << 30)).build());
    }

    HostConnection connect(int port, TcpEvents events) throws java.io.IOException {
        return left.connect(null, LEFT, 0, RIGHT, port, events, now);
    }

    /** Delivers until nobody has anything to say. */
    void run() {
        while (!toLeft.isEmpty() || !toRight.isEmpty()) {
            deliver(left, toLeft.poll());
            deliver(right, toRight.poll());
        }
    }

    /** Lets time pass, stopping at each deadline. */
    void advance(long nanos) {
        long end = now + nanos;
        run();
        for (int steps = 0; steps < 100_000; steps++) {
            long next = earlier(left.nextDeadlineNanos(), right.nextDeadlineNanos());
            if (next == TcpHost.NEVER || next - end > 0) {
                now = end;
                return;
            }
            now = next - now > 0 ? next : now;
            left.onTick(now);
            right.onTick(now);
            run();
        }
        throw new AssertionError("the hosts do not come to rest");
    }

    void toRight(ByteBuffer packet) {
        toRight.add(new Packet().wrap(packet));
        run();
    }

    private static long earlier(long a, long b) {
        return a == TcpHost.NEVER ? b : b == TcpHost.NEVER || a - b < 0 ? a : b;
    }

    private void deliver(TcpHost host, @Nullable Packet packet) {
        if (packet == null || loss.test(packet)) {
            return;
        }
        DropReason drop = host.onPacket(packet, now);
        if (drop != null) {
            drops.add(drop);
        }
    }

    private static PacketSink sink(ArrayDeque<Packet> wire) {
        return new PacketSink() {
            @Override
            public ByteBuffer reserve(int length) {
                byte[] dirty = new byte[length + 64];
                Arrays.fill(dirty, (byte) 0xA5);
                return ByteBuffer.wrap(dirty).position(64);
            }

            @Override
            public void commit(ByteBuffer buffer, int offset, int length) {
                Packet packet = new Packet().wrap(buffer, offset, length);
                if (packet.totalLength() != length
                        || packet.verifyIpv4Checksum() == ChecksumStatus.INVALID
                        || packet.verifyTransportChecksum() != ChecksumStatus.VALID) {
                    throw new AssertionError("bad packet: " + packet);
                }
                wire.add(packet);
            }
        };
    }
}
