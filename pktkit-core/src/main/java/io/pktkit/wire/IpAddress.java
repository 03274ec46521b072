// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 address: the family and 128 bits, an IPv4 address in the low 32 of them. Immutable.
 *
 * <p>The family is never inferred from the bits. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) stays IPv6, unlike in
 * {@link InetAddress}, until {@link #unmapped()} is asked for. Policy is to be judged on the unmapped address.
 */
public final class IpAddress implements Comparable<IpAddress> {

    private static final IpAddress UNSPECIFIED_IPV4 = new IpAddress(IpFamily.IPV4, 0, 0);
    private static final IpAddress UNSPECIFIED_IPV6 = new IpAddress(IpFamily.IPV6, 0, 0);
    private static final long IPV4_MASK = 0xFFFF_FFFFL;
    private static final long MAPPED_PREFIX = 0xFFFFL;

    private final IpFamily family;
    private final long high;
    private final long low;

    private IpAddress(IpFamily family, long high, long low) {
        this.family = family;
        this.high = high;
        this.low = low;
    }

    /**
     * Makes an IPv4 address.
     *
     * @param bits the address, its first octet in the highest byte
     * @return the address
     */
    public static IpAddress ofIpv4(int bits) {
        return new IpAddress(IpFamily.IPV4, 0, bits & IPV4_MASK);
    }

    /**
     * Makes an IPv6 address.
     *
     * @param high the first 64 bits
     * @param low the last 64 bits
     * @return the address
     */
    public static IpAddress ofIpv6(long high, long low) {
        return new IpAddress(IpFamily.IPV6, high, low);
    }

    /**
     * Makes an address of its primitive form.
     *
     * @param family the family
     * @param high the first 64 bits; ignored for IPv4
     * @param low the last 64 bits; the low 32 of them for IPv4
     * @return the address
     */
    public static IpAddress of(IpFamily family, long high, long low) {
        return family == IpFamily.IPV4 ? ofIpv4((int) low) : ofIpv6(high, low);
    }

    /**
     * Makes an address of 4 or 16 octets; 16 make an IPv6 address whatever they are.
     *
     * @param octets in wire order
     * @return the address
     * @throws IllegalArgumentException if there are neither 4 nor 16
     */
    public static IpAddress of(byte[] octets) {
        ByteBuffer bytes = ByteBuffer.wrap(octets);
        return switch (octets.length) {
            case 4 -> ofIpv4(bytes.getInt(0));
            case 16 -> ofIpv6(bytes.getLong(0), bytes.getLong(8));
            default -> throw new IllegalArgumentException("an IP address has 4 or 16 octets: length=" + octets.length);
        };
    }

    /**
     * Converts from the JDK's type. The zone of a scoped IPv6 address is dropped.
     *
     * @param address the address
     * @return the same address
     */
    public static IpAddress of(InetAddress address) {
        return of(address.getAddress());
    }

    /**
     * Reads an address without ever asking a name server. IPv4 is four decimal octets without leading zeros; IPv6 is as
     * in RFC 4291 section 2.2, a dotted tail allowed, a zone not.
     *
     * @param text such as {@code 10.0.0.1} or {@code 2001:db8::1}
     * @return the address
     * @throws AddressFormatException if the text is anything else
     */
    public static IpAddress parse(String text) {
        return IpText.parse(text);
    }

    /**
     * Gives the address that stands for "none": 0.0.0.0 or ::.
     *
     * @param family the family
     * @return its unspecified address
     */
    public static IpAddress unspecified(IpFamily family) {
        return family == IpFamily.IPV4 ? UNSPECIFIED_IPV4 : UNSPECIFIED_IPV6;
    }

    /** {@return the family} */
    public IpFamily family() {
        return family;
    }

    /** {@return whether this is an IPv4 address; an IPv4-mapped IPv6 address is not} */
    public boolean isIpv4() {
        return family == IpFamily.IPV4;
    }

    /** {@return whether this is an IPv6 address} */
    public boolean isIpv6() {
        return family == IpFamily.IPV6;
    }

    /** {@return the first 64 bits; 0 for IPv4} */
    public long high() {
        return high;
    }

    /** {@return the last 64 bits; for IPv4 the address, zero-extended} */
    public long low() {
        return low;
    }

    /** {@return the low 32 bits: the whole of an IPv4 address} */
    public int toIpv4Bits() {
        return (int) low;
    }

    /** {@return the 4 or 16 octets in wire order, in a new array} */
    public byte[] toBytes() {
        byte[] octets = new byte[family.addressLength()];
        writeTo(ByteBuffer.wrap(octets), 0);
        return octets;
    }

    /**
     * Converts to the JDK's type. The result is of the same family, an IPv4-mapped address included.
     *
     * @return the same address, without name or zone
     */
    public InetAddress toInetAddress() {
        try {
            // InetAddress.getByAddress would turn an IPv4-mapped address into IPv4.
            return isIpv4() ? InetAddress.getByAddress(toBytes()) : Inet6Address.getByAddress(null, toBytes(), -1);
        } catch (UnknownHostException e) {
            throw new AssertionError("only a wrong number of octets is refused", e);
        }
    }

    /**
     * Writes the octets in wire order.
     *
     * @param target a big-endian buffer
     * @param offset where to write, absolute
     * @return how many octets were written, 4 or 16
     */
    public int writeTo(ByteBuffer target, int offset) {
        if (isIpv4()) {
            target.putInt(offset, (int) low);
            return 4;
        }
        target.putLong(offset, high);
        target.putLong(offset + 8, low);
        return 16;
    }

    /** {@return whether this is 0.0.0.0 or ::} */
    public boolean isUnspecified() {
        return (high | low) == 0;
    }

    /** {@return whether this is in 127.0.0.0/8 or is ::1} */
    public boolean isLoopback() {
        return isIpv4() ? low >>> 24 == 127 : high == 0 && low == 1;
    }

    /** {@return whether this is in 224.0.0.0/4 or ff00::/8} */
    public boolean isMulticast() {
        return isMulticast(family, high, low);
    }

    /** {@return whether this is in 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291)} */
    public boolean isLinkLocal() {
        return isIpv4() ? low >>> 16 == 0xA9FE : high >>> 54 == 0xFE80 >>> 6;
    }

    /** {@return whether this is 255.255.255.255} */
    public boolean isLimitedBroadcast() {
        return isIpv4() && low == IPV4_MASK;
    }

    /**
     * Tells whether the address is of private use: RFC 1918, the shared space of RFC 6598 (100.64.0.0/10), or unique
     * local (fc00::/7, RFC 4193). An IPv4-mapped address is not; ask its {@link #unmapped()} form.
     *
     * @return whether it is
     */
    public boolean isPrivate() {
        if (isIpv6()) {
            return high >>> 57 == 0xFC >>> 1;
        }
        return low >>> 24 == 10 || low >>> 20 == 0xAC1 || low >>> 16 == 0xC0A8 || low >>> 22 == (100 << 8 | 64) >>> 6;
    }

    /** {@return whether this is in ::ffff:0:0/96, RFC 4291 section 2.5.5.2} */
    public boolean isIpv4Mapped() {
        return isIpv6() && high == 0 && low >>> 32 == MAPPED_PREFIX;
    }

    /** {@return the IPv4 address inside an IPv4-mapped one, otherwise this} */
    public IpAddress unmapped() {
        return isIpv4Mapped() ? ofIpv4((int) low) : this;
    }

    /** Orders IPv4 before IPv6, then by the bits as an unsigned number. */
    @Override
    public int compareTo(IpAddress other) {
        int order = family.compareTo(other.family);
        if (order == 0) {
            order = Long.compareUnsigned(high, other.high);
        }
        return order != 0 ? order : Long.compareUnsigned(low, other.low);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpAddress that && that.family == family && that.high == high && that.low == low;
    }

    /** Keyed per process, so that hosts cannot choose addresses that collide. */
    @Override
    public int hashCode() {
        return (int) KeyedHash.hash(high, low, family.addressLength());
    }

    /** {@return the address as text: dotted decimal, or as RFC 5952 recommends} */
    @Override
    public String toString() {
        return isIpv4() ? IpText.formatIpv4((int) low) : IpText.formatIpv6(high, low);
    }

    static boolean isMulticast(IpFamily family, long high, long low) {
        return family == IpFamily.IPV4 ? low >>> 28 == 0xE : high >>> 56 == 0xFF;
    }
}
