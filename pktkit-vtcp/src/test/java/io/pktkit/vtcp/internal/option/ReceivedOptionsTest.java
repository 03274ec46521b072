// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ReceivedOptionsTest {
    private final ReceivedOptions options = new ReceivedOptions();

    /** Parses these options, with bytes behind them that are none. */
    private void parse(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        ByteBuffer segment = ByteBuffer.allocate(20 + bytes.length + 8);
        segment.put(12, (byte) (((20 + bytes.length) / 4) << 4));
        segment.put(20, bytes);
        for (int i = 20 + bytes.length; i < segment.capacity(); i++) {
            segment.put(i, (byte) 2);
        }
        options.parse(new TcpSegment().wrap(segment, 0, segment.capacity()));
    }

    @Test
    void shouldReadThoseOfALinuxSyn() {
        parse("02 04 05b4 04 02 08 0a 00000001 00000002 01 03 03 07");

        assertEquals(1460, options.mss);
        assertTrue(options.sackPermitted);
        assertTrue(options.timestamps);
        assertEquals(1, options.tsVal);
        assertEquals(2, options.tsEcr);
        assertEquals(7, options.windowScale);
    }

    @Test
    void shouldPassOverPaddingBeforeAnOption() {
        parse("01 01 08 0a 00000001 00000002 01 01 05 12 00000003 00000004 00000005 00000006");

        assertTrue(options.timestamps);
        assertEquals(2, options.sackBlocks);
        assertEquals(5, options.sackStart(1));
        assertEquals(6, options.sackEnd(1));
    }

    @Test
    void shouldReadNothingBehindTheEnd() {
        parse("00 04 02 00");

        assertFalse(options.sackPermitted);
    }

    @Test
    void shouldNotReadTheLengthOfAnOptionFromBehindTheHeader() {
        parse("01 01 01 04"); // a kind, and no room for its length

        assertFalse(options.sackPermitted);
    }

    @Test
    void shouldPassOverOptionsOfAWrongLength() {
        parse("02 05 05b4 01 03 04 07 01 04 03 01 01 08 09 00000001 00 00 00 01 05 09 00000003 00 00 00 01 01 01");

        assertEquals(ReceivedOptions.ABSENT, options.mss);
        assertEquals(ReceivedOptions.ABSENT, options.windowScale);
        assertFalse(options.sackPermitted);
        assertFalse(options.timestamps);
        assertEquals(0, options.sackBlocks);
    }

    @Test
    void shouldStopAtALengthThatLeadsNowhere() {
        for (String length : new String[] {"00", "01", "ff"}) {
            parse("1e " + length + " 04 02");
            assertFalse(options.sackPermitted, "length " + length);
        }
    }

    @Test
    void shouldForgetTheSegmentBefore() {
        parse("02 04 05b4 04 02 08 0a 00000001 00000002 01 03 03 07");

        parse("");

        assertEquals(ReceivedOptions.ABSENT, options.mss);
        assertEquals(ReceivedOptions.ABSENT, options.windowScale);
        assertFalse(options.sackPermitted || options.timestamps);
    }
}
