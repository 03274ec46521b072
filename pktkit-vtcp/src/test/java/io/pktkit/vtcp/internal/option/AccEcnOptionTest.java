// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Octets put together by hand from figure 4 and table 5 of RFC 9768. */
class AccEcnOptionTest {
    private static final int E0B = 0x010203;
    private static final int CEB = 0x0a0b0c;
    private static final int E1B = 0xf1f2f3;
    private static final HexFormat HEX = HexFormat.of();

    private static ReceivedOptions parse(String hex) {
        byte[] options = HEX.parseHex(hex);
        byte[] bytes = new byte[20 + options.length];
        System.arraycopy(options, 0, bytes, 20, options.length);
        bytes[12] = (byte) ((bytes.length / 4) << 4);
        ReceivedOptions parsed = new ReceivedOptions();
        parsed.parse(new TcpSegment().wrap(ByteBuffer.wrap(bytes), 0, bytes.length));
        return parsed;
    }

    @ParameterizedTest
    @CsvSource({
        "172, 3, ac0b0102030a0b0cf1f2f3",
        "172, 2, ac080102030a0b0c",
        "172, 1, ac05010203",
        "172, 0, ac02",
        "174, 3, ae0bf1f2f30a0b0c010203",
        "174, 2, ae08f1f2f30a0b0c",
        "174, 1, ae05f1f2f3",
        "174, 0, ae02"
    })
    void shouldWriteEachOrderAndLength(int kind, int fields, String expected) {
        byte[] bytes = new byte[20];
        Arrays.fill(bytes, (byte) 0xa5);
        boolean order0 = kind == AccEcnOption.ORDER_0;
        AccEcnOption.write(
                ByteBuffer.wrap(bytes), 4, kind, fields, order0 ? E0B : E1B, 0x7f000000 | CEB, order0 ? E1B : E0B);

        int end = 4 + AccEcnOption.length(fields);
        assertEquals(expected, HEX.formatHex(bytes, 4, end));
        assertEquals("a5a5a5a5", HEX.formatHex(bytes, 0, 4));
        assertEquals("a5", HEX.formatHex(bytes, end, end + 1));
    }

    @ParameterizedTest
    @CsvSource({
        "ac0b0102030a0b0cf1f2f301, 66051, 658188, 15856371",
        "ac080102030a0b0c, 66051, 658188, -1",
        "ac05010203010101, 66051, -1, -1",
        "ac020101, -1, -1, -1",
        "ae0bf1f2f30a0b0c01020301, 66051, 658188, 15856371",
        "ae08f1f2f30a0b0c, -1, 658188, 15856371",
        "ae05f1f2f3010101, -1, -1, 15856371",
        "ae020101, -1, -1, -1",
        // other lengths: whole fields are used, the rest is padding
        "ac0c0102030a0b0cf1f2f3ff, 66051, 658188, 15856371",
        "ac0a0102030a0b0cf1f20101, 66051, 658188, -1",
        "ac040102, -1, -1, -1",
        "ac100102030a0b0cf1f2f30102030405, 66051, 658188, 15856371"
    })
    void shouldReadEachOrderAndLength(String octets, int e0b, int ceb, int e1b) {
        ReceivedOptions options = parse(octets);
        assertTrue(options.accEcn);
        assertEquals(e0b, options.e0b);
        assertEquals(ceb, options.ceb);
        assertEquals(e1b, options.e1b);
    }

    @ParameterizedTest
    @CsvSource({"ac0b0102", "ac000101", "ac010101", "010101ac", "acff0102", "ab0b0102030a0b0cf1f2f301", "00ac0201"})
    void shouldPassOverWhatIsCutShort(String octets) {
        assertFalse(parse(octets).accEcn);
    }

    @Test
    void shouldForgetTheOptionOfTheSegmentBefore() {
        ReceivedOptions options = parse("ac0b0102030a0b0cf1f2f301");
        byte[] bare = new byte[20];
        bare[12] = 0x50;
        options.parse(new TcpSegment().wrap(ByteBuffer.wrap(bare), 0, 20));
        assertFalse(options.accEcn);
    }

    @Test
    void shouldReadNothingFromBeyondTheHeader() {
        Random random = new Random(9768);
        for (int i = 0; i < 20_000; i++) {
            byte[] options = new byte[4 * (1 + random.nextInt(10))];
            random.nextBytes(options);
            int at = random.nextInt(options.length);
            options[at] = (byte) (random.nextBoolean() ? 172 : 174);
            parse(HEX.formatHex(options)); // the view has no octet more
        }
    }
}
