// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.internal.PrefixTable;
import io.pktkit.wire.IpFamily;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The few fields of an inner packet that routing needs. Buffers are big-endian. */
final class InnerPacket {

    private static final int IPV4_HEADER = 20;
    private static final int IPV4_TOTAL_LENGTH = 2;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV4_DESTINATION = 16;
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_PAYLOAD_LENGTH = 4;
    private static final int IPV6_SOURCE = 8;
    private static final int IPV6_DESTINATION = 24;

    private InnerPacket() {}

    /** The length that the header tells, or -1 if it is no IP packet or not all there. */
    static int length(ByteBuffer buffer, int offset, int available) {
        if (available < IPV4_HEADER) {
            return -1;
        }
        int version = buffer.get(offset) >>> 4 & 0xF;
        if (version == 4) {
            int total = Short.toUnsignedInt(buffer.getShort(offset + IPV4_TOTAL_LENGTH));
            return total >= IPV4_HEADER && total <= available ? total : -1;
        }
        if (version == 6 && available >= IPV6_HEADER) {
            int total = IPV6_HEADER + Short.toUnsignedInt(buffer.getShort(offset + IPV6_PAYLOAD_LENGTH));
            return total <= available ? total : -1;
        }
        return -1;
    }

    static @Nullable WgPeer findDestination(PrefixTable<WgPeer> table, ByteBuffer buffer, int offset) {
        return find(table, buffer, offset, IPV4_DESTINATION, IPV6_DESTINATION);
    }

    static @Nullable WgPeer findSource(PrefixTable<WgPeer> table, ByteBuffer buffer, int offset) {
        return find(table, buffer, offset, IPV4_SOURCE, IPV6_SOURCE);
    }

    private static @Nullable WgPeer find(
            PrefixTable<WgPeer> table, ByteBuffer buffer, int offset, int ipv4Field, int ipv6Field) {
        if ((buffer.get(offset) >>> 4 & 0xF) == 4) {
            return table.find(IpFamily.IPV4, 0, Integer.toUnsignedLong(buffer.getInt(offset + ipv4Field)));
        }
        return table.find(
                IpFamily.IPV6, buffer.getLong(offset + ipv6Field), buffer.getLong(offset + ipv6Field + Long.BYTES));
    }
}
