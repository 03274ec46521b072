// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names at their limits: RFC 1035 sections 2.3.1, 2.3.4 and 4.1.4, RFC 3397. */
class DomainNamesTest {
    private static final String LABEL = "x".repeat(63);
    private static final String LONGEST = LABEL + "." + LABEL + "." + LABEL + "." + "y".repeat(61); // 253

    @Test
    void shouldAllowTheseCharactersOnly() {
        String allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
        for (char c = 0; c < 300; c++) {
            assertEquals(allowed.indexOf(c) >= 0, DomainNames.isValid("a" + c + "b") && c != '.', "c=" + (int) c);
        }
    }

    @Test
    void shouldAllowNamesUpToTheirLimits() {
        assertEquals(253, LONGEST.length());
        assertTrue(DomainNames.isValid(LONGEST));
        assertFalse(DomainNames.isValid(LONGEST + "y"));
        assertTrue(DomainNames.isValid(LABEL));
        assertFalse(DomainNames.isValid(LABEL + "x"));
        assertFalse(DomainNames.isValid("a." + LABEL + "x"));
        assertTrue(DomainNames.isValid("a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", ".a", "a.", "a..b", "..", "a.b..", "ab..cd"})
    void shouldNotAllowEmptyLabels(String name) {
        assertFalse(DomainNames.isValid(name));
    }

    @Test
    void shouldReadTextWithoutItsEnd() {
        assertEquals("a.b", DomainNames.fromText(ascii("a.b")));
        assertEquals("a.b", DomainNames.fromText(ascii("a.b.")));
        assertEquals("a.b", DomainNames.fromText(ascii("a.b\0")));
        assertNull(DomainNames.fromText(ascii("a.b..")));
        assertNull(DomainNames.fromText(ascii("a\0b")));
        assertNull(DomainNames.fromText(ascii("\0\0")));
        assertNull(DomainNames.fromText(ascii(".")));
        assertNull(DomainNames.fromText(null));
    }

    @Test
    void shouldWriteLabels() {
        assertArrayEquals(
                HexFormat.of().parseHex("036c616e" + "076578616d706c65" + "00" + "0161" + "00"),
                DomainNames.encodeSearch(List.of("lan.example", "a")));
        assertEquals(0, DomainNames.encodeSearch(List.of()).length);
    }

    @ParameterizedTest
    @CsvSource({
        "016100, a",
        "01610162, ''", // no end
        "0161, ''",
        "036162, ''", // one octet too few
        "03616200, ''",
        "036162, ''",
        "0361626300, abc",
        "016100 036162, a",
        "016100 03616263, a", // its end is missing
        "016100 02616200 02, 'a ab'",
        "0161000162, a",
        "016100016200, 'a b'",
        "016100 c000, 'a a'",
        "016100 c0, a", // half a pointer
        "0161 c002, ''", // to itself
        "0161 c003 00, ''", // forward
        "0161 c001, ''", // into the name that is being read
        "016100 0162c000 016300, 'a b.a c'", // the next name begins after the pointer
        "016100 0162c000 0163c003 016400, 'a b.a c.b.a d'", // and after the first, whatever it leads to
        "016100 0162c000 c007, 'a b.a'", // may not lead to where the same name began
        "016100 016220, 'a'",
        "016100 0120 00, 'a'",
        "80, ''",
        "00, ''",
    })
    void shouldReadSearchLists(String hex, String names) {
        byte[] value = HexFormat.of().parseHex(hex.replace(" ", ""));

        assertEquals(names.isEmpty() ? List.of() : List.of(names.split(" ")), DomainNames.decodeSearch(value));
    }

    @Test
    void shouldFollowAPointerThatNeedsAllItsBits() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < 5; i++) {
            out.writeBytes(DomainNames.encodeSearch(List.of(LABEL))); // 65 octets each
        }
        int target = out.size();
        out.writeBytes(DomainNames.encodeSearch(List.of("far.example")));
        out.write(0xC0 | target >> 8);
        out.write(target);

        List<String> names = DomainNames.decodeSearch(out.toByteArray());

        assertEquals(0x145, target);
        assertEquals("far.example", names.get(6));
    }

    @Test
    void shouldReadTheLongestNameAndNoLonger() {
        assertEquals(List.of(LONGEST), DomainNames.decodeSearch(DomainNames.encodeSearch(List.of(LONGEST))));
        assertEquals(List.of(), DomainNames.decodeSearch(DomainNames.encodeSearch(List.of(LONGEST + "y"))));
        assertEquals(List.of(LABEL), DomainNames.decodeSearch(DomainNames.encodeSearch(List.of(LABEL))));
        byte[] longLabel = new byte[66];
        Arrays.fill(longLabel, (byte) 'x');
        longLabel[0] = 64;
        longLabel[65] = 0;
        assertEquals(List.of(), DomainNames.decodeSearch(longLabel));
    }

    @Test
    void shouldReadThirtyTwoNames() {
        for (int count = 31; count <= 33; count++) {
            byte[] value = DomainNames.encodeSearch(Collections.nCopies(count, "a"));
            assertEquals(Math.min(count, 32), DomainNames.decodeSearch(value).size());
        }
        assertEquals(List.of(), DomainNames.decodeSearch(null));
    }

    /** Each name is a label before the name before it. */
    @Test
    void shouldNotWorkLongOnPointers() {
        byte[] value = new byte[1400];
        value[0] = 1;
        value[1] = 'a';
        int previous = 0;
        for (int at = 3; at + 65 <= value.length; at += 65) {
            value[at] = 62;
            Arrays.fill(value, at + 1, at + 63, (byte) 'a');
            value[at + 63] = (byte) (0xC0 | previous >> 8);
            value[at + 64] = (byte) previous;
            previous = at;
        }

        List<String> names = DomainNames.decodeSearch(value);

        assertEquals(
                List.of(1, 64, 127, 190, 253),
                names.stream().map(String::length).toList());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
