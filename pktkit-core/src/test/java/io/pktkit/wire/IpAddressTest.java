// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

    @Property
    void readsItsOwnIpv4Text(@ForAll int bits) throws UnknownHostException {
        IpAddress address = IpAddress.ofIpv4(bits);

        assertEquals(address, IpAddress.parse(address.toString()));
        assertEquals(InetAddress.getByAddress(address.toBytes()).getHostAddress(), address.toString());
        assertEquals(address, IpAddress.of(address.toInetAddress()));
        assertEquals(address, IpAddress.of(address.toBytes()));
        assertEquals(bits, address.toIpv4Bits());
        assertEquals(bits & 0xFFFF_FFFFL, address.low());
    }

    @Property
    void readsItsOwnIpv6Text(@ForAll long high, @ForAll long low) {
        IpAddress address = IpAddress.ofIpv6(high, low);

        assertEquals(address, IpAddress.parse(address.toString()));
        assertEquals(address, IpAddress.of(address.toInetAddress()));
        assertEquals(address, IpAddress.of(address.toBytes()));
        assertInstanceOf(Inet6Address.class, address.toInetAddress());
    }

    @Property
    void readsTextWithRunsOfZeros(@ForAll @LongRange(max = 255) long groups, @ForAll short value)
            throws UnknownHostException {
        long high = 0;
        long low = 0;
        for (int i = 0; i < 8; i++) {
            long group = (groups & 1 << i) != 0 ? value & 0xFFFF : 0;
            high = i < 4 ? high << 16 | group : high;
            low = i < 4 ? low : low << 16 | group;
        }
        IpAddress address = IpAddress.ofIpv6(high, low);

        assertEquals(address, IpAddress.parse(address.toString()));
        // the JDK reads what we write, and we read what it writes; it writes no "::"
        InetAddress theirs = InetAddress.getByName(address.toString());
        assertArrayEquals(address.unmapped().toBytes(), theirs.getAddress());
        assertEquals(
                address,
                IpAddress.parse(
                        Inet6Address.getByAddress(null, address.toBytes(), -1).getHostAddress()));
    }

    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "2001:0DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "::ffff:192.0.2.33, ::ffff:192.0.2.33",
        "::ffff:c000:221, ::ffff:192.0.2.33",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
        "::1.2.3.4, ::102:304",
        "fe80::ABCD, fe80::abcd"
    })
    void shouldWriteAsRfc5952Recommends(String text, String canonical) {
        assertEquals(canonical, IpAddress.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "1",
                "10.1",
                "10.0.1",
                "1.2.3.4.5",
                "010.0.0.1",
                "10.0.0.01",
                "10.0.0.256",
                "10.0.0.1000",
                "10.0.0.-1",
                "10.0.0.+1",
                "10.0.0.1 ",
                " 10.0.0.1",
                "10.0.0.1.",
                ".10.0.0.1",
                "10..0.1",
                "0x0a.0.0.1",
                "10.0.0.1/24",
                "localhost",
                "example.com",
                "１０.0.0.1",
                "4294967295"
            })
    void shouldRefuseWhatIsNoIpv4Address(String text) {
        assertThrows(AddressFormatException.class, () -> IpAddress.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":",
                ":::",
                "1:",
                ":1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "1::2::3",
                "12345::",
                "g::",
                "fe80::1%eth0",
                "fe80::1%1",
                "[::1]",
                "::1 ",
                " ::1",
                "::1/64",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1.2.3",
                "::1.2.3.4.5",
                "::01.2.3.4",
                "::1.2.3.256",
                "1.2.3.4::",
                "::1.2.3.4:5",
                "1:2:3:4:5:6:7:",
                ":1:2:3:4:5:6:7",
                "1::2:",
                "::-1",
                "::+1",
                "::ffff:1.2.3.4.",
                "1:2:3:4:5:6:7:8:",
                "::12345",
                "::\u0661"
            })
    void shouldRefuseWhatIsNoIpv6Address(String text) {
        assertThrows(AddressFormatException.class, () -> IpAddress.parse(text));
    }

    @Property
    void refusesOrReadsAnyText(@ForAll String text) {
        try {
            IpAddress address = IpAddress.parse(text);
            assertEquals(address, IpAddress.parse(address.toString()));
        } catch (AddressFormatException refused) {
            assertTrue(refused.toString().contains("not an IP"), refused.toString());
        }
    }

    @Test
    void shouldKeepTheFamilyOfAMappedAddress() {
        IpAddress mapped = IpAddress.parse("::ffff:127.0.0.1");

        assertTrue(mapped.isIpv6());
        assertTrue(mapped.isIpv4Mapped());
        assertFalse(mapped.isLoopback());
        assertNotEquals(mapped, IpAddress.parse("127.0.0.1"));
        assertEquals(mapped, IpAddress.of(mapped.toBytes()));
        assertInstanceOf(Inet6Address.class, mapped.toInetAddress());
        assertEquals(IpAddress.parse("127.0.0.1"), mapped.unmapped());
        assertTrue(mapped.unmapped().isLoopback());
        assertSame(mapped.unmapped().family(), IpFamily.IPV4);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, unspecified",
        "::, unspecified",
        "127.0.0.1, loopback",
        "127.255.0.9, loopback",
        "::1, loopback",
        "224.0.0.1, multicast",
        "239.255.255.255, multicast",
        "ff02::1, multicast",
        "169.254.0.1, link-local",
        "fe80::1, link-local",
        "febf::1, link-local",
        "255.255.255.255, broadcast",
        "10.255.0.1, private",
        "172.16.0.1, private",
        "172.31.255.255, private",
        "192.168.9.9, private",
        "100.64.0.1, private",
        "100.127.255.255, private",
        "fc00::1, private",
        "fdff::1, private",
        "8.8.8.8, public",
        "172.32.0.1, public",
        "172.15.0.1, public",
        "100.128.0.1, public",
        "100.63.0.1, public",
        "192.169.0.1, public",
        "169.253.0.1, public",
        "223.255.255.255, public",
        "240.0.0.1, public",
        "126.0.0.1, public",
        "128.0.0.1, public",
        "2001:db8::1, public",
        "fec0::1, public",
        "fbff::1, public",
        "feff::1, public",
        "::2, public",
        "1::, public"
    })
    void shouldKnowItsKind(String text, String kind) {
        IpAddress address = IpAddress.parse(text);

        assertEquals(kind.equals("unspecified"), address.isUnspecified());
        assertEquals(kind.equals("loopback"), address.isLoopback());
        assertEquals(kind.equals("multicast"), address.isMulticast());
        assertEquals(kind.equals("link-local"), address.isLinkLocal());
        assertEquals(kind.equals("broadcast"), address.isLimitedBroadcast());
        assertEquals(kind.equals("private"), address.isPrivate());
    }

    @Test
    void shouldTellFamiliesApart() {
        assertNotEquals(IpAddress.parse("0.0.0.1"), IpAddress.parse("::1"));
        assertTrue(IpAddress.parse("255.0.0.0").compareTo(IpAddress.parse("::")) < 0);
        assertTrue(IpAddress.parse("ffff::").compareTo(IpAddress.parse("1::")) > 0);
        assertTrue(IpAddress.parse("::ffff:0:0").compareTo(IpAddress.parse("::ffff:0:1")) < 0);
        assertEquals(IpAddress.unspecified(IpFamily.IPV6), IpAddress.of(IpFamily.IPV6, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> IpAddress.of(new byte[5]));
    }
}
