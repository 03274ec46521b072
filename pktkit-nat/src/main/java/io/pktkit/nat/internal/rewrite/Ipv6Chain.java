// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.rewrite;

import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/** What of an IPv6 header chain a translator must know beyond its end. */
public final class Ipv6Chain {

    /** There is no such header. */
    public static final int NONE = -1;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;

    /** As many as core walks. */
    private static final int MAX_HEADERS = 16;

    private Ipv6Chain() {}

    /**
     * Finds the Fragment header.
     *
     * @param packet an IPv6 packet
     * @return where it is in the buffer, absolute, or NONE
     */
    public static int fragment(Packet packet) {
        return find(packet, FRAGMENT);
    }

    /**
     * Finds a Routing header that has segments left, which cannot be translated (RFC 7915 section 5.1).
     *
     * @param packet an IPv6 packet
     * @return where its Segments Left field is, from the packet's first byte, or NONE
     */
    public static int segmentsLeft(Packet packet) {
        int at = find(packet, ROUTING);
        return at >= 0 && packet.buffer().get(at + 3) != 0 ? at + 3 - packet.offset() : NONE;
    }

    private static int find(Packet packet, int wanted) {
        ByteBuffer bytes = packet.buffer();
        int end = packet.offset() + packet.totalLength();
        int at = packet.offset() + Packet.IPV6_HEADER_LENGTH;
        int next = packet.nextHeader();
        for (int i = 0; i < MAX_HEADERS && at + 8 <= end; i++) {
            if (next == wanted) {
                return at;
            }
            if (next != HOP_BY_HOP && next != ROUTING && next != DESTINATION_OPTIONS) {
                return NONE;
            }
            next = bytes.get(at) & 0xFF;
            at += ((bytes.get(at + 1) & 0xFF) + 1) * 8;
        }
        return NONE;
    }
}
