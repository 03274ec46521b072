// SPDX-License-Identifier: MIT
package io.pktkit.iphost.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Judges the extension headers of an IPv6 packet at its destination: RFC 8200 sections 4.1 to 4.5, with the limits that Linux
 * sets where the RFC sets none, so that nothing is answered that Linux drops. Reads only; one judge for one owner.
 *
 * <p>Headers that this host does not process (AH, Mobility, HIP, Shim6, ESP) are unrecognized next headers. Of routing
 * headers none is processed: those of types 2, 3 and 4 are for hosts that were told to, and are dropped in silence as by a
 * Linux that was not; any other is ignored once no segments are left, and reported else.
 */
public final class ExtensionHeaders {
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int MOBILITY = 135;
    private static final int HOST_IDENTITY = 139;
    private static final int SHIM6 = 140;

    private static final int FIXED_HEADER = 40;
    private static final int PAYLOAD_LENGTH_FIELD = 4;
    private static final int NEXT_HEADER_FIELD = 6;
    private static final int MAX_DATAGRAM = 0xFFFF;

    private static final int PAD1 = 0;
    private static final int PADN = 1;
    private static final int ROUTER_ALERT = 5; // RFC 2711; the value is nothing to a host

    /** Linux: more padding than alignment to eight ever needs, or padding that says something, is a covert channel. */
    private static final int MAX_PADDING = 7;

    /** Linux: net.ipv6.max_hbh_opts_number and max_dst_opts_number. */
    private static final int MAX_OPTIONS = 8;

    private static final int ERRONEOUS_FIELD = 0;
    private static final int UNRECOGNIZED_NEXT_HEADER = 1;
    private static final int UNRECOGNIZED_OPTION = 2;

    private @Nullable IcmpError error;

    /** {@return what to tell the sender of the packet that was judged last, if its judgment was a drop; null for nothing} */
    public @Nullable IcmpError error() {
        return error;
    }

    /**
     * Judges the headers up to the first Fragment header, if there is one, and else all of them.
     *
     * @param packet a complete packet of either family
     * @return null if the packet is to be processed, or why it is dropped
     */
    public @Nullable DropReason judge(Packet packet) {
        error = null;
        if (!packet.isIpv6() || !isExtension(packet.nextHeader())) {
            return null;
        }
        ByteBuffer buffer = packet.buffer();
        int base = packet.offset();
        int end = packet.totalLength();
        int link = NEXT_HEADER_FIELD;
        int at = FIXED_HEADER;
        int next = packet.nextHeader();
        while (isExtension(next)) {
            if (at + 8 > end) {
                return DropReason.TRUNCATED;
            }
            if (next == FRAGMENT) {
                return judgeFragment(u16(buffer, base + at + 2), end - at - 8, at + 2);
            }
            int length = (u8(buffer, base + at + 1) + 1) * 8;
            if (isUnprocessed(next)) {
                return refuse(DropReason.UNSUPPORTED, UNRECOGNIZED_NEXT_HEADER, link);
            }
            if (at + length > end) {
                return DropReason.TRUNCATED;
            }
            if (next == HOP_BY_HOP && link != NEXT_HEADER_FIELD) {
                return refuse(
                        DropReason.MALFORMED, UNRECOGNIZED_NEXT_HEADER, link); // section 4, next to last paragraph
            }
            DropReason reason = next == ROUTING
                    ? judgeRouting(packet, at)
                    : judgeOptions(packet, at + 2, at + length, next == HOP_BY_HOP);
            if (reason != null) {
                return reason;
            }
            link = at;
            next = u8(buffer, base + at);
            at += length;
        }
        return packet.isHeaderChainComplete() ? null : DropReason.MALFORMED;
    }

    /**
     * Where the Next Header field is that names the transport, for a report on one that is unknown.
     *
     * @param packet an IPv6 packet whose headers were judged
     * @return an offset from the packet's first byte
     */
    public static int transportLink(Packet packet) {
        int link = NEXT_HEADER_FIELD;
        int at = FIXED_HEADER;
        int next = packet.nextHeader();
        while (isExtension(next) && !isUnprocessed(next) && at + 8 <= packet.totalLength()) {
            link = at;
            int length = next == FRAGMENT ? 8 : (u8(packet.buffer(), packet.offset() + at + 1) + 1) * 8;
            next = u8(packet.buffer(), packet.offset() + at);
            at += length;
        }
        return link;
    }

    /** Section 4.5: lengths that cannot be, before anything is kept of it. */
    private @Nullable DropReason judgeFragment(int word, int size, int offsetField) {
        boolean more = (word & 1) != 0;
        if (more && size % 8 != 0) {
            return refuse(DropReason.MALFORMED, ERRONEOUS_FIELD, PAYLOAD_LENGTH_FIELD);
        }
        int unfragmentable = offsetField - 2 - FIXED_HEADER;
        if (unfragmentable + (word & 0xFFF8) + size > MAX_DATAGRAM) {
            return refuse(DropReason.MALFORMED, ERRONEOUS_FIELD, offsetField);
        }
        return null;
    }

    /** Section 4.4; type 0 is one of the unrecognized (RFC 5095 section 3). */
    private @Nullable DropReason judgeRouting(Packet packet, int at) {
        int type = u8(packet.buffer(), packet.offset() + at + 2);
        int segmentsLeft = u8(packet.buffer(), packet.offset() + at + 3);
        if (packet.isMulticast() || (type >= 2 && type <= 4)) {
            return DropReason.UNSUPPORTED;
        }
        return segmentsLeft == 0 ? null : refuse(DropReason.UNSUPPORTED, ERRONEOUS_FIELD, at + 2);
    }

    /** Section 4.2. */
    private @Nullable DropReason judgeOptions(Packet packet, int from, int end, boolean hopByHop) {
        ByteBuffer buffer = packet.buffer();
        int base = packet.offset();
        int padding = 0;
        int options = 0;
        int at = from;
        while (at < end) {
            int type = u8(buffer, base + at);
            if (type == PAD1) {
                at++;
                if (++padding > MAX_PADDING) {
                    return DropReason.MALFORMED;
                }
                continue;
            }
            int size = at + 2 <= end ? 2 + u8(buffer, base + at + 1) : Integer.MAX_VALUE;
            if (size > end - at) {
                return DropReason.MALFORMED; // it overruns its header
            }
            if (type == PADN) {
                padding += size;
                if (padding > MAX_PADDING || !isZero(buffer, base + at + 2, size - 2)) {
                    return DropReason.MALFORMED;
                }
            } else {
                padding = 0;
                if (++options > MAX_OPTIONS) {
                    return DropReason.MALFORMED;
                }
                DropReason reason = hopByHop && type == ROUTER_ALERT
                        ? (size == 4 ? null : DropReason.MALFORMED)
                        : judgeUnrecognized(packet, type, at);
                if (reason != null) {
                    return reason;
                }
            }
            at += size;
        }
        return null;
    }

    /** The two highest bits say what is to become of a packet with an option that is not known. */
    private @Nullable DropReason judgeUnrecognized(Packet packet, int type, int at) {
        return switch (type >>> 6) {
            case 0 -> null;
            case 1 -> DropReason.UNSUPPORTED;
            case 2 -> refuse(DropReason.UNSUPPORTED, UNRECOGNIZED_OPTION, at);
            default ->
                packet.isMulticast() ? DropReason.UNSUPPORTED : refuse(DropReason.UNSUPPORTED, UNRECOGNIZED_OPTION, at);
        };
    }

    private DropReason refuse(DropReason reason, int code, int pointer) {
        error = IcmpError.parameterProblem(code, pointer);
        return reason;
    }

    private static boolean isExtension(int header) {
        return header == HOP_BY_HOP
                || header == ROUTING
                || header == FRAGMENT
                || header == DESTINATION_OPTIONS
                || isUnprocessed(header);
    }

    private static boolean isUnprocessed(int header) {
        return header == IpProtocol.AH || header == MOBILITY || header == HOST_IDENTITY || header == SHIM6;
    }

    private static boolean isZero(ByteBuffer buffer, int from, int length) {
        for (int i = 0; i < length; i++) {
            if (buffer.get(from + i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int u8(ByteBuffer buffer, int at) {
        return buffer.get(at) & 0xFF;
    }

    private static int u16(ByteBuffer buffer, int at) {
        return buffer.getShort(at) & 0xFFFF;
    }
}
