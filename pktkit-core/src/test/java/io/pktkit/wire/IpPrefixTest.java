// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpPrefixTest {

    @Property
    void readsItsOwnText(
            @ForAll boolean ipv4, @ForAll long high, @ForAll long low, @ForAll @IntRange(max = 128) int n) {
        IpPrefix prefix = IpPrefix.of(address(ipv4, high, low), n);

        assertEquals(prefix, IpPrefix.parse(prefix.toString()));
        assertEquals(prefix.hashCode(), IpPrefix.parse(prefix.toString()).hashCode());
        assertEquals(prefix.masked(), IpPrefix.of(prefix.network(), n));
    }

    @Property
    void containsWhatSharesItsLeadingBits(
            @ForAll boolean ipv4,
            @ForAll long high,
            @ForAll long low,
            @ForAll @IntRange(max = 128) int n,
            @ForAll @IntRange(max = 127) int flipped) {
        IpPrefix prefix = IpPrefix.of(address(ipv4, high, low), n);
        int width = prefix.family().maxPrefixLength();
        int bit = flipped % width;
        IpAddress other = flip(prefix.address(), width - 1 - bit);

        assertTrue(prefix.contains(prefix.address()));
        assertEquals(bit >= prefix.length(), prefix.contains(other));
        assertTrue(prefix.contains(prefix.network()) && prefix.contains(prefix.broadcast()));
        BigInteger size = BigInteger.ONE.shiftLeft(width - prefix.length());
        assertEquals(number(prefix.network()).add(size).subtract(BigInteger.ONE), number(prefix.broadcast()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0",
                "10.0.0.0/",
                "/24",
                "1.2.3.4/33",
                "::/129",
                "1.2.3.4/-1",
                "1.2.3.4/+8",
                "1.2.3.4/08",
                "1.2.3.4/8 ",
                "1.2.3.4/ 8",
                "1.2.3.4/8/8",
                "1.2.3/24",
                "10.1/16",
                "fe80::1%eth0/64",
                "::1/64%1",
                "1.2.3.4/255.255.255.0",
                "::/1000",
                "10.0.0.0/x",
                "1.2.3.4/4294967304"
            })
    void shouldRefuseAnythingElse(String text) {
        assertThrows(AddressFormatException.class, () -> IpPrefix.parse(text));
    }

    @Test
    void shouldKeepHostBitsAndClampTheLength() {
        IpPrefix prefix = IpPrefix.parse("10.0.0.5/24");

        assertEquals("10.0.0.5/24", prefix.toString());
        assertEquals("10.0.0.0/24", prefix.masked().toString());
        assertEquals("255.255.255.0", prefix.mask().toString());
        assertEquals(32, IpPrefix.of(Packets.V4_A, 99).length());
        assertEquals(128, IpPrefix.of(Packets.V6_A, 129).length());
        assertEquals(0, IpPrefix.of(Packets.V6_A, -1).length());
        assertNotEquals(prefix, prefix.masked());
    }

    @Test
    void shouldOwnNothingWhileUnset() {
        for (IpFamily family : IpFamily.values()) {
            IpPrefix unset = IpPrefix.unset(family);
            IpAddress any = family == IpFamily.IPV4 ? Packets.V4_A : Packets.V6_A;

            assertFalse(unset.isSet());
            assertFalse(unset.owns(any));
            assertFalse(unset.isDirectedBroadcast(IpAddress.parse("255.255.255.255")));
            assertTrue(unset.contains(any), "a default route");
            assertEquals(unset, IpPrefix.of(IpAddress.unspecified(family), 0));
        }
        assertTrue(IpPrefix.parse("0.0.0.0/1").isSet());
        assertTrue(IpPrefix.parse("0.0.0.1/0").owns(Packets.V4_B));
    }

    @Test
    void shouldNotContainTheOtherFamily() {
        assertFalse(IpPrefix.parse("0.0.0.0/0").contains(IpAddress.parse("::")));
        assertFalse(IpPrefix.parse("::/0").contains(IpAddress.parse("0.0.0.0")));
        assertFalse(IpPrefix.parse("::ffff:0:0/96").contains(IpAddress.parse("1.2.3.4")));
        assertTrue(IpPrefix.parse("::ffff:0:0/96").contains(IpAddress.parse("::ffff:1.2.3.4")));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.5/24, 10.0.0.255, true",
        "10.0.0.5/24, 10.0.0.254, false",
        "10.0.0.5/24, 10.0.1.255, false",
        "10.0.0.4/30, 10.0.0.7, true",
        "10.0.0.4/31, 10.0.0.5, false",
        "10.0.0.5/32, 10.0.0.5, false",
        "2001:db8::1/64, 2001:db8::ffff:ffff:ffff:ffff, false"
    })
    void shouldKnowItsDirectedBroadcast(String prefix, String address, boolean expected) {
        assertEquals(expected, IpPrefix.parse(prefix).isDirectedBroadcast(IpAddress.parse(address)));
    }

    private static IpAddress address(boolean ipv4, long high, long low) {
        return ipv4 ? IpAddress.ofIpv4((int) low) : IpAddress.ofIpv6(high, low);
    }

    private static IpAddress flip(IpAddress address, int bit) {
        return bit < 64
                ? IpAddress.of(address.family(), address.high(), address.low() ^ 1L << bit)
                : IpAddress.of(address.family(), address.high() ^ 1L << (bit - 64), address.low());
    }

    private static BigInteger number(IpAddress address) {
        return new BigInteger(1, address.toBytes());
    }
}
