// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DnsHostileInputTest {
    private static final int RANDOM_MESSAGES = 200_000;
    private static final DnsName NAME = DnsName.parse("www.example.com");

    private static byte[] rich() {
        DnsMessage query = DnsMessage.query(7, NAME, DnsType.A);
        return new DnsMessage(
                        7,
                        DnsMessage.QR,
                        query.questions(),
                        List.of(
                                DnsRecord.alias(NAME, 60, DnsName.parse("web.example.net")),
                                DnsRecord.address(DnsName.parse("web.example.net"), 30, IpAddress.ofIpv4(1)),
                                new DnsRecord(NAME, DnsType.MX, 1, 5, new byte[] {0, 1, 1, 'm', 0})),
                        List.of(DnsRecord.negativeSoa(DnsName.parse("example.com"), 300)),
                        List.of(DnsRecord.address(NAME, 1, IpAddress.ofIpv6(1, 2))),
                        Edns.DEFAULT)
                .toBytes(4096);
    }

    @Test
    void shouldRefuseEveryPrefixOfAMessage() {
        byte[] whole = rich();

        assertNotNull(DnsMessage.parse(whole));
        for (int length = 0; length < whole.length; length++) {
            assertNull(DnsMessage.parse(Arrays.copyOf(whole, length)), "length=" + length);
            assertNull(DnsMessage.parse(ByteBuffer.wrap(whole), 0, length), "length=" + length);
        }
    }

    @Test
    void shouldTakeNoHarmFromAnyChangedByte() {
        byte[] whole = rich();

        for (int at = 0; at < whole.length; at++) {
            for (int value = 0; value < 256; value++) {
                byte[] mutated = whole.clone();
                mutated[at] = (byte) value;
                DnsMessage message = DnsMessage.parse(mutated);
                if (message != null) {
                    assertEquals(
                            message.toString(), message.withId(message.id()).toString());
                    assertNotNull(
                            DnsMessage.parse(message.toBytes(DnsMessage.MAX_LENGTH)), "at=" + at + " value=" + value);
                }
            }
        }
    }

    @Test
    void shouldTakeNoHarmFromRandomOctets() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] octets = new byte[300];
        for (int i = 0; i < RANDOM_MESSAGES; i++) {
            random.nextBytes(octets);
            int length = random.nextInt(octets.length);
            for (int count = 4; count < 12; count++) {
                octets[count] = (byte) (count % 2 == 0 ? 0 : random.nextInt(4));
            }
            try {
                DnsMessage message = DnsMessage.parse(ByteBuffer.wrap(octets), 0, length);
                assertTrue(message == null || message.answers().size() < 4);
            } catch (RuntimeException e) {
                throw new AssertionError("seed=" + seed + " i=" + i, e);
            }
        }
    }

    @Test
    void shouldRefusePointersThatDoNotLeadBack() {
        String header = "000000000001000000000000";
        for (String name : List.of("c00c", "c00e", "c00d", "0161c00c", "c0ff", "ffff", "01")) {
            byte[] octets = HexFormat.of().parseHex(header + name + "00010001");
            DnsMessage message = DnsMessage.parse(octets);

            assertNull(message, "name=" + name);
        }
    }

    @Test
    void shouldRefuseReservedLabelTypes() {
        for (String name : List.of("4000", "80610000", "bf00")) {
            assertNull(DnsMessage.parse(HexFormat.of().parseHex("000000000001000000000000" + name + "00010001")));
        }
    }

    @Test
    void shouldRefuseANameThatGrowsPastItsLimitThroughPointers() {
        // Each owner is a label and a pointer to the owner before: the names grow by two octets with every record.
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        octets.writeBytes(
                HexFormat.of().parseHex("0000800000000090" + "00000000" + "00" + "000100010000000000" + "00"));
        int prior = 12;
        int at = octets.size();
        for (int i = 1; i < 0x90; i++) {
            octets.writeBytes(new byte[] {1, 'a', (byte) (0xC0 | prior >> 8), (byte) prior});
            octets.writeBytes(HexFormat.of().parseHex("00010001000000000000"));
            prior = at;
            at = octets.size();
        }
        byte[] message = octets.toByteArray();
        assertNull(DnsMessage.parse(message));

        message[7] = 0; // the same records, but only 127 of them: the last name has 253 octets
        message[6] = 0;
        message[7] = 0x7F;
        DnsMessage read = DnsMessage.parse(message);
        assertNotNull(read);
        assertEquals(253, read.answers().get(126).name().length());
    }

    @Test
    void shouldRefuseLongChainsOfPointers() {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        // A TXT record of pointers, each to the one before, and an owner that points to the last of them.
        octets.writeBytes(HexFormat.of().parseHex("000080000000000200000000" + "00" + "00100001000000000200" + "00"));
        for (int i = 0; i < 255; i++) {
            int target = i == 0 ? 12 : octets.size() - 2;
            octets.writeBytes(new byte[] {(byte) (0xC0 | target >> 8), (byte) target});
        }
        octets.write(0);
        int last = octets.size() - 3;
        octets.writeBytes(new byte[] {(byte) (0xC0 | last >> 8), (byte) last});
        octets.writeBytes(HexFormat.of().parseHex("00010001000000000000"));

        assertNull(DnsMessage.parse(octets.toByteArray()));
    }

    @Test
    void shouldRefuseDataThatDoesNotFillItsLength() {
        byte[] whole = DnsMessage.response(
                        DnsMessage.query(7, NAME, DnsType.CNAME),
                        0,
                        List.of(DnsRecord.alias(NAME, 60, DnsName.parse("b"))),
                        List.of())
                .toBytes(512);
        int lengthAt = 12 + 21 + 2 + 8 + 1;

        for (int length = 0; length < 12; length++) {
            byte[] mutated = whole.clone();
            mutated[lengthAt] = (byte) length;
            assertEquals(length == 3, DnsMessage.parse(mutated) != null, "length=" + length);
        }
    }
}
