// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.rewrite;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpProtocol;
import java.nio.ByteBuffer;

/**
 * Changes one end of an IPv4 packet in place, checksums by RFC 1624. What a fragment or the quote of an error does not have
 * is left alone, and so are options and what is behind the packet's end.
 */
public final class Ipv4Rewrite {

    /** Where the source address is in the header. */
    public static final int SOURCE = 12;

    /** Where the destination address is in the header. */
    public static final int DESTINATION = 16;

    /** Leaves the identification as it is. */
    public static final int SAME_ID = -1;

    /** Leaves the TTL as it is. */
    public static final int SAME_TTL = -1;

    /** Where the checksum of TCP is. */
    private static final int TCP_CHECKSUM = 16;

    private static final int UDP_CHECKSUM = 6;
    private static final int ICMP_CHECKSUM = 2;
    private static final int ICMP_ID = 4;

    private Ipv4Rewrite() {}

    /**
     * Changes an address, the TTL and the identification.
     *
     * @param bytes a big-endian buffer
     * @param ip where the header is
     * @param field SOURCE or DESTINATION
     * @param address the new address
     * @param ttl the new TTL, or SAME_TTL
     * @param id the new identification, or SAME_ID
     */
    public static void header(ByteBuffer bytes, int ip, int field, int address, int ttl, int id) {
        int before = bytes.getInt(ip + field);
        int old = (before >>> 16) + (before & 0xFFFF);
        int fresh = (address >>> 16) + (address & 0xFFFF);
        bytes.putInt(ip + field, address);
        if (ttl != SAME_TTL) {
            old += bytes.getShort(ip + 8) & 0xFFFF;
            bytes.put(ip + 8, (byte) ttl);
            fresh += bytes.getShort(ip + 8) & 0xFFFF;
        }
        if (id != SAME_ID) {
            old += bytes.getShort(ip + 4) & 0xFFFF;
            bytes.putShort(ip + 4, (short) id);
            fresh += id & 0xFFFF;
        }
        int checksum = bytes.getShort(ip + 10) & 0xFFFF;
        bytes.putShort(ip + 10, (short) Checksum.update(checksum, folded(old), folded(fresh)));
    }

    /**
     * Changes a port, and the checksum for it and for an address that changed.
     *
     * @param bytes a big-endian buffer
     * @param at where the transport header is
     * @param length how much of transport header and payload is there
     * @param protocol the protocol
     * @param field SOURCE or DESTINATION
     * @param before the address before
     * @param after the address after
     * @param port the new port or identifier
     * @param pending whether the checksum field holds the sum of the pseudo-header only, which ports are no part of
     */
    public static void transport(
            ByteBuffer bytes,
            int at,
            int length,
            int protocol,
            int field,
            int before,
            int after,
            int port,
            boolean pending) {
        switch (protocol) {
            case IpProtocol.TCP, IpProtocol.UDP -> {
                int portAt = at + (field == SOURCE ? 0 : 2);
                int old = (before >>> 16) + (before & 0xFFFF);
                int fresh = (after >>> 16) + (after & 0xFFFF);
                if (!pending) {
                    old += bytes.getShort(portAt) & 0xFFFF;
                    fresh += port;
                }
                bytes.putShort(portAt, (short) port);
                boolean tcp = protocol == IpProtocol.TCP;
                int checksumOffset = tcp ? TCP_CHECKSUM : UDP_CHECKSUM;
                if (length >= checksumOffset + 2) {
                    update(bytes, at + checksumOffset, folded(old), folded(fresh), tcp, pending);
                }
            }
            case IpProtocol.ICMP -> {
                int old = bytes.getShort(at + ICMP_ID) & 0xFFFF;
                bytes.putShort(at + ICMP_ID, (short) port);
                int checksum = bytes.getShort(at + ICMP_CHECKSUM) & 0xFFFF;
                bytes.putShort(at + ICMP_CHECKSUM, (short) Checksum.update(checksum, old, port));
            }
            default -> {}
        }
    }

    /** A checksum that is pending is a sum, not yet its complement. */
    private static void update(ByteBuffer bytes, int at, int old, int fresh, boolean tcp, boolean pending) {
        int checksum = bytes.getShort(at) & 0xFFFF;
        int updated;
        if (pending) {
            updated = ~Checksum.update(~checksum & 0xFFFF, old, fresh) & 0xFFFF;
        } else {
            updated = tcp ? Checksum.update(checksum, old, fresh) : Checksum.updateUdp(checksum, old, fresh);
        }
        bytes.putShort(at, (short) updated);
    }

    private static int folded(int sum) {
        return Checksum.combine(sum, 0);
    }
}
