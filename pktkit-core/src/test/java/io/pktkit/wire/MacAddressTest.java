// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {

    @Property
    void readsItsOwnTextInEitherForm(@ForAll @LongRange(max = 0xFFFF_FFFF_FFFFL) long bits) {
        MacAddress address = MacAddress.of(bits);

        assertEquals(address, MacAddress.parse(address.toString()));
        assertEquals(
                address, MacAddress.parse(address.toString().replace(':', '-').toUpperCase(Locale.ROOT)));
        assertEquals(address, MacAddress.of(address.toBytes()));
        assertEquals(bits, address.toLong());
        assertEquals(address.hashCode(), MacAddress.of(bits).hashCode());
        assertTrue(address.isMulticast() != address.isUnicast());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "02:00:00:00:00",
                "02:00:00:00:00:00:00",
                "2:0:0:0:0:1",
                "02:00:00:00:00:0g",
                "02:00-00:00:00:01",
                "02 00 00 00 00 01",
                "020000000001",
                "02:00:00:00:00:01 ",
                "+2:00:00:00:00:01",
                "02.00.00.00.00.01",
                "0２:00:00:00:00:01",
                "02:00:00:00:00:1:"
            })
    void shouldRefuseAnythingElse(String text) {
        AddressFormatException refusal = assertThrows(AddressFormatException.class, () -> MacAddress.parse(text));

        assertTrue(refusal.toString().contains("MAC address"), refusal.toString());
        assertTrue(refusal.toString().contains("02:00:00:00:00:01"), refusal.toString());
    }

    @Test
    void shouldNotRepeatALongOrUnprintableTextWhole() {
        String message = assertThrows(
                        AddressFormatException.class, () -> MacAddress.parse("\u001b[31m" + "x".repeat(9999)))
                .toString();

        assertTrue(message.length() < 200, message);
        assertFalse(message.contains("\u001b"));
    }

    @Test
    void shouldKnowItsKind() {
        assertTrue(MacAddress.BROADCAST.isBroadcast());
        assertTrue(MacAddress.BROADCAST.isMulticast());
        assertTrue(MacAddress.parse("33:33:00:00:00:01").isMulticast());
        assertFalse(MacAddress.parse("33:33:00:00:00:01").isBroadcast());
        assertTrue(MacAddress.parse("52:54:00:12:34:56").isLocal());
        assertFalse(MacAddress.parse("00:1b:21:12:34:56").isLocal());
        assertEquals("00:00:00:00:00:00", MacAddress.ZERO.toString());
        assertArrayEquals(new byte[6], MacAddress.ZERO.toBytes());
    }

    @Test
    void shouldMakeRandomAddressesLocalAndUnicast() {
        for (int i = 0; i < 100; i++) {
            MacAddress address = MacAddress.randomLocal();
            assertTrue(address.isLocal() && address.isUnicast(), address.toString());
        }
        assertNotEquals(MacAddress.randomLocal(), MacAddress.randomLocal());
    }

    @Test
    void shouldRefuseAnotherNumberOfOctets() {
        assertThrows(IllegalArgumentException.class, () -> MacAddress.of(new byte[5]));
        assertThrows(IllegalArgumentException.class, () -> MacAddress.of(new byte[7]));
    }

    @Test
    void shouldOrderByItsBits() {
        assertTrue(MacAddress.ZERO.compareTo(MacAddress.BROADCAST) < 0);
        assertEquals(0, MacAddress.of(5).compareTo(MacAddress.of(5 | 1L << 48)));
    }
}
