// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/** The text forms of addresses. Reads strictly, since {@code InetAddress} takes "10.1" and octal, and may ask the DNS. */
final class IpText {

    private static final String IPV4_REMEDY = "write four decimal octets without leading zeros, such as 10.0.0.1";
    private static final String IPV6_REMEDY = "write hex groups without a zone, such as 2001:db8::1";
    private static final int IPV6_GROUPS = 8;

    private IpText() {}

    static IpAddress parse(String text) {
        if (text.indexOf(':') >= 0) {
            return parseIpv6(text);
        }
        long bits = ipv4Bits(text, 0);
        if (bits < 0) {
            throw new AddressFormatException("an IPv4 address", text, IPV4_REMEDY);
        }
        return IpAddress.ofIpv4((int) bits);
    }

    /** The number of decimal digits without sign or leading zero, or -1 if it is none or above {@code max}. */
    static int decimal(String text, int from, int to, int max) {
        int length = to - from;
        if (length < 1 || length > 3 || (length > 1 && text.charAt(from) == '0')) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value <= max ? value : -1;
    }

    /** Four dotted octets from {@code from} to the end as an unsigned 32-bit number, or -1. */
    private static long ipv4Bits(String text, int from) {
        long bits = 0;
        int start = from;
        for (int i = 0; i < 4; i++) {
            int dot = text.indexOf('.', start);
            boolean last = i == 3;
            if (last != dot < 0) {
                return -1;
            }
            int octet = decimal(text, start, last ? text.length() : dot, 255);
            if (octet < 0) {
                return -1;
            }
            bits = bits << 8 | octet;
            start = dot + 1;
        }
        return bits;
    }

    private static IpAddress parseIpv6(String text) {
        int[] groups = new int[IPV6_GROUPS];
        int count = 0;
        int gap = -1;
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            int end = groupEnd(text, at);
            if (end < text.length() && text.charAt(end) == '.') {
                long tail = ipv4Bits(text, at);
                if (tail < 0 || count > IPV6_GROUPS - 2) {
                    throw refuseIpv6(text);
                }
                groups[count++] = (int) (tail >>> 16);
                groups[count++] = (int) tail & 0xFFFF;
                break;
            }
            if (end == at || end - at > 4 || count == IPV6_GROUPS) {
                throw refuseIpv6(text);
            }
            groups[count++] = Integer.parseInt(text, at, end, 16);
            if (end == text.length()) {
                break;
            }
            // Here stands something that is no digit: a separator with a group behind it, or the one gap.
            boolean doubled = text.startsWith("::", end);
            if (text.charAt(end) != ':' || (doubled && gap >= 0) || end + 1 == text.length()) {
                throw refuseIpv6(text);
            }
            if (doubled) {
                gap = count;
            }
            at = end + (doubled ? 2 : 1);
        }
        if (gap < 0 ? count != IPV6_GROUPS : count == IPV6_GROUPS) {
            throw refuseIpv6(text);
        }
        return spread(groups, count, gap);
    }

    private static int groupEnd(String text, int from) {
        int end = from;
        while (end < text.length() && MacAddress.hexDigit(text.charAt(end)) >= 0) {
            end++;
        }
        return end;
    }

    /** Moves the groups behind the gap to the end. */
    private static IpAddress spread(int[] groups, int count, int gap) {
        long high = 0;
        long low = 0;
        int zeros = IPV6_GROUPS - count;
        for (int i = 0; i < IPV6_GROUPS; i++) {
            int group = 0;
            if (gap < 0 || i < gap) {
                group = groups[i];
            } else if (i >= gap + zeros) {
                group = groups[i - zeros];
            }
            if (i < 4) {
                high = high << 16 | group;
            } else {
                low = low << 16 | group;
            }
        }
        return IpAddress.ofIpv6(high, low);
    }

    private static AddressFormatException refuseIpv6(String text) {
        return new AddressFormatException("an IPv6 address", text, IPV6_REMEDY);
    }

    static String formatIpv4(int bits) {
        return (bits >>> 24) + "." + (bits >>> 16 & 0xFF) + "." + (bits >>> 8 & 0xFF) + "." + (bits & 0xFF);
    }

    /** RFC 5952: lower case, no leading zeros, "::" for the first longest run of at least two zero groups. */
    static String formatIpv6(long high, long low) {
        if (high == 0 && low >>> 32 == 0xFFFF) {
            return "::ffff:" + formatIpv4((int) low);
        }
        int runStart = -1;
        int runLength = 1;
        for (int i = 0; i < IPV6_GROUPS; i++) {
            int end = i;
            while (end < IPV6_GROUPS && group(high, low, end) == 0) {
                end++;
            }
            if (end - i > runLength) {
                runStart = i;
                runLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < IPV6_GROUPS; i++) {
            if (i == runStart) {
                text.append("::");
                i += runLength - 1;
                continue;
            }
            if (i > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(group(high, low, i)));
        }
        return text.toString();
    }

    private static int group(long high, long low, int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (index & 3))) & 0xFFFF;
    }
}
