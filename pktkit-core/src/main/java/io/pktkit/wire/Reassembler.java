// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts fragments of both families together again (RFC 791 section 3.2, RFC 8200 section 4.5), within {@linkplain
 * ReassemblyLimits bounds}.
 *
 * <p>Nothing overlaps: one fragment that overlaps another, or goes past the end, condemns its datagram with all that is
 * still to come of it (RFC 5722; applied to IPv4 too, since systems differ in which of the two they believe). An exact
 * duplicate is ignored. A congestion mark on any fragment is kept, and a datagram of which some fragments can carry
 * marks and others cannot is dropped (RFC 3168 section 5.3).
 *
 * <p>One reassembler serves one direction of one namespace: what different tenants send must not meet in one. Not
 * thread-safe; it is owned by who calls it. Stale datagrams go as fragments arrive, and in {@link #expire(long)}.
 */
public final class Reassembler implements AutoCloseable {

    /** Why fragments were dropped. */
    public enum Drop {
        /** A fragment's lengths or header make no sense. */
        MALFORMED,
        /** A fragment overlaps another, goes past the end, or belongs to a datagram that was condemned for this. */
        OVERLAP,
        /** The datagram would be longer than its header can say. */
        TOO_LONG,
        /** The datagram has more fragments than are allowed. */
        TOO_MANY_FRAGMENTS,
        /** The datagram was not complete in time. */
        EXPIRED,
        /** The datagram made room for a newer one. */
        EVICTED,
        /** The fragments disagree on whether they can carry congestion marks. */
        ECN_MIX
    }

    /**
     * How long an IPv4 datagram may take. RFC 791 suggests 15 s, RFC 1122 section 3.3.2 60 s to 120 s; 30 s, as hosts now
     * use, since identifications come round quickly and pieces of two datagrams then meet (RFC 4963).
     */
    public static final long IPV4_TIMEOUT_NANOS = 30_000_000_000L;

    /** How long an IPv6 datagram may take, RFC 8200 section 4.5. */
    public static final long IPV6_TIMEOUT_NANOS = 60_000_000_000L;

    private static final int MAX_LENGTH_FIELD = 0xFFFF;
    private static final int CONGESTION_EXPERIENCED = 3;
    private static final int DONT_FRAGMENT = 0x4000;

    private final ReassemblyLimits limits;
    private final @Nullable ObjLongConsumer<? super Packet> onExpired;
    private final DatagramTable table = new DatagramTable();
    private final Map<Drop, Long> drops = new EnumMap<>(Drop.class);
    private final Packet result = new Packet();
    private ByteBuffer whole = View.EMPTY;
    private int largest;
    private boolean largestWhole;
    private boolean closed;

    /** A reassembler with {@link ReassemblyLimits#DEFAULT}. */
    public Reassembler() {
        this(ReassemblyLimits.DEFAULT);
    }

    /**
     * A reassembler with limits of its own.
     *
     * @param limits how much it may hold
     */
    public Reassembler(ReassemblyLimits limits) {
        this.limits = limits;
        this.onExpired = null;
    }

    /**
     * A reassembler of a host, which tells the sender that a datagram was not complete in time (RFC 1122 section 3.3.2, RFC 8200
     * section 4.5).
     *
     * @param limits how much it may hold
     * @param onExpired told of the first fragment of such a datagram, if that had come, and of the time; must not call this
     */
    public Reassembler(ReassemblyLimits limits, ObjLongConsumer<? super Packet> onExpired) {
        this.limits = limits;
        this.onExpired = onExpired;
    }

    /**
     * Takes a packet. One that is no fragment is given back as it is.
     *
     * @param packet a packet, whose bytes are copied as needed
     * @param nowNanos the time, of any origin
     * @return the packet itself, or the whole datagram with its header rebuilt, in a buffer of the reassembler that is
     *     good until the next call; null if more fragments are needed, or this one was dropped
     */
    public @Nullable Packet add(Packet packet, long nowNanos) {
        if (closed) {
            return null;
        }
        if (packet.isValid() && !packet.isFragment()) {
            return packet;
        }
        expire(nowNanos);
        if (!packet.isComplete() || packet.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            return drop(Drop.MALFORMED);
        }
        int front = packet.isIpv4() ? packet.headerLength() : packet.layout().fragment;
        int payload = packet.offset + front + (packet.isIpv4() ? 0 : 8);
        int size = packet.offset + packet.totalLength() - payload;
        boolean first = packet.fragmentOffset() == 0;
        if (first && !packet.moreFragments()) {
            return atomic(packet, front, payload, size);
        }
        // The first fragment must hold the whole header chain, or filters could be fooled (RFC 7112).
        boolean headless = first && packet.isIpv6() && !packet.isHeaderChainComplete();
        boolean misaligned = packet.moreFragments() && size % 8 != 0;
        if (size <= 0 || misaligned || headless) {
            return drop(Drop.MALFORMED);
        }
        return store(packet, payload, size, front, nowNanos);
    }

    /** An IPv6 packet that is its only fragment is not matched with any other (RFC 6946 section 4). */
    private @Nullable Packet atomic(Packet packet, int front, int payload, int size) {
        reserve(front + size);
        whole.put(0, packet.buffer, packet.offset, front);
        whole.put(packet.layout().fragmentLink, packet.buffer.get(packet.offset + front));
        whole.put(front, packet.buffer, payload, size);
        return finish(front + size);
    }

    private @Nullable Packet store(Packet packet, int payload, int size, int front, long nowNanos) {
        PartialDatagram datagram = datagramOf(packet, nowNanos);
        if (datagram.isDead()) {
            return drop(Drop.OVERLAP);
        }
        if (isTooLong(packet.isIpv4(), front, packet.fragmentOffset() + size)) {
            return condemn(datagram, Drop.TOO_LONG);
        }
        long before = datagram.cost;
        PartialDatagram.Outcome outcome = datagram.add(packet, payload, size, front, limits.fragments());
        table.charge(datagram, datagram.cost - before);
        return switch (outcome) {
            case DUPLICATE -> null;
            case OVERLAP, PAST_END -> condemn(datagram, Drop.OVERLAP);
            case TOO_MANY -> condemn(datagram, Drop.TOO_MANY_FRAGMENTS);
            case STORED -> {
                makeRoomForBytes(datagram);
                yield null;
            }
            case COMPLETE -> complete(datagram);
        };
    }

    private PartialDatagram datagramOf(Packet packet, long nowNanos) {
        PartialDatagram.Key key = PartialDatagram.Key.of(packet);
        PartialDatagram known = table.get(key);
        if (known != null) {
            return known;
        }
        PartialDatagram datagram = new PartialDatagram(key, packet.source(), nowNanos);
        makeRoomForDatagram(datagram.source);
        table.add(datagram);
        return datagram;
    }

    /** No datagram may end past what its length field says: IPv4 counts the header, IPv6 what follows the first 40. */
    private static boolean isTooLong(boolean ipv4, int front, int end) {
        return (ipv4 ? front : front - Packet.IPV6_HEADER_LENGTH) + end > MAX_LENGTH_FIELD;
    }

    private @Nullable Packet complete(PartialDatagram datagram) {
        table.remove(datagram);
        int length = datagram.length();
        // The header that counts is that of the first fragment, which may be longer than those seen before it.
        if (isTooLong(
                datagram.key.family() == IpFamily.IPV4, length - datagram.payloadLength(), datagram.payloadLength())) {
            return drop(Drop.TOO_LONG);
        }
        if (datagram.mixesEcn()) {
            return drop(Drop.ECN_MIX);
        }
        reserve(length);
        datagram.writeTo(whole);
        largest = datagram.largest();
        largestWhole = datagram.isLargestWhole();
        Packet packet = finish(length);
        return packet != null && datagram.congestionExperienced() ? packet.ecn(CONGESTION_EXPERIENCED) : packet;
    }

    /** Makes the header that of a whole datagram. */
    private @Nullable Packet finish(int length) {
        if (result.wrap(whole, 0, length).isIpv4()) {
            whole.putShort(2, (short) length);
            whole.putShort(6, (short) (whole.getShort(6) & DONT_FRAGMENT));
            result.recomputeIpv4Checksum();
        } else {
            whole.putShort(4, (short) (length - Packet.IPV6_HEADER_LENGTH));
        }
        // A Fragment header inside another's payload would make who gets this reassemble it again, and again.
        return result.wrap(whole, 0, length).isFragment() ? drop(Drop.MALFORMED) : result;
    }

    private void reserve(int length) {
        if (whole.capacity() < length) {
            whole = ByteBuffer.allocate(Math.min(Math.max(length, whole.capacity() * 2), MAX_LENGTH_FIELD * 2));
        }
    }

    /**
     * Drops what did not become complete in time. Every call of {@link #add} does so too.
     *
     * @param nowNanos the time, of the same origin as in {@link #add}
     */
    public void expire(long nowNanos) {
        expire(IpFamily.IPV4, nowNanos, IPV4_TIMEOUT_NANOS);
        expire(IpFamily.IPV6, nowNanos, IPV6_TIMEOUT_NANOS);
    }

    private void expire(IpFamily family, long nowNanos, long timeoutNanos) {
        PartialDatagram oldest = table.oldest(family);
        while (oldest != null && nowNanos - oldest.createdNanos >= timeoutNanos) {
            table.remove(oldest);
            if (!oldest.isDead()) {
                drop(Drop.EXPIRED);
                tellExpired(oldest, nowNanos);
            }
            oldest = table.oldest(family);
        }
    }

    private void tellExpired(PartialDatagram datagram, long nowNanos) {
        if (onExpired != null) {
            Packet first = datagram.firstFragment();
            if (first != null) {
                onExpired.accept(first, nowNanos);
            }
        }
    }

    /** {@return when {@link #expire} will have something to do; Long.MAX_VALUE for never} */
    public long nextDeadlineNanos() {
        PartialDatagram four = table.oldest(IpFamily.IPV4);
        PartialDatagram six = table.oldest(IpFamily.IPV6);
        if (four == null) {
            return six == null ? Long.MAX_VALUE : six.createdNanos + IPV6_TIMEOUT_NANOS;
        }
        long deadline = four.createdNanos + IPV4_TIMEOUT_NANOS;
        return six != null && six.createdNanos + IPV6_TIMEOUT_NANOS - deadline < 0
                ? six.createdNanos + IPV6_TIMEOUT_NANOS
                : deadline;
    }

    /** {@return how long the longest fragment was of the datagram that was completed last, with its header; 0 before any} */
    public int largestFragment() {
        return largest;
    }

    /** {@return whether that fragment, or one as long, had DF: a router that cuts the datagram again keeps to it} */
    public boolean isLargestFragmentWhole() {
        return largestWhole;
    }

    /** {@return how many incomplete datagrams are held, condemned ones included} */
    public int size() {
        return table.size();
    }

    /** {@return how many bytes are held, as counted against the limits} */
    public long bytes() {
        return table.bytes();
    }

    /**
     * Counts what was dropped: a fragment, or a datagram with all of its fragments, counts once.
     *
     * @param reason why
     * @return how often
     */
    public long dropped(Drop reason) {
        return drops.getOrDefault(reason, 0L);
    }

    /** Forgets everything. What is added from now on is lost. */
    @Override
    public void close() {
        closed = true;
        table.clear();
        whole = View.EMPTY;
    }

    private void makeRoomForDatagram(IpAddress source) {
        if (table.sizeOf(source) >= limits.datagramsPerSource()) {
            evict(table.oldestOf(source, null));
        }
        if (table.size() >= limits.datagrams()) {
            evict(table.oldestExcept(null));
        }
    }

    /** The one that has just grown stays: the limits hold any one datagram. */
    private void makeRoomForBytes(PartialDatagram current) {
        while (table.bytesOf(current.source) > limits.bytesPerSource()) {
            evict(table.oldestOf(current.source, current));
        }
        while (table.bytes() > limits.bytes()) {
            evict(table.oldestExcept(current));
        }
    }

    private void evict(@Nullable PartialDatagram victim) {
        if (victim == null) {
            throw new IllegalStateException("over the limits with nothing to evict: bytes=" + table.bytes());
        }
        table.remove(victim);
        drop(Drop.EVICTED);
    }

    private @Nullable Packet condemn(PartialDatagram datagram, Drop reason) {
        long before = datagram.cost;
        datagram.kill();
        table.charge(datagram, datagram.cost - before);
        return drop(reason);
    }

    private @Nullable Packet drop(Drop reason) {
        drops.merge(reason, 1L, Long::sum);
        return null;
    }
}
