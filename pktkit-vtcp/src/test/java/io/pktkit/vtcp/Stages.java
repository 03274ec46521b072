// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import java.util.function.ObjIntConsumer;

/** What paths do to packets. Each call makes a stage with state of its own, for one direction. */
final class Stages {
    private static final long MS = 1_000_000L;
    private static final int NOP = 1;

    private final World world;
    private final TcpTuple tuple;

    /** For packets from the local end of the tuple to the remote one. */
    Stages(World world, TcpTuple tuple) {
        this.world = world;
        this.tuple = tuple;
    }

    Stage loss(double probability) {
        return (packet, next) -> {
            if (!world.harms(probability)) {
                next.accept(packet);
            }
        };
    }

    /**
     * Loss in bursts: a good state without and a bad one with loss, which ends by one chance in two (Gilbert), or with a
     * second in which nothing came.
     */
    Stage bursts(double probability) {
        boolean[] bad = {false};
        long[] last = {world.now};
        return (packet, next) -> {
            boolean goesOn = bad[0] && world.now - last[0] < 1000 * MS;
            last[0] = world.now;
            bad[0] = goesOn ? world.harms(0.5) : world.harms(probability);
            if (!bad[0]) {
                next.accept(packet);
            }
        };
    }

    Stage duplicate(double probability) {
        return (packet, next) -> {
            next.accept(packet);
            if (world.harms(probability)) {
                next.accept(packet.copy());
            }
        };
    }

    /** Flips a bit, which the receiver's checksum notices. */
    Stage corrupt(double probability) {
        return (packet, next) -> {
            Packet passed = packet;
            if (world.harms(probability)) {
                passed = packet.copy();
                passed.bytes()[world.random.nextInt(passed.bytes().length)] ^= (byte) (1 << world.random.nextInt(8));
            }
            next.accept(passed);
        };
    }

    /**
     * Drops bare acknowledgments that follow close upon one that passed, but not more than seven in a row, and none behind
     * a keepalive probe, which acknowledges too and may be refused.
     */
    Stage thinAcks(double probability) {
        int[] thinned = {0};
        int[] sequence = {0};
        long[] passed = {world.now - 1000 * MS};
        return (packet, next) -> {
            if (probability > 0 && packet.isBareAck()) {
                boolean same = packet.segment().sequenceNumber() == sequence[0];
                if (same && thinned[0] < 7 && world.now - passed[0] < 50 * MS && world.harms(probability)) {
                    thinned[0]++;
                    return;
                }
                thinned[0] = 0;
                sequence[0] = packet.segment().sequenceNumber();
                passed[0] = world.now;
            }
            next.accept(packet);
        };
    }

    /** Marks what is ECN-capable as having met congestion. */
    Stage mark(double probability) {
        return (packet, next) -> next.accept(packet.ecn() != 0 && world.harms(probability) ? packet.marked(3) : packet);
    }

    /**
     * A line that takes a while for each packet, with a queue that holds so many; 0 is no limit, as there is none at the
     * end: bursts of tiny segments would lose all but one or two each time.
     */
    Stage line(IntSupplier nanosPerPacket, int queue) {
        long[] free = {world.now};
        return (packet, next) -> {
            long each = nanosPerPacket.getAsInt();
            long start = Math.max(world.now, free[0]);
            if (queue > 0 && !world.clean && start - world.now > each * queue) {
                return;
            }
            free[0] = start + each;
            delayed(free[0] - world.now, packet, next);
        };
    }

    Stage delay(long delay, long jitter) {
        return (packet, next) -> delayed(delay + world.upTo(jitter), packet, next);
    }

    /** Lets others overtake. */
    Stage reorder(double probability, long by) {
        return (packet, next) -> delayed(world.harms(probability) ? by : 0, packet, next);
    }

    private void delayed(long delay, Packet packet, Consumer<Packet> next) {
        if (delay == 0) {
            next.accept(packet);
        } else {
            world.schedule(delay, () -> next.accept(packet));
        }
    }

    /** Drops packets above an MTU, and tells, if anyone is to be told, the sequence number and the MTU. */
    Stage mtu(IntSupplier mtu, ObjIntConsumer<Packet> tooBig) {
        int header = tuple.localAddress().family() == IpFamily.IPV4 ? 20 : 40;
        return (packet, next) -> {
            int limit = mtu.getAsInt();
            if (packet.wireLength() + header <= limit || !packet.dontFragment()) {
                next.accept(packet);
            } else {
                tooBig.accept(packet, limit);
            }
        };
    }

    /**
     * A middlebox that overwrites, in some SYNs, one of these kinds of option. It leaves the window scale of a SYN-ACK:
     * its sender would go on to scale windows which the other end takes as they are, and no end can help that.
     */
    Stage stripFromSyns(double probability, int... kinds) {
        return (packet, next) -> {
            if (probability > 0 && packet.segment().has(TcpSegment.SYN) && world.random.nextDouble() < probability) {
                int stripped = kinds[world.random.nextInt(kinds.length)];
                boolean answer = packet.segment().has(TcpSegment.ACK);
                overwrite(packet, kind -> kind == stripped && !(answer && kind == 3), 0, NOP);
            }
            next.accept(packet);
        };
    }

    /** A middlebox that appears after a while and overwrites options of a kind in all but SYNs. */
    Stage stripLater(int kind, long after) {
        return later(after, packet -> overwrite(packet, candidate -> candidate == kind, 0, NOP));
    }

    /** One that clears what such options say. */
    Stage clearLater(int kind, long after) {
        return later(after, packet -> overwrite(packet, candidate -> candidate == kind, 2, 0));
    }

    private Stage later(long after, Consumer<Packet> change) {
        long from = world.now + after;
        return (packet, next) -> {
            if (after > 0 && world.now >= from && !packet.segment().has(TcpSegment.SYN)) {
                change.accept(packet);
            }
            next.accept(packet);
        };
    }

    /** A middlebox that appears after a while and drops what has an option of a kind. */
    Stage dropLater(int kind, long after) {
        long from = world.now + after;
        return (packet, next) -> {
            boolean[] found = {false};
            if (after > 0 && world.now >= from) {
                overwrite(packet.copy(), candidate -> found[0] |= candidate == kind, 0, NOP);
            }
            if (!found[0]) {
                next.accept(packet);
            }
        };
    }

    /** Overwrites options, from an octet of each on. */
    private void overwrite(Packet packet, IntPredicate kinds, int from, int octet) {
        TcpSegment segment = packet.segment();
        ByteBuffer buffer = segment.buffer();
        int end = segment.optionsOffset() + segment.optionsLength();
        boolean changed = false;
        for (int at = segment.optionsOffset(); at < end; ) {
            int found = buffer.get(at) & 0xff;
            int length = found <= NOP ? 1 : buffer.get(at + 1);
            if (length <= 0 || at + length > end) {
                return; // corrupted before it came here
            }
            if (found > NOP && kinds.test(found)) {
                for (int i = from; i < length; i++) {
                    buffer.put(at + i, (byte) octet);
                }
                changed = true;
            }
            at += length;
        }
        if (changed) {
            buffer.putShort(16, (short) 0);
            buffer.putShort(16, (short) checksum(buffer));
        }
    }

    private int checksum(ByteBuffer segment) {
        return Checksum.transport(
                tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, segment, 0, segment.capacity());
    }

    /** Whether a host would take the packet. */
    boolean isIntact(Packet packet) {
        return packet.segment().isValid() && checksum(ByteBuffer.wrap(packet.bytes())) == 0;
    }

    static long millis(long count) {
        return count * MS;
    }
}
