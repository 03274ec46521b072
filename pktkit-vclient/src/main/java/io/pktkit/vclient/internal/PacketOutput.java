// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.device.Outbox;
import io.pktkit.time.Timers;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Queues packets that are not TCP's, in fragments where they are longer than the path takes. Guarded by the stack's lock.
 */
final class PacketOutput {
    private static final int MAX_PACKET = 65535 + 40;
    private static final int MAX_PATHS = 256;
    private static final long MAX_AGE = Duration.ofMinutes(10).toNanos(); // RFC 1191 section 6.3, RFC 8201 section 5.2

    /** What a path was said to take, and until when that is gone by. */
    private record PathMtu(int bytes, long until) {}

    private final ClientStack stack;
    private final Outbox outbox;
    private final int mtu;
    private final Fragmenter fragmenter = new Fragmenter();
    private final Consumer<Packet> append;
    private final Packet view = new Packet();
    private final Map<IpAddress, PathMtu> pathMtus = new LinkedHashMap<>();

    /** Random start, then one after the other: unique among what can be in flight, and not to be guessed from outside. */
    private int identification = new SecureRandom().nextInt();

    private ByteBuffer large = ByteBuffer.allocate(0);

    PacketOutput(ClientStack stack, Outbox outbox, int mtu) {
        this.stack = stack;
        this.outbox = outbox;
        this.mtu = mtu;
        this.append = fragment -> outbox.append(fragment.buffer(), fragment.offset(), fragment.length());
    }

    /** Writes the transport part of a packet. */
    interface Body {
        /**
         * Writes header and payload with the checksum.
         *
         * @param target where to write
         * @param at the absolute offset
         */
        void write(ByteBuffer target, int at);
    }

    /**
     * Queues a packet.
     *
     * @param length of the transport part, at most what the IP header can say
     * @return false if the queue is full
     */
    boolean send(IpAddress source, IpAddress destination, int protocol, int length, Body body) {
        int total = IpHeader.length(source.family()) + length;
        int limit = stack.isOwn(destination) ? MAX_PACKET : mtuTo(destination);
        boolean whole = total <= limit;
        ByteBuffer target = whole ? outbox.reserve(total) : large(total);
        int start = target.position();
        identification++;
        int header = IpHeader.write(
                target,
                start,
                source,
                destination,
                protocol,
                length,
                IpHeader.DEFAULT_HOP_LIMIT,
                identification & 0xFFFF,
                0,
                false);
        body.write(target, start + header);
        if (whole) {
            return outbox.commit(target, start, total);
        }
        view.wrap(target, start, total);
        return fragmenter.fragment(view, limit, identification, append) == Fragmenter.Result.FRAGMENTED;
    }

    /** Queues a copy of a finished packet. */
    void append(ByteBuffer packet, int length) {
        outbox.append(packet, 0, length);
    }

    /** A hop towards an address takes no longer packets than this; believed down to what every path must take. */
    void lowerMtu(IpAddress destination, int reported) {
        int least = destination.isIpv4() ? 552 : Fragmenter.MIN_IPV6_MTU;
        int lowered = Math.max(least, reported);
        if (lowered < mtuTo(destination)) {
            pathMtus.remove(destination); // so that the oldest stays first
            if (pathMtus.size() >= MAX_PATHS) {
                pathMtus.remove(pathMtus.keySet().iterator().next());
            }
            pathMtus.put(destination, new PathMtu(lowered, Timers.after(stack.nowNanos(), MAX_AGE)));
        }
    }

    /** Fills in a checksum over a transport part whose checksum field is zero. */
    static void putChecksum(
            ByteBuffer target,
            int at,
            int fieldOffset,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int length) {
        target.putShort(
                at + fieldOffset, (short) Checksum.transport(source, destination, protocol, target, at, length));
    }

    private int mtuTo(IpAddress destination) {
        PathMtu path = pathMtus.isEmpty() ? null : pathMtus.get(destination);
        if (path != null && Timers.isDue(path.until, stack.nowNanos())) {
            pathMtus.remove(destination);
            path = null;
        }
        return path == null ? mtu : path.bytes;
    }

    private ByteBuffer large(int length) {
        if (large.capacity() < length) {
            large = ByteBuffer.allocate(MAX_PACKET);
        }
        return large;
    }

    /** {@return the most octets of payload that UDP carries over a family, RFC 768 and RFC 8200} */
    static int maxUdpPayload(IpFamily family) {
        return family == IpFamily.IPV4 ? 65507 : 65527;
    }
}
