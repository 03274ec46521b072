// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The fragments of one datagram so far. Each is a copy of its own, so that memory held is memory that was sent. */
final class PartialDatagram {

    /** What a fragment made of a datagram. */
    enum Outcome {
        STORED,
        COMPLETE,
        DUPLICATE,
        OVERLAP,
        PAST_END,
        TOO_MANY
    }

    /** What identifies a datagram among the fragments: RFC 791 section 3.2; without protocol RFC 8200 section 4.5. */
    record Key(
            IpFamily family, long sourceHigh, long sourceLow, long high, long low, int protocol, int identification) {

        static Key of(Packet packet) {
            boolean ipv4 = packet.isIpv4();
            return new Key(
                    ipv4 ? IpFamily.IPV4 : IpFamily.IPV6,
                    packet.sourceHigh(),
                    packet.sourceLow(),
                    packet.destinationHigh(),
                    packet.destinationLow(),
                    ipv4 ? packet.nextHeader() : 0,
                    packet.identification());
        }

        @Override
        public int hashCode() {
            long rest = (long) protocol << 32 | (identification & 0xFFFF_FFFFL);
            return (int) KeyedHash.shared().of(sourceHigh, sourceLow, high, low, rest);
        }
    }

    /** Estimated cost of keeping a datagram, or a fragment, beside its bytes. */
    static final int OVERHEAD = 256;

    static final int FRAGMENT_OVERHEAD = 64;

    // RFC 8200 section 4.5.
    private static final int FRAGMENT_HEADER = 44;
    private static final int FRAGMENT_HEADER_LENGTH = 8;
    private static final int MORE_FRAGMENTS = 1;

    private static final int NOT_ECT = 0;
    private static final int CONGESTION_EXPERIENCED = 3;
    private static final byte[] NO_BYTES = {};

    final Key key;
    final IpAddress source;
    final long createdNanos;
    long cost = OVERHEAD;
    private int count;
    private int received;
    private int end = -1;
    private int codepoints;
    private int largest;
    private boolean largestWhole;
    private int[] starts = new int[4];
    private byte[][] pieces = new byte[4][];
    private byte @Nullable [] header = null;

    /** Where the IPv6 header in front of the Fragment header names what follows it. */
    private int fragmentLink;

    private boolean dead;

    PartialDatagram(Key key, IpAddress source, long createdNanos) {
        this.key = key;
        this.source = source;
        this.createdNanos = createdNanos;
    }

    /** Whether all that still comes for this datagram is to be dropped (RFC 5722 section 4). */
    boolean isDead() {
        return dead;
    }

    /** Forgets the bytes and refuses the rest of the datagram for as long as this is kept. */
    void kill() {
        dead = true;
        cost = OVERHEAD;
        count = 0;
        starts = new int[0];
        pieces = new byte[0][];
        header = null;
    }

    /**
     * Takes a fragment.
     *
     * @param at where its bytes are in the packet's buffer, absolute
     * @param size how many they are
     * @param headerLength how much of a first fragment is kept as the header
     * @param maxFragments how many fragments may be kept
     */
    Outcome add(Packet packet, int at, int size, int headerLength, int maxFragments) {
        int from = packet.fragmentOffset();
        int to = from + size;
        int index = indexOf(from);
        if (index < count && starts[index] == from && isSame(index, packet.buffer, at, size)) {
            return packet.moreFragments() == (to != end) ? Outcome.DUPLICATE : Outcome.PAST_END;
        }
        boolean overlapsBefore = index > 0 && starts[index - 1] + pieces[index - 1].length > from;
        boolean overlapsAfter = index < count && to > starts[index];
        if (overlapsBefore || overlapsAfter) {
            return Outcome.OVERLAP;
        }
        if (packet.moreFragments() ? end >= 0 && to > end : end >= 0 || index < count) {
            return Outcome.PAST_END;
        }
        if (count == maxFragments) {
            return Outcome.TOO_MANY;
        }
        insert(index, from, copy(packet.buffer, at, size));
        if (from == 0) {
            header = copyHeader(packet, headerLength);
            fragmentLink = packet.isIpv6() ? packet.layout().fragmentLink : 0;
            cost += headerLength;
        }
        codepoints |= 1 << packet.ecn();
        if (packet.totalLength() >= largest) {
            largestWhole = packet.dontFragment() || (largestWhole && packet.totalLength() == largest);
            largest = packet.totalLength();
        }
        received += size;
        cost += FRAGMENT_OVERHEAD + size;
        if (!packet.moreFragments()) {
            end = to;
        }
        return received == end ? Outcome.COMPLETE : Outcome.STORED;
    }

    private boolean isSame(int index, ByteBuffer buffer, int at, int size) {
        byte[] piece = pieces[index];
        return piece.length == size && ByteBuffer.wrap(piece).mismatch(buffer.slice(at, size)) < 0;
    }

    private int indexOf(int from) {
        int index = Arrays.binarySearch(starts, 0, count, from);
        return index < 0 ? -index - 1 : index;
    }

    private void insert(int index, int from, byte[] piece) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            pieces = Arrays.copyOf(pieces, count * 2);
        }
        System.arraycopy(starts, index, starts, index + 1, count - index);
        System.arraycopy(pieces, index, pieces, index + 1, count - index);
        starts[index] = from;
        pieces[index] = piece;
        count++;
    }

    /** Without the Fragment header: the header in front of it names what is behind it instead. */
    private static byte[] copyHeader(Packet packet, int headerLength) {
        byte[] bytes = copy(packet.buffer, packet.offset, headerLength);
        if (packet.isIpv6()) {
            bytes[packet.layout().fragmentLink] = packet.buffer.get(packet.offset + headerLength);
        }
        return bytes;
    }

    private static byte[] copy(ByteBuffer buffer, int at, int size) {
        byte[] bytes = new byte[size];
        buffer.get(at, bytes);
        return bytes;
    }

    /** The length of the whole datagram with its header. Only when complete. */
    int length() {
        return headerBytes().length + end;
    }

    /** Writes header and payload one behind the other; the header is yet that of the first fragment. */
    void writeTo(ByteBuffer target) {
        byte[] front = headerBytes();
        target.put(0, front);
        for (int i = 0; i < count; i++) {
            target.put(front.length + starts[i], pieces[i]);
        }
    }

    /** The first fragment as it came, but for reserved bits; null before it. */
    @Nullable
    Packet firstFragment() {
        byte[] front = header;
        if (front == null) {
            return null;
        }
        byte[] piece = pieces[0]; // nothing is in front of it
        if (key.family() == IpFamily.IPV4) {
            ByteBuffer first = ByteBuffer.allocate(front.length + piece.length);
            return new Packet().wrap(first.put(front).put(piece).flip());
        }
        ByteBuffer first = ByteBuffer.allocate(front.length + FRAGMENT_HEADER_LENGTH + piece.length);
        first.put(front).put(front[fragmentLink]).put((byte) 0).putShort((short) MORE_FRAGMENTS);
        first.putInt(key.identification()).put(piece).put(fragmentLink, (byte) FRAGMENT_HEADER);
        return new Packet().wrap(first.flip());
    }

    /** Only a complete datagram has its first fragment for sure. */
    private byte[] headerBytes() {
        return header == null ? NO_BYTES : header;
    }

    /** RFC 3168 section 5.3: a mix of packets that can and cannot carry congestion marks must not be put together. */
    boolean mixesEcn() {
        return (codepoints & 1 << NOT_ECT) != 0 && codepoints != 1 << NOT_ECT;
    }

    boolean congestionExperienced() {
        return (codepoints & 1 << CONGESTION_EXPERIENCED) != 0;
    }

    /** The length of the longest fragment, with its header. */
    int largest() {
        return largest;
    }

    /** Whether that, or one as long, must not be cut. */
    boolean isLargestWhole() {
        return largestWhole;
    }

    /** How far the last fragment reaches, without the header. */
    int payloadLength() {
        return end;
    }
}
