// SPDX-License-Identifier: MIT
package io.pktkit.nat.policy;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;

/** An IPv6 prefix in which IPv4 addresses are embedded (RFC 6052 section 2.2). Immutable. */
public final class Prefix64 {

    /** 64:ff9b::/96, the Well-Known Prefix, which stands for global addresses alone (RFC 6052 section 3.1). */
    public static final Prefix64 WELL_KNOWN = of(IpPrefix.parse("64:ff9b::/96"));

    private final IpPrefix prefix;
    private final long high;
    private final long low;
    private final int length;

    private Prefix64(IpPrefix prefix) {
        this.prefix = prefix;
        this.high = prefix.network().high();
        this.low = prefix.network().low();
        this.length = prefix.length();
    }

    /**
     * Makes one.
     *
     * @param prefix of 32, 40, 48, 56, 64 or 96 bits; bits 64 to 71 must be zero
     * @return the prefix
     * @throws IllegalArgumentException if it is another
     */
    public static Prefix64 of(IpPrefix prefix) {
        boolean fits = switch (prefix.length()) {
            case 32, 40, 48, 56, 64, 96 -> true;
            default -> false;
        };
        if (prefix.family() != IpFamily.IPV6 || !fits || prefix.network().low() >>> 56 != 0) {
            throw new IllegalArgumentException(
                    "prefix must have 32, 40, 48, 56, 64 or 96 bits, and zero in bits 64 to 71: prefix=" + prefix);
        }
        return new Prefix64(prefix.masked());
    }

    /** {@return the prefix} */
    public IpPrefix prefix() {
        return prefix;
    }

    /**
     * Tells whether an address is of this prefix.
     *
     * @param addressHigh its first half
     * @param addressLow its last half
     * @return whether it is; the bits behind the IPv4 address are not looked at (RFC 6052 section 2.2)
     */
    public boolean contains(long addressHigh, long addressLow) {
        return prefix.contains(IpFamily.IPV6, addressHigh, addressLow);
    }

    /**
     * Embeds an IPv4 address.
     *
     * @param address the address
     * @return the IPv6 address that stands for it
     */
    public IpAddress embed(IpAddress address) {
        if (!address.isIpv4()) {
            throw new IllegalArgumentException("address must be of IPv4: address=" + address);
        }
        int bits = address.toIpv4Bits();
        return IpAddress.ofIpv6(embedHigh(bits), embedLow(bits));
    }

    /**
     * Finds the IPv4 address in one.
     *
     * @param address an address of this prefix
     * @return the IPv4 address
     */
    public IpAddress extract(IpAddress address) {
        if (!prefix.contains(address)) {
            throw new IllegalArgumentException(
                    "address must be of the prefix: address=" + address + " prefix=" + prefix);
        }
        return IpAddress.ofIpv4(extract(address.high(), address.low()));
    }

    /**
     * Embeds an IPv4 address.
     *
     * @param address the address
     * @return the first half of the IPv6 address that stands for it
     */
    public long embedHigh(int address) {
        long bits = address & 0xFFFF_FFFFL;
        return length >= 64 ? high : high | (bits << 32 >>> length);
    }

    /**
     * Embeds an IPv4 address.
     *
     * @param address the address
     * @return the last half of the IPv6 address that stands for it
     */
    public long embedLow(int address) {
        // The octet of bits 64 to 71 is zero, so what does not fit before it goes on behind it.
        long bits = address & 0xFFFF_FFFFL;
        if (length == 96) {
            return low | bits;
        }
        int before = 64 - length; // bits of the address that are in the first half, of 32 at most
        return low | (before >= 32 ? 0 : bits << (32 + before) >>> 8);
    }

    /**
     * Finds the IPv4 address in one.
     *
     * @param addressHigh the first half of an address of this prefix
     * @param addressLow the last half
     * @return the IPv4 address
     */
    public int extract(long addressHigh, long addressLow) {
        if (length == 96) {
            return (int) addressLow;
        }
        int before = 64 - length;
        long first = before == 0 ? 0 : addressHigh << length >>> 32;
        long rest = before >= 32 ? 0 : addressLow << 8 >>> (32 + before);
        return (int) (first | rest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Prefix64 that && that.prefix.equals(prefix);
    }

    @Override
    public int hashCode() {
        return prefix.hashCode();
    }

    /** {@return the prefix as text} */
    @Override
    public String toString() {
        return prefix.toString();
    }
}
