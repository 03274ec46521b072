// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.rewrite;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/** Headers of one family written for packets of the other, RFC 7915. */
public final class Siit {

    /** Length of a Fragment header. */
    public static final int FRAGMENT_HEADER = 8;

    private static final int FRAGMENT = 44;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int MORE_FRAGMENTS = 0x2000;

    private Siit() {}

    /** The addresses of a packet in both families. Reused. */
    public static final class Ends {

        /** The IPv6 source. */
        public long sourceHigh;

        /** The IPv6 source. */
        public long sourceLow;

        /** The IPv6 destination. */
        public long destinationHigh;

        /** The IPv6 destination. */
        public long destinationLow;

        /** The IPv4 source. */
        public int source;

        /** The IPv4 destination. */
        public int destination;

        /** Ends of nothing, until set. */
        public Ends() {}

        /** {@return the raw sum of the IPv6 addresses} */
        public int sum6() {
            return Checksum.combine(
                    Checksum.sumOfAddress(sourceHigh, sourceLow),
                    Checksum.sumOfAddress(destinationHigh, destinationLow));
        }

        /** {@return the raw sum of the IPv4 addresses} */
        public int sum4() {
            return Checksum.combine(
                    Checksum.sumOfAddress(0, source & 0xFFFF_FFFFL),
                    Checksum.sumOfAddress(0, destination & 0xFFFF_FFFFL));
        }
    }

    /**
     * Writes an IPv4 header.
     *
     * @param out where to
     * @param at the first byte
     * @param ends the addresses
     * @param protocol what follows
     * @param payload how much follows
     * @param trafficClass DSCP and ECN
     * @param ttl the TTL
     * @param id the identification
     * @param flags flags and fragment offset, as in the header
     */
    public static void ipv4(
            ByteBuffer out,
            int at,
            Ends ends,
            int protocol,
            int payload,
            int trafficClass,
            int ttl,
            int id,
            int flags) {
        out.putShort(at, (short) (0x4500 | trafficClass));
        out.putShort(at + 2, (short) (Packet.IPV4_HEADER_LENGTH + payload));
        out.putShort(at + 4, (short) id);
        out.putShort(at + 6, (short) flags);
        out.putShort(at + 8, (short) (ttl << 8 | protocol));
        out.putShort(at + 10, (short) 0);
        out.putInt(at + 12, ends.source);
        out.putInt(at + 16, ends.destination);
        out.putShort(at + 10, (short) Checksum.internet(out, at, Packet.IPV4_HEADER_LENGTH));
    }

    /**
     * Gives the flags of an IPv4 packet that was a whole IPv6 one: routers may cut what is no longer than every IPv6 link
     * takes (RFC 7915 section 5.1).
     *
     * @param length the length of the IPv4 packet
     * @return flags and offset
     */
    public static int wholeFlags(int length) {
        return length <= 1260 ? 0 : DONT_FRAGMENT;
    }

    /**
     * Gives the flags of an IPv4 fragment.
     *
     * @param offset where in the datagram, in bytes
     * @param more whether more follow
     * @return flags and offset
     */
    public static int fragmentFlags(int offset, boolean more) {
        return offset / 8 | (more ? MORE_FRAGMENTS : 0);
    }

    /**
     * Writes an IPv6 header.
     *
     * @param out where to
     * @param at the first byte
     * @param ends the addresses
     * @param next what follows
     * @param payload how much follows
     * @param trafficClass DSCP and ECN
     * @param hopLimit the hop limit
     */
    public static void ipv6(ByteBuffer out, int at, Ends ends, int next, int payload, int trafficClass, int hopLimit) {
        out.putInt(at, 6 << 28 | trafficClass << 20);
        out.putShort(at + 4, (short) payload);
        out.putShort(at + 6, (short) (next << 8 | hopLimit));
        out.putLong(at + 8, ends.sourceHigh);
        out.putLong(at + 16, ends.sourceLow);
        out.putLong(at + 24, ends.destinationHigh);
        out.putLong(at + 32, ends.destinationLow);
    }

    /**
     * Writes an IPv6 header with a Fragment header.
     *
     * @param out where to
     * @param at the first byte
     * @param ends the addresses
     * @param next what follows the Fragment header
     * @param payload how much follows it
     * @param trafficClass DSCP and ECN
     * @param hopLimit the hop limit
     * @param offset where in the datagram, in bytes
     * @param more whether more follow
     * @param id the identification
     */
    public static void ipv6Fragment(
            ByteBuffer out,
            int at,
            Ends ends,
            int next,
            int payload,
            int trafficClass,
            int hopLimit,
            int offset,
            boolean more,
            int id) {
        ipv6(out, at, ends, FRAGMENT, FRAGMENT_HEADER + payload, trafficClass, hopLimit);
        out.putShort(at + 40, (short) (next << 8));
        out.putShort(at + 42, (short) (offset | (more ? 1 : 0)));
        out.putInt(at + 44, id);
    }

    /**
     * Changes a port of TCP or UDP, and the checksum for it and for addresses that changed their family.
     *
     * @param bytes the copy
     * @param at where the transport header is
     * @param length how much of it is there
     * @param protocol the protocol
     * @param portOffset 0 for the source port, 2 for the destination port
     * @param port the new port
     * @param before the raw sum of both addresses before
     * @param after the raw sum of both addresses after
     * @param pending whether the checksum field holds the sum of the pseudo-header only
     */
    public static void transport(
            ByteBuffer bytes,
            int at,
            int length,
            int protocol,
            int portOffset,
            int port,
            int before,
            int after,
            boolean pending) {
        boolean tcp = protocol == IpProtocol.TCP;
        int field = at + (tcp ? 16 : 6);
        int portAt = at + portOffset;
        int old = pending ? before : Checksum.combine(before, bytes.getShort(portAt) & 0xFFFF);
        int fresh = pending ? after : Checksum.combine(after, port);
        bytes.putShort(portAt, (short) port);
        if (length < (tcp ? 18 : 8)) {
            return;
        }
        int checksum = bytes.getShort(field) & 0xFFFF;
        int updated;
        if (pending) {
            updated = ~Checksum.update(~checksum & 0xFFFF, old, fresh) & 0xFFFF;
        } else {
            updated = tcp ? Checksum.update(checksum, old, fresh) : Checksum.updateUdp(checksum, old, fresh);
        }
        bytes.putShort(field, (short) updated);
    }

    /**
     * Tells whether IPv4 options hold a source route that has not come to its end (RFC 7915 section 4.1).
     *
     * @param packet an IPv4 packet
     * @return whether they do
     */
    public static boolean hasOpenSourceRoute(Packet packet) {
        ByteBuffer bytes = packet.buffer();
        int at = packet.offset() + Packet.IPV4_HEADER_LENGTH;
        int end = packet.offset() + packet.headerLength();
        while (at < end) {
            int kind = bytes.get(at) & 0xFF;
            if (kind == 0) {
                return false;
            }
            int size = kind == 1 ? 1 : at + 1 < end ? bytes.get(at + 1) & 0xFF : 0;
            if (size < 1 || (kind != 1 && size < 2) || at + size > end) {
                return false;
            }
            // Loose and strict source routes; the pointer counts from 1.
            if ((kind == 131 || kind == 137) && size >= 3 && (bytes.get(at + 2) & 0xFF) <= size) {
                return true;
            }
            at += size;
        }
        return false;
    }
}
