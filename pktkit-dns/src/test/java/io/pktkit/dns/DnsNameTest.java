// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import java.util.HashSet;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "example.com", "_dns._udp.example.com", "xn--bcher-kva.example", "3com.com", "a-b.c"})
    void shouldKeepANameAsItWasWritten(String text) {
        assertEquals(text, DnsName.parse(text).toString());
        assertEquals(text, DnsName.parse(text + ".").toString());
        assertEquals(text.length() + 2, DnsName.parse(text).length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "..",
                "a..b",
                ".a",
                "-a.com",
                "a-.com",
                "a b",
                "a\rb",
                "a\u0000",
                "bücher.example",
                "a/b",
                "a:80"
            })
    void shouldRefuseWhatIsNoName(String text) {
        assertThrows(AddressFormatException.class, () -> DnsName.parse(text));
    }

    @Test
    void shouldTakeTheLongestLabelAndNameAndNoMore() {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "b".repeat(61);

        assertEquals(DnsName.MAX_LENGTH, DnsName.parse(longest).length());
        assertEquals(4, DnsName.parse(longest).labelCount());
        assertThrows(AddressFormatException.class, () -> DnsName.parse(longest + "b"));
        assertThrows(AddressFormatException.class, () -> DnsName.parse("a".repeat(64)));
    }

    @Test
    void shouldCompareWithoutRegardToCaseUnlessTold() {
        DnsName lower = DnsName.parse("www.example.com");
        DnsName upper = DnsName.parse("WWW.Example.COM");

        assertEquals(lower, upper);
        assertEquals(lower.hashCode(), upper.hashCode());
        assertEquals(0, lower.compareTo(upper));
        assertFalse(lower.equalsExactly(upper));
        assertNotEquals(lower, DnsName.parse("www.example.org"));
        // 0x40 and 0x60 differ by the case bit, and are no letters.
        assertNotEquals(DnsName.ofWire(new byte[] {1, 0x40, 0}, 3), DnsName.ofWire(new byte[] {1, 0x60, 0}, 3));
    }

    @Test
    void shouldMixTheCaseOfLettersOnly() {
        DnsName name = DnsName.parse("abcdefghijklmnopqrstuvwxyz-0123456789.example");

        DnsName mixed = name.withRandomCase(new Random(1));

        assertEquals(name, mixed);
        assertFalse(name.equalsExactly(mixed));
        assertTrue(mixed.toString().contains("-0123456789."));
    }

    @Test
    void shouldKnowWhatLiesWithin() {
        DnsName name = DnsName.parse("a.b.example.com");

        assertTrue(name.isWithin(DnsName.parse("EXAMPLE.com")));
        assertTrue(name.isWithin(name));
        assertTrue(name.isWithin(DnsName.ROOT));
        assertFalse(name.isWithin(DnsName.parse("ample.com")));
        assertFalse(DnsName.parse("com").isWithin(name));
    }

    @Test
    void shouldReverseAddresses() {
        assertEquals(
                "4.3.2.1.in-addr.arpa",
                DnsName.reverse(IpAddress.parse("1.2.3.4")).toString());
        assertEquals(
                "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
                DnsName.reverse(IpAddress.parse("2001:db8::1")).toString());
    }

    @Test
    void shouldEscapeUnusualOctets() {
        assertEquals(
                "a\\.b\\000\\255.c",
                DnsName.ofWire(new byte[] {5, 'a', '.', 'b', 0, (byte) 255, 1, 'c', 0}, 9)
                        .toString());
    }

    /** Under a hash that everybody knows, such as that of strings, all of these are alike. */
    @Test
    void shouldNotLetWhoeverChoosesNamesAimAtOneBucket() {
        assertEquals("an".hashCode(), "c0".hashCode());
        Set<Integer> hashes = new HashSet<>();
        for (int i = 0; i < 4096; i++) {
            StringBuilder label = new StringBuilder();
            for (int bit = 0; bit < 12; bit++) {
                label.append((i >>> bit & 1) == 0 ? "an" : "c0");
            }
            DnsName name = DnsName.parse(label + ".example");
            hashes.add(name.hashCode());
            assertEquals(
                    name.hashCode(),
                    DnsName.parse(label.toString().toUpperCase(Locale.ROOT) + ".Example")
                            .hashCode());
        }

        assertTrue(hashes.size() > 4000, "hashes=" + hashes.size());
    }

    @Test
    void shouldHashAllOctetsOfANameOfAnyLength() {
        Set<Integer> hashes = new HashSet<>();
        int names = 0;
        for (int length = 1; length <= 63; length++) {
            for (int at = 0; at < length; at++) {
                hashes.add(DnsName.parse("a".repeat(at) + "b" + "a".repeat(length - at - 1))
                        .hashCode());
                names++;
            }
        }

        assertTrue(hashes.size() > names - 5, names + " names, hashes=" + hashes.size());
    }
}
