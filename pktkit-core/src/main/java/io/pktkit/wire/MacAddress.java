// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/** A 48-bit IEEE MAC address. Immutable; the first octet on the wire is the highest byte of {@link #toLong()}. */
public final class MacAddress implements Comparable<MacAddress> {

    /** Length on the wire in bytes. */
    public static final int LENGTH = 6;

    /** 00:00:00:00:00:00, which no station has. */
    public static final MacAddress ZERO = new MacAddress(0);

    /** ff:ff:ff:ff:ff:ff, every station. */
    public static final MacAddress BROADCAST = new MacAddress(0xFFFF_FFFF_FFFFL);

    private static final long GROUP_BIT = 1L << 40;
    private static final long LOCAL_BIT = 1L << 41;
    private static final String REMEDY = "write six pairs of hex digits, such as 02:00:00:00:00:01";

    private final long bits;

    private MacAddress(long bits) {
        this.bits = bits;
    }

    /**
     * Makes an address of the low 48 bits.
     *
     * @param bits48 the address; the high 16 bits are ignored
     * @return the address
     */
    public static MacAddress of(long bits48) {
        return new MacAddress(bits48 & BROADCAST.bits);
    }

    /**
     * Makes an address of six octets.
     *
     * @param six the octets in wire order
     * @return the address
     * @throws IllegalArgumentException if there are not exactly six
     */
    public static MacAddress of(byte[] six) {
        if (six.length != LENGTH) {
            throw new IllegalArgumentException("a MAC address has 6 octets: length=" + six.length);
        }
        long bits = 0;
        for (byte octet : six) {
            bits = bits << 8 | (octet & 0xFF);
        }
        return new MacAddress(bits);
    }

    /**
     * Reads six pairs of hex digits, separated by colons or by hyphens throughout, in either case.
     *
     * @param text such as {@code 02:00:00:00:00:01}
     * @return the address
     * @throws AddressFormatException if the text is anything else
     */
    public static MacAddress parse(String text) {
        if (text.length() != 17) {
            throw new AddressFormatException("a MAC address", text, REMEDY);
        }
        char separator = text.charAt(2);
        long bits = 0;
        for (int at = 0; at < 17; at += 3) {
            int high = hexDigit(text.charAt(at));
            int low = hexDigit(text.charAt(at + 1));
            boolean separated = at == 15 || text.charAt(at + 2) == separator;
            if (high < 0 || low < 0 || !separated || (separator != ':' && separator != '-')) {
                throw new AddressFormatException("a MAC address", text, REMEDY);
            }
            bits = bits << 8 | high << 4 | low;
        }
        return new MacAddress(bits);
    }

    /** {@return a random unicast address from the locally administered half of the space, IEEE 802 section 8.4} */
    public static MacAddress randomLocal() {
        return of((ThreadLocalRandom.current().nextLong() | LOCAL_BIT) & ~GROUP_BIT);
    }

    /**
     * Tells whether an address names a group, by its I/G bit; the broadcast address does.
     *
     * @param bits the address in the low 48 bits
     * @return whether it is a group address
     */
    public static boolean isMulticast(long bits) {
        return (bits & GROUP_BIT) != 0;
    }

    /** {@return the address in the low 48 bits} */
    public long toLong() {
        return bits;
    }

    /** {@return the six octets in wire order, in a new array} */
    public byte[] toBytes() {
        byte[] octets = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            octets[i] = (byte) (bits >>> (40 - 8 * i));
        }
        return octets;
    }

    /**
     * Writes an address given as a number.
     *
     * @param target a big-endian buffer
     * @param offset where to write, absolute
     * @param bits48 the address in the low 48 bits
     * @return how many octets were written, 6
     */
    public static int write(ByteBuffer target, int offset, long bits48) {
        target.putShort(offset, (short) (bits48 >>> 32));
        target.putInt(offset + 2, (int) bits48);
        return LENGTH;
    }

    /** {@return whether this is ff:ff:ff:ff:ff:ff} */
    public boolean isBroadcast() {
        return bits == BROADCAST.bits;
    }

    /** {@return whether this names a group: the I/G bit is set; broadcast counts} */
    public boolean isMulticast() {
        return isMulticast(bits);
    }

    /** {@return whether this names one station: the I/G bit is clear} */
    public boolean isUnicast() {
        return !isMulticast(bits);
    }

    /** {@return whether the address is locally administered: the U/L bit is set} */
    public boolean isLocal() {
        return (bits & LOCAL_BIT) != 0;
    }

    @Override
    public int compareTo(MacAddress other) {
        return Long.compare(bits, other.bits);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MacAddress that && that.bits == bits;
    }

    /** Keyed per process, so that stations cannot choose addresses that collide. */
    @Override
    public int hashCode() {
        return (int) KeyedHash.shared().of(bits);
    }

    /** {@return the address in lower case with colons} */
    @Override
    public String toString() {
        return toString(bits);
    }

    static String toString(long bits) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 44; shift >= 0; shift -= 4) {
            text.append(Character.forDigit((int) (bits >>> shift) & 0xF, 16));
            if (shift % 8 == 0 && shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }

    /** ASCII only, unlike {@link Character#digit(char, int)}, which takes the digits of every script. */
    static int hexDigit(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        char lower = (char) (c | 0x20);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
