// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * Finds the transport header of a packet. Offsets are relative to the packet's first byte; -1 means that there is none.
 * Owned by one {@link Packet}.
 */
final class HeaderWalk {

    static final int HOP_BY_HOP = 0;
    static final int ROUTING = 43;
    static final int FRAGMENT = 44;
    static final int NO_NEXT_HEADER = 59;
    static final int DESTINATION_OPTIONS = 60;
    static final int MOBILITY = 135;
    static final int HOST_IDENTITY = 139;
    static final int SHIM6 = 140;

    /** A longer chain is not worth the time that a sender would make every hop spend on it. */
    static final int MAX_EXTENSION_HEADERS = 16;

    /** The protocol of the transport, or the header at which the walk ended. */
    int protocol;

    int transport;
    int fragment;
    int routing;

    /** Where the Next Header field that names the first Fragment header is. */
    int fragmentLink;

    /** False if the walk gave up inside the chain: cut short, or too many headers. */
    boolean complete;

    void ipv4(ByteBuffer buffer, int offset, int headerLength, boolean laterFragment, boolean hasPayload) {
        protocol = u8(buffer, offset + Packet.IPV4_PROTOCOL_OFFSET);
        transport = laterFragment || !hasPayload ? -1 : headerLength;
        fragment = -1;
        routing = -1;
        fragmentLink = -1;
        complete = true;
    }

    /**
     * Walks the chain of RFC 8200 section 4.
     *
     * @param end where the declared payload ends, relative, not past the view
     */
    void ipv6(ByteBuffer buffer, int offset, int end) {
        int at = Packet.IPV6_HEADER_LENGTH;
        int link = Packet.IPV6_NEXT_HEADER_OFFSET;
        protocol = u8(buffer, offset + link);
        transport = -1;
        fragment = -1;
        routing = -1;
        fragmentLink = -1;
        complete = false;
        for (int headers = 0; isExtension(protocol); headers++) {
            if (headers == MAX_EXTENSION_HEADERS || at + 8 > end) {
                return;
            }
            if (protocol == FRAGMENT) {
                if (fragment < 0) {
                    fragment = at;
                    fragmentLink = link;
                }
                if ((u16(buffer, offset + at + 2) & 0xFFF8) != 0) {
                    complete = true;
                    return;
                }
            } else if (protocol == ROUTING) {
                routing = at;
            }
            int length = extensionLength(protocol, u8(buffer, offset + at + 1));
            if (at + length > end) {
                return;
            }
            link = at;
            protocol = u8(buffer, offset + at);
            at += length;
        }
        complete = true;
        if (protocol != NO_NEXT_HEADER) {
            transport = at;
        }
    }

    static boolean isExtension(int protocol) {
        return switch (protocol) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, IpProtocol.AH, DESTINATION_OPTIONS, MOBILITY, HOST_IDENTITY, SHIM6 ->
                true;
            default -> false;
        };
    }

    /** In bytes. AH counts in units of four and leaves out two of them, not one of eight (RFC 4302 section 2.2). */
    static int extensionLength(int protocol, int lengthField) {
        return switch (protocol) {
            case FRAGMENT -> 8;
            case IpProtocol.AH -> (lengthField + 2) * 4;
            default -> (lengthField + 1) * 8;
        };
    }

    private static int u8(ByteBuffer buffer, int at) {
        return buffer.get(at) & 0xFF;
    }

    private static int u16(ByteBuffer buffer, int at) {
        return buffer.getShort(at) & 0xFFFF;
    }
}
