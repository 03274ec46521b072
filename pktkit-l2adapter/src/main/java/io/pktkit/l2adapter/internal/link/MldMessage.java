// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal.link;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The messages of Multicast Listener Discovery, versions 1 (RFC 2710) and 2 (RFC 3810), on the wire. */
final class MldMessage {
    static final int QUERY = 130;
    static final int V1_REPORT = 131;
    static final int V1_DONE = 132;
    static final int V2_REPORT = 143;

    /** Record types of RFC 3810 section 5.2.12. A host of ours wants a group from everybody or not at all. */
    static final int MODE_IS_EXCLUDE = 2;

    static final int CHANGE_TO_INCLUDE = 3;
    static final int CHANGE_TO_EXCLUDE = 4;

    static final IpAddress ALL_ROUTERS = IpAddress.ofIpv6(0xFF02L << 48, 2);
    static final IpAddress ALL_V2_ROUTERS = IpAddress.ofIpv6(0xFF02L << 48, 0x16);

    /** As many as the packet of 1280 bytes takes that every link carries. */
    static final int MAX_RECORDS = 61;

    private static final int HOP_LIMIT = 1;
    private static final int HOP_BY_HOP = 0;
    private static final int OPTIONS_LENGTH = 8;
    private static final int V1_LENGTH = 24;
    private static final int V2_QUERY_LENGTH = 28;
    private static final int V2_HEADER_LENGTH = 8;
    private static final int RECORD_LENGTH = 20;
    private static final int CHECKSUM_OFFSET = 2;
    private static final int RESPONSE_OFFSET = 4;
    private static final int GROUP_OFFSET = 8;
    private static final int ROBUSTNESS_OFFSET = 24;

    /** Router Alert of value 0, which is MLD (RFC 2711), and two bytes of padding. */
    private static final long ALERT_OPTIONS = 0x0502_0000_0100L;

    private static final int ROUTER_ALERT = 5;

    private MldMessage() {}

    /**
     * A query.
     *
     * @param version 1 or 2
     * @param group which group is asked for, or null for all
     * @param responseMillis within which time to answer
     * @param robustness how often to say what must not get lost; 0 if it does not say
     */
    record Query(int version, @Nullable IpAddress group, long responseMillis, int robustness) {}

    /** One line of a report of version 2. */
    record Entry(int type, IpAddress group) {}

    /** Whether a packet is a query, valid or not. */
    static boolean isQuery(Packet packet) {
        return packet.isIpv6()
                && packet.protocol() == IpProtocol.ICMPV6
                && packet.transportLength() >= 1
                && (packet.buffer().get(packet.transportOffset()) & 0xFF) == QUERY;
    }

    /** Reads a query by the rules of RFC 3810 section 6.2; null for what is none. */
    static @Nullable Query parse(Packet packet) {
        int length = packet.transportLength();
        boolean valid = isQuery(packet)
                && packet.hopLimit() == HOP_LIMIT
                && packet.source().isLinkLocal()
                && !packet.isFragment()
                && (length == V1_LENGTH || length >= V2_QUERY_LENGTH) // section 8.1; others are of no version
                && hasRouterAlert(packet)
                && packet.verifyTransportChecksum() == ChecksumStatus.VALID;
        if (!valid) {
            return null;
        }
        ByteBuffer buffer = packet.buffer();
        int at = packet.transportOffset();
        long high = buffer.getLong(at + GROUP_OFFSET);
        long low = buffer.getLong(at + GROUP_OFFSET + 8);
        IpAddress group = (high | low) == 0 ? null : IpAddress.ofIpv6(high, low);
        if (group != null && !group.isMulticast()) {
            return null;
        }
        int code = buffer.getShort(at + RESPONSE_OFFSET) & 0xFFFF;
        if (length == V1_LENGTH) {
            return new Query(1, group, code, 0);
        }
        return new Query(2, group, responseMillis(code), buffer.get(at + ROBUSTNESS_OFFSET) & 7);
    }

    /** Section 5.1.3: from 32768 on it is a floating-point number. */
    private static long responseMillis(int code) {
        return code < 0x8000 ? code : ((code & 0xFFFL) | 0x1000) << (((code >>> 12) & 7) + 3);
    }

    private static boolean hasRouterAlert(Packet packet) {
        ByteBuffer buffer = packet.buffer();
        int header = packet.offset();
        int at = header + IpHeader.length(IpFamily.IPV6);
        if (buffer.get(header + 6) != HOP_BY_HOP || at + OPTIONS_LENGTH > packet.transportOffset()) {
            return false;
        }
        int end = Math.min(at + ((buffer.get(at + 1) & 0xFF) + 1) * 8, packet.transportOffset());
        int option = at + 2;
        while (option + 1 < end) {
            int type = buffer.get(option) & 0xFF;
            int size = type == 0 ? 1 : 2 + (buffer.get(option + 1) & 0xFF); // Pad1 has no length
            if (type == ROUTER_ALERT) {
                return size == 4 && option + 4 <= end && buffer.getShort(option + 2) == 0;
            }
            option += size;
        }
        return false;
    }

    /** A report of version 2 as a packet. */
    static ByteBuffer report(IpAddress source, Iterable<Entry> entries, int count) {
        int length = V2_HEADER_LENGTH + count * RECORD_LENGTH;
        ByteBuffer packet = begin(source, ALL_V2_ROUTERS, length);
        int at = packet.limit() - length;
        packet.putInt(at, V2_REPORT << 24);
        packet.putShort(at + 6, (short) count);
        int entryAt = at + V2_HEADER_LENGTH;
        for (Entry entry : entries) {
            packet.putInt(entryAt, entry.type() << 24); // no auxiliary data, no sources
            entry.group().writeTo(packet, entryAt + 4);
            entryAt += RECORD_LENGTH;
        }
        return finish(packet, source, ALL_V2_ROUTERS, length);
    }

    /** A report or a farewell of version 1 as a packet. */
    static ByteBuffer version1(IpAddress source, int type, IpAddress group) {
        IpAddress destination = type == V1_DONE ? ALL_ROUTERS : group;
        ByteBuffer packet = begin(source, destination, V1_LENGTH);
        int at = packet.limit() - V1_LENGTH;
        packet.putInt(at, type << 24);
        group.writeTo(packet, at + GROUP_OFFSET);
        return finish(packet, source, destination, V1_LENGTH);
    }

    private static ByteBuffer begin(IpAddress source, IpAddress destination, int length) {
        int header = IpHeader.length(IpFamily.IPV6);
        ByteBuffer packet = ByteBuffer.allocate(header + OPTIONS_LENGTH + length);
        int payload = OPTIONS_LENGTH + length;
        IpHeader.write(packet, 0, source, destination, HOP_BY_HOP, payload, HOP_LIMIT, 0, 0, false);
        packet.putLong(header, ((long) IpProtocol.ICMPV6 << 56) | ALERT_OPTIONS);
        return packet;
    }

    private static ByteBuffer finish(ByteBuffer packet, IpAddress source, IpAddress destination, int length) {
        int at = packet.limit() - length;
        int checksum = Checksum.transport(source, destination, IpProtocol.ICMPV6, packet, at, length);
        packet.putShort(at + CHECKSUM_OFFSET, (short) checksum);
        return packet;
    }
}
