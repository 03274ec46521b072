// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.KeyedHash;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A domain name: labels of 1 to 63 octets, at most 255 octets on the wire. Immutable. Compares without regard to the
 * case of ASCII letters (RFC 4343), yet keeps it; {@link #equalsExactly} regards it.
 */
public final class DnsName implements Comparable<DnsName> {
    /** The most octets that a name takes on the wire, its length octets included (RFC 1035 section 2.3.4). */
    public static final int MAX_LENGTH = 255;

    /** The most octets of a label. */
    public static final int MAX_LABEL_LENGTH = 63;

    /** The name without labels. */
    public static final DnsName ROOT = new DnsName(new byte[1]);

    private static final DnsName IN_ADDR = parse("in-addr.arpa");
    private static final DnsName IP6 = parse("ip6.arpa");
    private static final String REMEDY =
            "write labels of 1 to 63 letters, digits, hyphens (neither first nor last) or underscores, 253 characters in all";
    private static final String HEX = "0123456789abcdef";

    private final byte[] wire;

    /** Made when it is first asked for; 0 until then. Whoever comes at the same time makes the same. */
    private int hash;

    /** Takes ownership of the octets, which the caller has checked. */
    private DnsName(byte[] wire) {
        this.wire = wire;
    }

    /**
     * Reads a host or service name. A dot at the end is allowed and changes nothing; "." is the root.
     *
     * @param text such as {@code www.example.com}
     * @return the name
     * @throws AddressFormatException if a label is empty, too long or has other characters, or the name is too long. Names
     *     in other scripts are to be given in their ASCII form ({@code xn--...}).
     */
    public static DnsName parse(String text) {
        if (text.equals(".")) {
            return ROOT;
        }
        int end = text.endsWith(".") ? text.length() - 1 : text.length();
        if (end == 0 || end + 2 > MAX_LENGTH) {
            throw refuse(text);
        }
        byte[] wire = new byte[end + 2];
        int label = 0;
        for (int i = 0; i <= end; i++) {
            if (i == end || text.charAt(i) == '.') {
                int length = i - label;
                if (length < 1 || length > MAX_LABEL_LENGTH || text.charAt(label) == '-' || text.charAt(i - 1) == '-') {
                    throw refuse(text);
                }
                wire[label] = (byte) length;
                label = i + 1;
            } else if (isNameCharacter(text.charAt(i))) {
                wire[i + 1] = (byte) text.charAt(i);
            } else {
                throw refuse(text);
            }
        }
        return new DnsName(wire);
    }

    /**
     * Gives the name under which the DNS keeps the name of an address (RFC 1035 section 3.5, RFC 3596 section 2.5).
     *
     * @param address the address
     * @return a name in in-addr.arpa or ip6.arpa
     */
    public static DnsName reverse(IpAddress address) {
        byte[] octets = address.toBytes();
        StringBuilder text = new StringBuilder(80);
        for (int i = octets.length - 1; i >= 0; i--) {
            int octet = octets[i] & 0xFF;
            if (address.isIpv4()) {
                text.append(octet).append('.');
            } else {
                text.append(HEX.charAt(octet & 15))
                        .append('.')
                        .append(HEX.charAt(octet >>> 4))
                        .append('.');
            }
        }
        return parse(text.append(address.isIpv4() ? "in-addr.arpa" : "ip6.arpa").toString());
    }

    /**
     * Gives the address whose name a reverse name is for.
     *
     * @param name such as {@code 1.2.0.192.in-addr.arpa}
     * @return the address, or null if the name is not that of a whole one
     */
    public static @Nullable IpAddress addressOf(DnsName name) {
        int labels = name.labelCount();
        if (labels == 6 && name.isWithin(IN_ADDR)) {
            return forward(name, 4, 3, 10, 255);
        }
        return labels == 34 && name.isWithin(IP6) ? forward(name, 32, 1, 16, 15) : null;
    }

    /** The first labels are the address's digits, the last one first. */
    private static @Nullable IpAddress forward(DnsName name, int labels, int longest, int radix, int most) {
        byte[] octets = new byte[radix == 10 ? labels : labels / 2];
        int at = 0;
        for (int i = labels - 1; i >= 0; i--) {
            int length = name.wire[at];
            int value = 0;
            for (int j = 1; j <= length; j++) {
                int digit = Character.digit(name.wire[at + j], radix);
                value = digit < 0 || length > longest ? most + 1 : value * radix + digit;
                if (value > most) {
                    return null;
                }
            }
            if (radix == 10) {
                octets[i] = (byte) value;
            } else {
                octets[i / 2] |= (byte) (i % 2 == 0 ? value << 4 : value);
            }
            at += 1 + length;
        }
        return IpAddress.of(octets);
    }

    /** {@return the octets that the name takes on the wire without compression, 1 to 255} */
    public int length() {
        return wire.length;
    }

    /** {@return how many labels there are, the root's empty one not counted} */
    public int labelCount() {
        int count = 0;
        for (int at = 0; wire[at] != 0; at += 1 + wire[at]) {
            count++;
        }
        return count;
    }

    /** {@return whether this is the name without labels} */
    public boolean isRoot() {
        return wire.length == 1;
    }

    /**
     * Tells whether this name is another or lies below it.
     *
     * @param ancestor the other name
     * @return whether it does; every name is within the root
     */
    public boolean isWithin(DnsName ancestor) {
        for (int at = 0; ; at += 1 + wire[at]) {
            int rest = wire.length - at;
            if (rest == ancestor.wire.length) {
                return equalsIgnoringCase(wire, at, ancestor.wire);
            }
            if (rest < ancestor.wire.length) {
                return false;
            }
        }
    }

    /**
     * Gives this name with each letter in upper or lower case at random. A server repeats the question as it was asked,
     * so the case adds as many secret bits to a query as the name has letters ("0x20", RFC 5452 section 9 for why).
     *
     * @param random where the bits come from; a {@link java.security.SecureRandom} unless in a test
     * @return an equal name
     */
    public DnsName withRandomCase(Random random) {
        byte[] mixed = wire.clone();
        long bits = 0;
        int left = 0;
        for (int at = 0; mixed[at] != 0; at += 1 + mixed[at]) {
            for (int i = at + 1; i <= at + mixed[at]; i++) {
                if (isLetter(mixed[i])) {
                    if (left == 0) {
                        bits = random.nextLong(); // a call of a secure source for each letter would cost more than
                        // the query
                        left = Long.SIZE;
                    }
                    mixed[i] = (byte) (mixed[i] ^ (bits << 5 & 0x20));
                    bits >>>= 1;
                    left--;
                }
            }
        }
        return new DnsName(mixed);
    }

    /** {@return an equal name without upper-case letters} */
    public DnsName toLowerCase() {
        byte[] folded = wire.clone();
        for (int i = 0; i < folded.length; i++) {
            folded[i] = (byte) lower(folded[i]);
        }
        return new DnsName(folded);
    }

    /** {@return this name without its first label; the root of the root} */
    public DnsName parent() {
        return isRoot() ? this : new DnsName(Arrays.copyOfRange(wire, 1 + wire[0], wire.length));
    }

    /**
     * Compares with regard to case.
     *
     * @param other the other name
     * @return whether all octets are the same
     */
    public boolean equalsExactly(DnsName other) {
        return Arrays.equals(wire, other.wire);
    }

    @Override
    public int compareTo(DnsName other) {
        int common = Math.min(wire.length, other.wire.length);
        for (int i = 0; i < common; i++) {
            int order = Integer.compare(lower(wire[i]), lower(other.wire[i]));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(wire.length, other.wire.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DnsName name && equalsIgnoringCase(wire, 0, name.wire);
    }

    /** Under the secret of the process, for whoever asks or is asked for chooses the name: none can be aimed at one bucket. */
    @Override
    public int hashCode() {
        int made = hash;
        if (made == 0) {
            long mixed = wire.length;
            for (int at = 0; at < wire.length; at += 2 * Long.BYTES) {
                mixed = KeyedHash.hash(mixed, word(at), word(at + Long.BYTES));
            }
            made = Math.max(1, (int) (mixed >>> 33));
            hash = made;
        }
        return made;
    }

    /** Eight octets from there on in lower case, zeros behind the last. */
    private long word(int from) {
        long word = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            word = (word << Byte.SIZE) | (i < wire.length ? lower(wire[i]) & 0xFF : 0);
        }
        return word;
    }

    /** {@return the name as text without a dot at the end; unusual octets as {@code \DDD} (RFC 1035 section 5.1)} */
    @Override
    public String toString() {
        if (isRoot()) {
            return ".";
        }
        StringBuilder text = new StringBuilder(wire.length);
        for (int at = 0; wire[at] != 0; at += 1 + wire[at]) {
            if (at > 0) {
                text.append('.');
            }
            for (int i = at + 1; i <= at + wire[at]; i++) {
                appendEscaped(text, wire[i] & 0xFF);
            }
        }
        return text.toString();
    }

    /** The first {@code length} octets of what {@link DnsReader} has assembled and checked. */
    static DnsName ofWire(byte[] octets, int length) {
        return length == 1 ? ROOT : new DnsName(Arrays.copyOf(octets, length));
    }

    byte[] wire() {
        return wire;
    }

    private static void appendEscaped(StringBuilder text, int octet) {
        if (octet <= ' ' || octet >= 0x7F) {
            text.append('\\').append((char) ('0' + octet / 100));
            text.append((char) ('0' + octet / 10 % 10)).append((char) ('0' + octet % 10));
        } else {
            if (octet == '.' || octet == '\\') {
                text.append('\\');
            }
            text.append((char) octet);
        }
    }

    private static boolean equalsIgnoringCase(byte[] a, int from, byte[] b) {
        if (a.length - from != b.length) {
            return false;
        }
        if (Arrays.equals(a, from, a.length, b, 0, b.length)) {
            return true; // as most are, and that is told in a few instructions
        }
        for (int i = 0; i < b.length; i++) {
            if (lower(a[from + i]) != lower(b[i])) {
                return false;
            }
        }
        return true;
    }

    /** A length octet is at most 63 and thus below the letters. */
    private static int lower(byte octet) {
        return isLetter(octet) ? octet | 0x20 : octet;
    }

    private static boolean isLetter(byte octet) {
        int lower = octet | 0x20;
        return lower >= 'a' && lower <= 'z';
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    private static AddressFormatException refuse(String text) {
        return new AddressFormatException("a domain name", text, REMEDY);
    }
}
