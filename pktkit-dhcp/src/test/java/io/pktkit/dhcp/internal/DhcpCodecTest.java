// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The wire format: RFC 2131 section 2, RFC 2132, RFC 3396, RFC 3397. */
class DhcpCodecTest {
    @Test
    void shouldPlaceTheFieldsWhereRfc2131HasThem() {
        byte[] bytes = new DhcpWriter(300)
                .op(1)
                .hardware(1, 6, new byte[] {2, 3, 4, 5, 6, 7})
                .xid(0x11223344)
                .secs(0x5566)
                .flags(0x8000)
                .ciaddr(0x0A000001)
                .yiaddr(0x0A000002)
                .giaddr(0x0A000004)
                .finish();

        assertEquals(
                "01010600" + "11223344" + "55668000" + "0a000001" + "0a000002" + "00000000" + "0a000004"
                        + "02030405060700000000000000000000",
                HexFormat.of().formatHex(bytes, 0, 44));
        assertEquals("63825363ff00", HexFormat.of().formatHex(bytes, 236, 242));
        DhcpMessage message = wrap(bytes);
        assertTrue(message.isValid());
        assertEquals(0x11223344, message.xid());
        assertEquals(0x5566, message.secs());
        assertTrue(message.wantsBroadcast());
        assertEquals(0x0A000001, message.ciaddr());
        assertEquals(0x0A000002, message.yiaddr());
        assertEquals(0, message.siaddr());
        assertEquals(0x0A000004, message.giaddr());
        assertEquals(0x0203_0405_0607L, message.chaddrMac());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 254, 255, 256, 509, 510, 511, 700})
    void shouldSplitAndJoinLongOptions(int length) {
        byte[] value = new byte[length];
        new SplittableRandom(length).nextBytes(value);
        DhcpWriter writer = new DhcpWriter(1400);

        assertTrue(writer.option(43, value));
        byte[] bytes = writer.finish();

        assertArrayEquals(value, wrap(bytes).option(43));
        int instances = Math.max(1, (length + 254) / 255);
        assertEquals(Math.max(300, 240 + length + 2 * instances + 1), bytes.length);
    }

    @Test
    void shouldLeaveOutWholeWhatDoesNotFit() {
        DhcpWriter writer = new DhcpWriter(300);
        assertTrue(writer.reserve(10));

        assertFalse(writer.option(6, new byte[46]));
        assertTrue(writer.option(6, new byte[45]));
        assertFalse(writer.byteOption(1, 1));
        writer.unreserve(10);
        assertTrue(writer.option(61, new byte[10]));

        byte[] bytes = writer.finish();
        assertEquals(300, bytes.length);
        assertEquals((byte) 255, bytes[299]);
        assertThrows(IllegalArgumentException.class, () -> new DhcpWriter(299));
    }

    @Test
    void shouldReadOptionsThenFileThenSname() {
        byte[] bytes = options("340103" + "0c0161" + "ff");
        put(bytes, 108, "0c0162" + "00" + "0c0163" + "ff");
        put(bytes, 44, "0c0164" + "ff");

        assertEquals("abcd", text(wrap(bytes).option(12)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldReadOnlyTheAreasThatAreOverloaded(int overload) {
        byte[] bytes = options("34010" + overload + "0c0161ff");
        put(bytes, 108, "0c0162ff");
        put(bytes, 44, "0c0163ff");

        assertEquals(
                "a" + ((overload & 1) != 0 ? "b" : "") + ((overload & 2) != 0 ? "c" : ""),
                text(wrap(bytes).option(12)));
    }

    @Test
    void shouldNotFollowAnOverloadOptionInFile() {
        byte[] bytes = options("340101ff");
        put(bytes, 108, "340102" + "0c0162ff");
        put(bytes, 44, "0c0163ff");

        assertEquals("b", text(wrap(bytes).option(12)));
    }

    @Test
    void shouldEndAnAreaAtATruncatedOption() {
        byte[] bytes = Arrays.copyOf(options("350101" + "0c0361"), 240 + 6);

        assertNull(wrap(bytes).option(12));
        assertEquals(1, wrap(bytes).messageType());
    }

    @Test
    void shouldTreatOptionsOfAWrongLengthAsAbsent() {
        DhcpMessage message = wrap(options("35020101" + "3303000001" + "390105" + "ff"));

        assertEquals(0, message.messageType());
        assertEquals(-1, message.intOption(51));
        assertEquals(0, message.shortOption(57));
        assertEquals(-1, message.intOption(54));
    }

    @Test
    void shouldReadNothingOutsideTheView() {
        byte[] bytes = options("350101" + "0c0161ff");
        ByteBuffer buffer = ByteBuffer.wrap(bytes);

        for (int length = 0; length < bytes.length; length++) {
            DhcpMessage message = new DhcpMessage().wrap(buffer, 0, length);
            assertEquals(length >= 240, message.isValid(), "length=" + length);
            assertEquals(length >= 243 ? 1 : 0, message.messageType(), "length=" + length);
            assertEquals(length >= 246, message.option(12) != null, "length=" + length);
        }
        assertFalse(new DhcpMessage().wrap(buffer, 1, bytes.length).isValid());
        assertFalse(new DhcpMessage().wrap(buffer, -1, 300).isValid());
    }

    @Test
    void shouldReadUpToTheEndOfEachArea() {
        byte[] bytes = options("340103ff");
        put(bytes, 236 - 3, "0c0162"); // the last octets of file
        put(bytes, 108 - 3, "0c0163"); // and of sname
        assertEquals("bc", text(wrap(bytes).option(12)));

        put(bytes, 236 - 3, "0c0262"); // one octet further, into the cookie
        put(bytes, 108 - 3, "0c0263");
        assertNull(wrap(bytes).option(12));

        put(bytes, 236 - 3, "00ff0c");
        put(bytes, 108 - 3, "000c00");
        assertEquals("", text(wrap(bytes).option(12)));
        assertTrue(wrap(bytes).option(12) != null, "an empty value at the very end is one");
    }

    @Test
    void shouldSkipPads() {
        assertEquals(5, wrap(options("0000000000" + "350105" + "000000" + "ff")).messageType());
    }

    @Test
    void shouldReadZeroWhereAFieldIsCutOff() {
        byte[] bytes = new DhcpWriter(300).yiaddr(-1).giaddr(0x0A0B0C0D).finish();
        put(bytes, 20, "01020304");
        ByteBuffer dirty = ByteBuffer.wrap(bytes);

        assertEquals(0x0A0B0C0D, new DhcpMessage().wrap(dirty, 0, 28).giaddr());
        assertEquals(0x0A0B0C00, new DhcpMessage().wrap(dirty, 0, 27).giaddr());
        assertEquals(0, new DhcpMessage().wrap(dirty, 0, 24).giaddr());
        assertEquals(0x01020304, new DhcpMessage().wrap(dirty, 0, 24).siaddr());
    }

    @Test
    void shouldNotTakeAViewThatEndsOutsideTheBuffer() {
        byte[] bytes = options("350101ff");
        ByteBuffer shifted = ByteBuffer.allocate(bytes.length + 1);
        shifted.put(1, bytes);

        assertTrue(new DhcpMessage().wrap(shifted, 1, bytes.length).isValid());
        assertFalse(new DhcpMessage().wrap(shifted, 1, bytes.length + 1).isValid());
        assertFalse(new DhcpMessage().wrap(shifted, 1, -1).isValid());
    }

    /** What an option takes, against the writing of it in the smallest message that holds it. */
    @Test
    void shouldReckonWhatOptionsTake() {
        for (int length = 0; length <= 1300; length++) {
            int taken = 0;
            int left = length;
            do {
                taken += 2 + Math.min(left, 255);
                left -= Math.min(left, 255);
            } while (left > 0);
            assertEquals(taken, DhcpWriter.encodedLength(length), "length=" + length);
        }
    }

    @Test
    void shouldTellWhatDoesNotFit() {
        DhcpWriter writer = new DhcpWriter(300); // 59 octets and the end

        assertFalse(writer.reserve(58));
        assertTrue(writer.reserve(57));
        assertFalse(writer.byteOption(1, 1));
        writer.unreserve(57);
        assertTrue(writer.option(2, new byte[47])); // 10 are left
        assertTrue(writer.intOption(3, 4));
        assertFalse(writer.intOption(3, 4));
        assertTrue(new DhcpWriter(300).byteOption(1, 1));
        assertTrue(writer.shortOption(4, 0x1234));
        assertFalse(writer.shortOption(4, 0x1234));
        assertEquals(0x1234, wrap(writer.finish()).shortOption(4));
    }

    @Test
    void shouldReadCompressedSearchLists() {
        // The example of RFC 3397 section 2: eng.apple.com and marketing.apple.com, split in two there.
        byte[] value = HexFormat.of()
                .parseHex("03656e67" + "056170706c65" + "03636f6d" + "00" + "096d61726b6574696e67" + "c004");

        assertEquals(List.of("eng.apple.com", "marketing.apple.com"), DomainNames.decodeSearch(value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"c000", "01" + "61" + "c000", "c002" + "c000", "40", "0561", "01", "00", "0120" + "00", "c0"})
    void shouldEndAtAMalformedSearchName(String hex) {
        assertEquals(List.of(), DomainNames.decodeSearch(HexFormat.of().parseHex(hex)));
    }

    @Test
    void shouldWriteWhatItReadsAsSearchList() {
        List<String> names = List.of("a", "lan.example", "x".repeat(63) + ".example");

        assertEquals(names, DomainNames.decodeSearch(DomainNames.encodeSearch(names)));
    }

    @Test
    void shouldLetNoControlCharactersThroughInNames() {
        assertNull(DomainNames.fromText("a\u001b[31m".getBytes(StandardCharsets.ISO_8859_1)));
        assertNull(DomainNames.fromText("a b".getBytes(StandardCharsets.ISO_8859_1)));
        assertNull(DomainNames.fromText(new byte[0]));
        assertNull(DomainNames.fromText(new byte[] {(byte) 0xE9}));
        assertEquals("host", DomainNames.fromText("host.\0\0".getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static DhcpMessage wrap(byte[] bytes) {
        ByteBuffer dirty = ByteBuffer.allocate(bytes.length + 20);
        Arrays.fill(dirty.array(), (byte) 0xA5);
        dirty.put(10, bytes);
        return new DhcpMessage().wrap(dirty, 10, bytes.length);
    }

    private static byte[] options(String hex) {
        byte[] bytes = new DhcpWriter(300).finish();
        put(bytes, 240, hex);
        return bytes;
    }

    private static void put(byte[] bytes, int at, String hex) {
        byte[] value = HexFormat.of().parseHex(hex);
        System.arraycopy(value, 0, bytes, at, value.length);
    }

    private static String text(byte @Nullable [] value) {
        return value == null ? "" : new String(value, StandardCharsets.ISO_8859_1);
    }
}
