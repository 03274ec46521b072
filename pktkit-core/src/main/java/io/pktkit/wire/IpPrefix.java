// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * An address with a prefix length, such as 10.0.0.5/24. The host bits are kept, so that one value holds both a host's
 * address and its subnet; {@link #masked()} clears them. Immutable.
 *
 * <p>The unspecified address with length 0 is the "unset" value of a device without an address. It contains every
 * address of its family, as a default route must, yet it owns none: who asks whether an address is on a device's own
 * link uses {@link #owns(IpAddress)}.
 */
public final class IpPrefix {

    private static final IpPrefix UNSET_IPV4 = new IpPrefix(IpAddress.unspecified(IpFamily.IPV4), 0);
    private static final IpPrefix UNSET_IPV6 = new IpPrefix(IpAddress.unspecified(IpFamily.IPV6), 0);
    private static final String REMEDY = "write an address, a slash and a length, such as 10.0.0.0/24 or 2001:db8::/64";

    private final IpAddress address;
    private final int length;
    private final long highMask;
    private final long lowMask;

    private IpPrefix(IpAddress address, int length) {
        this.address = address;
        this.length = length;
        this.highMask = address.isIpv4() ? 0 : leadingOnes(length);
        this.lowMask = address.isIpv4() ? leadingOnes(length) >>> 32 : leadingOnes(length - 64);
    }

    /**
     * Makes a prefix.
     *
     * @param address the address, whose host bits are kept
     * @param length the length in bits, clamped to what the family allows
     * @return the prefix
     */
    public static IpPrefix of(IpAddress address, int length) {
        int most = address.family().maxPrefixLength();
        return new IpPrefix(address, Math.max(0, Math.min(length, most)));
    }

    /**
     * Reads a prefix.
     *
     * @param text such as {@code 10.0.0.5/24}
     * @return the prefix, host bits kept
     * @throws AddressFormatException if the address cannot be read, or the length is missing, not a plain number, or too
     *     large for the family
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new AddressFormatException("an IP prefix", text, REMEDY);
        }
        IpAddress address = IpAddress.parse(text.substring(0, slash));
        int most = address.family().maxPrefixLength();
        int length = IpText.decimal(text, slash + 1, text.length(), most);
        if (length < 0) {
            throw new AddressFormatException("an IP prefix", text, "the length must be in 0 to " + most);
        }
        return new IpPrefix(address, length);
    }

    /**
     * Gives the value of a device without an address.
     *
     * @param family the family
     * @return 0.0.0.0/0 or ::/0
     */
    public static IpPrefix unset(IpFamily family) {
        return family == IpFamily.IPV4 ? UNSET_IPV4 : UNSET_IPV6;
    }

    /** {@return the address, host bits included} */
    public IpAddress address() {
        return address;
    }

    /** {@return the length in bits, 0 to 32 or 0 to 128} */
    public int length() {
        return length;
    }

    /** {@return the family} */
    public IpFamily family() {
        return address.family();
    }

    /** {@return false only for 0.0.0.0/0 and ::/0} */
    public boolean isSet() {
        return length != 0 || !address.isUnspecified();
    }

    /**
     * Tells whether an address has this prefix. False across families; a length of 0 contains all of its family.
     *
     * @param other the address
     * @return whether it does
     */
    public boolean contains(IpAddress other) {
        return contains(other.family(), other.high(), other.low());
    }

    /**
     * Tells whether an address in its primitive form has this prefix.
     *
     * @param family the address's family
     * @param high its first 64 bits, 0 for IPv4
     * @param low its last 64 bits
     * @return whether it does
     */
    public boolean contains(IpFamily family, long high, long low) {
        return family == address.family()
                && ((high ^ address.high()) & highMask) == 0
                && ((low ^ address.low()) & lowMask) == 0;
    }

    /**
     * Tells whether an address is on the link of a device with this prefix: as {@link #contains(IpAddress)}, but an
     * unset prefix owns nothing.
     *
     * @param other the address
     * @return whether it is
     */
    public boolean owns(IpAddress other) {
        return isSet() && contains(other);
    }

    /** {@return this prefix with the host bits cleared} */
    public IpPrefix masked() {
        IpAddress network = network();
        return network.equals(address) ? this : new IpPrefix(network, length);
    }

    /** {@return the first address: the host bits cleared} */
    public IpAddress network() {
        return IpAddress.of(family(), address.high() & highMask, address.low() & lowMask);
    }

    /** {@return the last address: the host bits set; for IPv4 the directed broadcast address} */
    public IpAddress broadcast() {
        return IpAddress.of(family(), address.high() | ~highMask, address.low() | ~lowMask);
    }

    /**
     * Tells whether an address is the directed broadcast address of this subnet. IPv6 has none, nor have prefixes of 31
     * (RFC 3021) and 32 bits, nor has an unset prefix.
     *
     * @param other the address
     * @return whether it is
     */
    public boolean isDirectedBroadcast(IpAddress other) {
        return address.isIpv4() && length < 31 && isSet() && other.equals(broadcast());
    }

    /** {@return the netmask: as many ones as the prefix is long} */
    public IpAddress mask() {
        return IpAddress.of(family(), highMask, lowMask);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpPrefix that && that.length == length && that.address.equals(address);
    }

    @Override
    public int hashCode() {
        return address.hashCode() * 31 + length;
    }

    /** {@return the address, a slash and the length} */
    @Override
    public String toString() {
        return address + "/" + length;
    }

    /** A shift by 64 is none in Java, so no bits and all bits are told apart from the rest. */
    private static long leadingOnes(int bits) {
        if (bits <= 0) {
            return 0;
        }
        return bits >= 64 ? -1L : -1L << (64 - bits);
    }
}
