// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class DnsMessageTest {
    private static final DnsName NAME = DnsName.parse("www.example.com");
    private static final IpAddress V4 = IpAddress.parse("192.0.2.1");
    private static final IpAddress V6 = IpAddress.parse("2001:db8::1");

    static DnsMessage parse(byte[] octets) {
        DnsMessage message = DnsMessage.parse(octets);
        assertNotNull(message);
        return message;
    }

    @Test
    void shouldWriteAQueryAsTheRfcDraws() {
        byte[] expected = HexFormat.of()
                .parseHex("1234010000010000000000010377777707" + "6578616d706c6503636f6d00001c0001"
                        + "00002904d0000000000000");

        assertArrayEquals(expected, DnsMessage.query(0x1234, NAME, DnsType.AAAA).toBytes(512));
    }

    @Test
    void shouldReadBackWhatItWrites() {
        DnsMessage query = DnsMessage.query(7, NAME, DnsType.A);
        List<DnsRecord> answers = List.of(
                DnsRecord.alias(NAME, 60, DnsName.parse("web.example.net")),
                DnsRecord.address(DnsName.parse("web.example.net"), 30, V4),
                DnsRecord.address(DnsName.parse("web.example.net"), 30, V6),
                new DnsRecord(NAME, DnsType.TXT, DnsType.CLASS_IN, 5, new byte[] {3, 'a', 'b', 'c'}));
        List<DnsRecord> authorities = List.of(DnsRecord.negativeSoa(DnsName.parse("example.com"), 300));
        DnsMessage message = new DnsMessage(
                7,
                DnsMessage.QR | DnsMessage.RD | DnsMessage.RA,
                query.questions(),
                answers,
                authorities,
                List.of(DnsRecord.pointer(V4, 1, NAME)),
                new Edns(1232, 0, 0, true));

        byte[] octets = message.toBytes(DnsMessage.MAX_LENGTH);

        assertEquals(message, parse(octets));
    }

    @Test
    void shouldWriteAtAnOffsetAndOnlyThere() {
        byte[] array = new byte[600];
        Arrays.fill(array, (byte) 0xA5);
        DnsMessage query = DnsMessage.query(7, NAME, DnsType.A);

        int length = query.writeTo(ByteBuffer.wrap(array), 40, 512);

        assertArrayEquals(query.toBytes(512), Arrays.copyOfRange(array, 40, 40 + length));
        for (int i = 0; i < array.length; i++) {
            assertTrue((i >= 40 && i < 40 + length) || array[i] == (byte) 0xA5, "index=" + i);
        }
        assertEquals(query, DnsMessage.parse(ByteBuffer.wrap(array), 40, length));
    }

    @Test
    void shouldAnswerAsAServer() {
        DnsMessage query = parse(DnsMessage.query(9, NAME, DnsType.A).toBytes(512));

        DnsMessage found = parse(
                DnsMessage.response(query, DnsResponseCode.NOERROR, List.of(DnsRecord.address(NAME, 60, V4)), List.of())
                        .toBytes(query.udpLimit()));
        DnsMessage missing =
                parse(DnsMessage.failure(query, DnsResponseCode.NXDOMAIN).toBytes(query.udpLimit()));

        assertEquals(9, found.id());
        assertTrue(found.isResponse());
        assertEquals(query.questions(), found.questions());
        assertEquals(V4, found.answers().get(0).address());
        assertEquals(1232, query.udpLimit());
        assertEquals(DnsResponseCode.NXDOMAIN, missing.responseCode());
        assertNotNull(missing.edns());
    }

    @Test
    void shouldNotSpeakEdnsToWhoDoesNot() {
        DnsMessage plain =
                new DnsMessage(1, 0, DnsMessage.query(1, NAME, 1).questions(), List.of(), List.of(), List.of(), null);

        assertNull(DnsMessage.failure(plain, DnsResponseCode.SERVFAIL).edns());
        assertEquals(512, plain.udpLimit());
    }

    @Test
    void shouldJoinTheHalvesOfAnExtendedResponseCode() {
        DnsMessage query = DnsMessage.query(1, NAME, DnsType.A);

        DnsMessage answer =
                parse(DnsMessage.failure(query, DnsResponseCode.BADVERS).toBytes(512));

        assertEquals(DnsResponseCode.BADVERS, answer.responseCode());
    }

    @Test
    void shouldCutAtARecordAndSetTcWhenItDoesNotFit() {
        DnsMessage query = DnsMessage.query(1, NAME, DnsType.A);
        List<DnsRecord> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(DnsRecord.address(NAME, 60, IpAddress.ofIpv4(0x0A000000 + i)));
        }
        DnsMessage message = DnsMessage.response(query, 0, many, List.of());

        for (int limit = 44; limit <= 1700; limit++) {
            byte[] octets = message.toBytes(limit);
            DnsMessage read = parse(octets);

            assertTrue(octets.length <= limit, "limit=" + limit);
            assertEquals(many.subList(0, read.answers().size()), read.answers());
            assertEquals(read.answers().size() < 100, read.isTruncated());
            assertNotNull(read.edns(), "limit=" + limit);
        }
        assertThrows(IllegalArgumentException.class, () -> message.toBytes(43));
    }

    @Test
    void shouldGiveNothingForATtlWithItsTopBitSet() {
        byte[] octets = DnsMessage.response(
                        DnsMessage.query(1, NAME, 1), 0, List.of(DnsRecord.address(NAME, 0, V4)), List.of())
                .toBytes(512);
        octets[33 + 2 + 4] = (byte) 0x80;

        assertEquals(0, parse(octets).answers().get(0).ttlSeconds());
    }

    @Test
    void shouldRefuseTwoOptRecordsAndOptElsewhere() {
        byte[] query = DnsMessage.query(1, NAME, DnsType.A).toBytes(512);
        byte[] twice = Arrays.copyOf(query, query.length + 11);
        System.arraycopy(query, query.length - 11, twice, query.length, 11);
        twice[11] = 2;
        byte[] inAnswer = query.clone();
        inAnswer[11] = 0;
        inAnswer[7] = 1;

        assertNull(DnsMessage.parse(twice));
        assertNull(DnsMessage.parse(inAnswer));
        assertFalse(parse(query).isResponse());
    }
}
