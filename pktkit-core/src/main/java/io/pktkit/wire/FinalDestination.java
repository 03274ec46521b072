// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * The address that a transport checksum covers while a Routing header still has segments left (RFC 8200 section 8.1): the
 * last hop of the route, not the next one that the fixed header names.
 */
final class FinalDestination {

    private static final int TYPE_OFFSET = 2;
    private static final int SEGMENTS_LEFT_OFFSET = 3;
    private static final int ADDRESSES_OFFSET = 8;
    private static final int ADDRESS_LENGTH = 16;
    private static final int SOURCE_ROUTE = 0; // RFC 2460 section 4.4
    private static final int MOBILE = 2; // RFC 6275 section 6.4
    private static final int RPL = 3; // RFC 6554
    private static final int SEGMENT_ROUTING = 4; // RFC 8754

    private FinalDestination() {}

    /** The raw sum of the final destination address, or -1 if the route is of a kind that cannot be read. */
    static int sum(Packet packet) {
        int routing = packet.isIpv6() ? packet.layout().routing : -1;
        if (routing < 0 || packet.u8(routing + SEGMENTS_LEFT_OFFSET) == 0) {
            return Checksum.sumOfAddress(packet.destinationHigh(), packet.destinationLow());
        }
        int length = (packet.u8(routing + 1) + 1) * 8;
        int addresses = length - ADDRESSES_OFFSET;
        return switch (packet.u8(routing + TYPE_OFFSET)) {
            case SOURCE_ROUTE, MOBILE ->
                addresses >= ADDRESS_LENGTH && addresses % ADDRESS_LENGTH == 0
                        ? sumAt(packet, routing + length - ADDRESS_LENGTH)
                        : -1;
            // The segments are listed backwards.
            case SEGMENT_ROUTING -> addresses >= ADDRESS_LENGTH ? sumAt(packet, routing + ADDRESSES_OFFSET) : -1;
            case RPL -> sumOfCompressed(packet, routing, length);
            default -> -1;
        };
    }

    private static int sumAt(Packet packet, int at) {
        return Checksum.sum(packet.buffer, packet.offset + at, ADDRESS_LENGTH);
    }

    /** The last address comes without the octets that it shares with the destination of the fixed header. */
    private static int sumOfCompressed(Packet packet, int routing, int length) {
        int shared = packet.u8(routing + 4) & 0xF;
        int padding = packet.u8(routing + 5) >>> 4;
        int last = routing + length - padding - (ADDRESS_LENGTH - shared);
        if (last < routing + ADDRESSES_OFFSET) {
            return -1;
        }
        ByteBuffer address = ByteBuffer.allocate(ADDRESS_LENGTH);
        address.putLong(0, packet.destinationHigh()).putLong(8, packet.destinationLow());
        address.put(shared, packet.buffer, packet.offset + last, ADDRESS_LENGTH - shared);
        return Checksum.sum(address, 0, ADDRESS_LENGTH);
    }
}
