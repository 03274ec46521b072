// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.PacketSink;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/**
 * Two TCP hosts joined by a wire without delay and loss, on one thread and in real time, of which parts can be skipped.
 * What the one sends stands in a ring of buffers until the other takes it; both verify every packet, as if it had come
 * from outside.
 */
final class HostWire {
    static final IpAddress LEFT = IpAddress.parse("10.0.0.1");
    static final IpAddress RIGHT = IpAddress.parse("10.0.0.2");

    final TcpHost left;
    final TcpHost right;
    private final Ring toLeft;
    private final Ring toRight;
    private final Packet packet = new Packet();
    private long skipped;

    /**
     * Builds both hosts.
     *
     * @param config of their connections
     * @param connections how many each may have
     * @param slots packets that may be under way in each direction, a power of two; what does not fit is lost
     */
    HostWire(TcpConfig config, int connections, int slots) {
        toLeft = new Ring(slots, config.mtu());
        toRight = new Ring(slots, config.mtu());
        TcpHostConfig limits = TcpHostConfig.of(config).withMaxConnections(connections);
        left = new TcpHost(limits, IsnSource.random(), toRight);
        right = new TcpHost(limits, IsnSource.random(), toLeft);
    }

    /** The hosts' time. */
    long now() {
        return System.nanoTime() + skipped;
    }

    /** Moves the hosts' clock on, for a wait that nobody wants to sit through. */
    void skip(long nanos) {
        skipped += nanos;
    }

    /** Delivers until nothing is under way. */
    void deliver() {
        while (!toRight.isEmpty() || !toLeft.isEmpty()) {
            drain(toRight, right);
            drain(toLeft, left);
        }
    }

    private void drain(Ring ring, TcpHost host) {
        long now = now();
        while (!ring.isEmpty()) {
            host.onPacket(ring.take(packet), now);
        }
    }

    /** Lets both hosts do what is due. */
    void tick() {
        long now = now();
        left.onTick(now);
        right.onTick(now);
        deliver();
    }

    /** Nanoseconds until one of the hosts is due, {@link TcpHost#NEVER} if nothing is pending. */
    long untilDue() {
        long now = now();
        return Math.min(until(left, now), until(right, now));
    }

    private static long until(TcpHost host, long now) {
        long deadline = host.nextDeadlineNanos();
        return deadline == TcpHost.NEVER ? TcpHost.NEVER : Math.max(0, deadline - now);
    }

    long lost() {
        return toLeft.lost + toRight.lost;
    }

    private static final class Ring implements PacketSink {
        private static final int HEADROOM = 64;
        private final ByteBuffer[] slots;
        private final int[] offsets;
        private final int[] lengths;
        private int head;
        private int tail;
        private long lost;

        Ring(int size, int mtu) {
            slots = new ByteBuffer[size];
            offsets = new int[size];
            lengths = new int[size];
            for (int i = 0; i < size; i++) {
                slots[i] = ByteBuffer.allocate(HEADROOM + mtu);
            }
        }

        boolean isEmpty() {
            return head == tail;
        }

        Packet take(Packet view) {
            int slot = head++ & (slots.length - 1);
            return view.wrap(slots[slot], offsets[slot], lengths[slot]);
        }

        @Override
        public ByteBuffer reserve(int length) {
            // One slot is kept free: it is the one being read while answers are written.
            if (tail - head >= slots.length - 1) {
                lost++;
                return null;
            }
            return slots[tail & (slots.length - 1)].clear();
        }

        @Override
        public void commit(ByteBuffer buffer, int offset, int length) {
            int slot = tail++ & (slots.length - 1);
            offsets[slot] = offset;
            lengths[slot] = length;
        }
    }
}
