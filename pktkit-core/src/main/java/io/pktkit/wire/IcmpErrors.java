// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Answers packets with ICMP errors, under the rules on when there must be none: RFC 1122 section 3.2.2, RFC 1812 section
 * 4.3.2.7, RFC 4443 section 2.4.
 *
 * <p>How the link addressed a packet is known where it was noted, see {@link Packet#linkCast()}. One rule needs knowledge
 * that a packet does not hold, so it is the caller's: nothing for one sent to a subnet's directed broadcast address. So
 * is the {@linkplain RateLimiter rate limit}, to be asked after this class has agreed. Safe for any thread.
 */
public final class IcmpErrors {

    /** The longest IPv4 error that is written, RFC 1812 section 4.3.2.3. */
    public static final int MAX_IPV4_LENGTH = 576;

    /** The longest error that is written: the minimum MTU of IPv6, RFC 4443 section 2.4(c). */
    public static final int MAX_LENGTH = 1280;

    /** Precedence 6, internetwork control, that routers hurry and hold back last: RFC 1812 section 4.3.2.5. IPv6 has none. */
    private static final int INTERNETWORK_CONTROL = 6 << 5;

    private static final int OPTION_ACTION_MASK = 0xC0;
    private static final int OPTION_DISCARD_AND_REPORT = 0x80;
    private static final int UNRECOGNIZED_OPTION = 2;

    private IcmpErrors() {}

    /**
     * Writes the whole IP packet of an error. It quotes as much of the original as fits, at most what the original
     * declares as its length, so that no Ethernet padding goes back.
     *
     * @param original the packet that cannot be delivered, with a verified IPv4 header checksum
     * @param from who reports, of the original's family
     * @param error what to say
     * @param target a big-endian buffer with {@link #MAX_LENGTH} bytes of room behind {@code offset}, which does not
     *     overlap the original
     * @param offset the first byte to write, absolute
     * @return the packet's length in bytes; 0 if no error may be sent, and nothing was written
     */
    public static int write(Packet original, IpAddress from, IcmpError error, ByteBuffer target, int offset) {
        IpFamily family = from.family();
        if (!mayReply(original, error) || original.family() != family || from.isUnspecified() || from.isMulticast()) {
            return 0;
        }
        int header = IpHeader.length(family);
        int most = family == IpFamily.IPV4 ? MAX_IPV4_LENGTH : MAX_LENGTH;
        int overhead = header + IcmpMessage.HEADER_LENGTH;
        int quote = Math.min(original.totalLength(), most - overhead);
        int protocol = family == IpFamily.IPV4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
        int icmpLength = IcmpMessage.HEADER_LENGTH + quote;
        // DF makes the packet atomic, so that its identification means nothing (RFC 6864 section 4.1).
        IpHeader.write(
                target,
                offset,
                from,
                original.source(),
                protocol,
                icmpLength,
                IpHeader.DEFAULT_HOP_LIMIT,
                0,
                family == IpFamily.IPV4 ? INTERNETWORK_CONTROL : 0,
                true);
        int icmp = offset + header;
        target.put(icmp, (byte) error.type(family));
        target.put(icmp + 1, (byte) error.code(family));
        target.putShort(icmp + 2, (short) 0);
        target.putInt(icmp + 4, error.restOfHeader(family));
        target.put(offset + overhead, original.buffer, original.offset, quote);
        int checksum = family == IpFamily.IPV4
                ? Checksum.internet(target, icmp, icmpLength)
                : Checksum.transport(from, original.source(), protocol, target, icmp, icmpLength);
        target.putShort(icmp + 2, (short) checksum);
        return overhead + quote;
    }

    /**
     * Tells whether an error may be sent about a packet, as far as the packet shows.
     *
     * @param original the packet
     * @param error what would be said; it matters for IPv6 packets to a group, of IP or of the link, where two errors are
     *     allowed
     * @return whether it may
     */
    public static boolean mayReply(Packet original, IcmpError error) {
        return original.isComplete()
                && original.isHeaderChainComplete() // or an ICMPv6 error may hide behind the end of the walk
                && original.fragmentOffset() == 0
                && isSingleHost(original)
                && !isIcmpThatIsNeverAnswered(original)
                && !original.isBroadcast()
                && (isToOneStation(original) || isAllowedForMulticast(original, error));
    }

    private static boolean isToOneStation(Packet packet) {
        return !packet.isMulticast() && packet.linkCast() == LinkCast.UNICAST;
    }

    /** RFC 1122 section 3.2.2: a source that is zero, loopback, broadcast, multicast or class E names no single host. */
    private static boolean isSingleHost(Packet packet) {
        long low = packet.sourceLow();
        if (packet.isIpv4()) {
            int network = (int) (low >>> 24);
            return network != 0 && network != 127 && network < 224;
        }
        long high = packet.sourceHigh();
        boolean unspecifiedOrLoopback = high == 0 && low >>> 1 == 0;
        return !unspecifiedOrLoopback && !IpAddress.isMulticast(IpFamily.IPV6, high, low);
    }

    private static boolean isIcmpThatIsNeverAnswered(Packet packet) {
        int icmpProtocol = packet.isIpv4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
        if (packet.protocol() != icmpProtocol) {
            return false;
        }
        @Nullable IcmpMessage icmp = packet.icmp();
        return icmp == null || icmp.isError() || (packet.isIpv6() && icmp.type() == IcmpMessage.V6_REDIRECT);
    }

    /** RFC 4443 section 2.4(e.3): Packet Too Big, and an unrecognized option that asks to be reported even so. */
    private static boolean isAllowedForMulticast(Packet packet, IcmpError error) {
        if (!packet.isIpv6()) {
            return false;
        }
        int type = error.type(IpFamily.IPV6);
        if (type == IcmpMessage.V6_PACKET_TOO_BIG) {
            return true;
        }
        int pointer = error.restOfHeader(IpFamily.IPV6);
        return type == IcmpMessage.V6_PARAMETER_PROBLEM
                && error.code(IpFamily.IPV6) == UNRECOGNIZED_OPTION
                && pointer >= 0
                && pointer < packet.totalLength()
                && (packet.u8(pointer) & OPTION_ACTION_MASK) == OPTION_DISCARD_AND_REPORT;
    }
}
