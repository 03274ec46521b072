// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {

    private static final int TCP_FRAME_SUM_START = 14 + 20;

    /** IPv4 header of 10.0.0.1 to 10.0.0.2, UDP 1000 to 53 with two bytes of payload. */
    private static final String UDP_FRAME = "020000000002020000000001" + "0800"
            + "4500001e0000000040110000" + "0a000001" + "0a000002"
            + "03e80035000a" + "0000" + "6869";

    private static final String TCP_FRAME = "020000000002020000000001" + "0800"
            + "4500002b0000000040060000" + "0a000001" + "0a000002"
            + "03e80050" + "00000001" + "00000002" + "5018" + "1000" + "0000" + "0000" + "616263";

    private final ByteBuffer data = ByteBuffer.allocate(4096);

    /** The message as the kernel gives it, behind and before junk; the answer is its length. */
    private int message(int flags, int type, int size, int start, int offset, String hex) {
        byte[] junk = new byte[data.capacity()];
        new Random(7).nextBytes(junk);
        data.put(0, junk);
        byte[] frame = HexFormat.of().parseHex(hex);
        ByteBuffer header = ByteBuffer.allocate(10).order(ByteOrder.nativeOrder());
        header.put((byte) flags).put((byte) type).putShort((short) 54).putShort((short) size);
        header.putShort((short) start).putShort((short) offset);
        data.put(100, header.array());
        data.put(110, frame);
        return 10 + frame.length;
    }

    private static String hex(Frame frame) {
        byte[] bytes = new byte[frame.length()];
        frame.buffer().get(frame.offset(), bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void shouldPassAFinishedFrameAsItIs() {
        FrameDecoder decoder = new FrameDecoder(true);

        assertNull(decoder.decode(data, 100, message(0, 0, 0, 0, 0, UDP_FRAME), 0));

        assertEquals(UDP_FRAME, hex(decoder.frame()));
        assertFalse(decoder.frame().isUnfinished());
    }

    @ParameterizedTest
    @CsvSource({"0x8100000a, 8100000a", "0x81000000, 81000000", "0x88a86064, 88a86064"})
    void shouldPutATagBack(String tag, String expected) {
        FrameDecoder decoder = new FrameDecoder(true);

        assertNull(decoder.decode(
                data, 100, message(0, 0, 0, 0, 0, UDP_FRAME), Long.decode(tag).intValue()));

        assertEquals(UDP_FRAME.substring(0, 24) + expected + UDP_FRAME.substring(24), hex(decoder.frame()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 0x8100000a})
    void shouldLeaveATransportChecksumPending(int tag) {
        FrameDecoder decoder = new FrameDecoder(true);

        assertNull(decoder.decode(data, 100, message(1, 0, 0, TCP_FRAME_SUM_START, 16, TCP_FRAME), tag));

        assertTrue(decoder.frame().checksumPending());
        assertEquals(0, decoder.frame().segmentSize());
    }

    /** The field holds the pseudo-header's sum, 1420 = 0a00 + 0001 + 0a00 + 0002 + 0006 + 0017; the rest is summed naively. */
    @ParameterizedTest
    @ValueSource(ints = {0, 0x8100000a, 0x88a8000a})
    void shouldFillAChecksumInWhereItMayNotBeLeft(int tag) {
        String pseudo = "1420";
        String frame = TCP_FRAME.substring(0, 2 * (TCP_FRAME_SUM_START + 16))
                + pseudo
                + TCP_FRAME.substring(2 * (TCP_FRAME_SUM_START + 18));
        byte[] segment = HexFormat.of().parseHex(frame.substring(2 * TCP_FRAME_SUM_START) + "00");
        long sum = 0;
        for (int i = 0; i < segment.length; i += 2) {
            sum += ((segment[i] & 0xff) << 8) | (segment[i + 1] & 0xff);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        String checksum = String.format("%04x", ~sum & 0xffff);
        FrameDecoder decoder = new FrameDecoder(false);

        assertNull(decoder.decode(data, 100, message(1, 0, 0, TCP_FRAME_SUM_START, 16, frame), tag));

        assertFalse(decoder.frame().isUnfinished());
        String bytes = hex(decoder.frame());
        int field = bytes.length() - 2 * (3 + 2 + 2);
        assertEquals(checksum, bytes.substring(field, field + 4));
    }

    /** A checksum behind an outer header is not what {@code checksumPending} means, and is filled in at once. */
    @Test
    void shouldFillAChecksumInThatIsNotTheOuterOne() {
        FrameDecoder decoder = new FrameDecoder(true);

        assertNull(decoder.decode(data, 100, message(1, 0, 0, 14 + 20 + 8, 0, UDP_FRAME), 0));

        assertFalse(decoder.frame().isUnfinished());
        // The two bytes are their own checksum field: ~0x6869.
        assertTrue(hex(decoder.frame()).endsWith("9796"), hex(decoder.frame()));
    }

    /** RFC 768: a sum of zero is sent as all ones. */
    @Test
    void shouldNeverSendAUdpChecksumOfZero() {
        String frame = UDP_FRAME.substring(0, UDP_FRAME.length() - 4) + "ffff";
        FrameDecoder decoder = new FrameDecoder(true);

        assertNull(decoder.decode(data, 100, message(1, 0, 0, 14 + 20 + 8, 0, frame), 0));

        assertTrue(hex(decoder.frame()).endsWith("ffff"), hex(decoder.frame()));
    }

    @ParameterizedTest
    @CsvSource({"1, true", "129, true", "4, false", "5, false", "3, false", "77, false"})
    void shouldTakeSuperSegmentsOfWhatTheyHold(int type, boolean taken) {
        FrameDecoder decoder = new FrameDecoder(true);

        DropReason refused = decoder.decode(data, 100, message(1, type, 2, TCP_FRAME_SUM_START, 16, TCP_FRAME), 0);

        assertEquals(taken ? null : DropReason.UNSUPPORTED, refused);
        if (taken) {
            assertEquals(2, decoder.frame().segmentSize());
            assertTrue(decoder.frame().checksumPending());
        }
    }

    @Test
    void shouldRefuseASuperSegmentWithoutASize() {
        FrameDecoder decoder = new FrameDecoder(true);

        assertEquals(
                DropReason.MALFORMED,
                decoder.decode(data, 100, message(1, 1, 0, TCP_FRAME_SUM_START, 16, TCP_FRAME), 0));
    }

    @Test
    void shouldRefuseAChecksumThatIsNotInTheFrame() {
        FrameDecoder decoder = new FrameDecoder(true);

        assertEquals(DropReason.MALFORMED, decoder.decode(data, 100, message(1, 0, 0, 40, 100, UDP_FRAME), 0));
        assertEquals(DropReason.MALFORMED, decoder.decode(data, 100, message(1, 0, 0, 0xffff, 0xffff, UDP_FRAME), 0));
    }

    @Test
    void shouldCallAnythingShorterThanAHeaderTruncated() {
        for (int length = 0; length < 24; length++) {
            message(0, 0, 0, 0, 0, UDP_FRAME);

            assertEquals(
                    DropReason.TRUNCATED, new FrameDecoder(true).decode(data, 100, length, 0x8100000a), "" + length);
        }
    }

    /** Whatever the bytes: an answer, and nothing is touched outside of the message. */
    @Test
    void shouldBeTotal() {
        long seed = 0x5eed_af;
        Random random = new Random(seed);
        FrameDecoder decoder = new FrameDecoder(true);
        FrameDecoder completing = new FrameDecoder(false);
        byte[] bytes = new byte[512];
        for (int i = 0; i < 100_000; i++) {
            random.nextBytes(bytes);
            if (i % 2 == 0) {
                System.arraycopy(HexFormat.of().parseHex(TCP_FRAME), 0, bytes, 110, TCP_FRAME.length() / 2);
                bytes[101] = (byte) random.nextInt(8);
            }
            data.put(0, bytes);
            int length = random.nextInt(200);
            int tag = random.nextInt(3) == 0 ? 0 : random.nextInt();
            (i % 3 == 0 ? completing : decoder).decode(data, 100, length, tag);

            String message = "seed=" + seed + " round=" + i;
            byte[] after = new byte[512];
            data.get(0, after);
            assertEquals(-1, mismatch(bytes, after, 0, 100), message);
            assertEquals(-1, mismatch(bytes, after, 100 + Math.max(length, 10), 512), message);
        }
    }

    private static int mismatch(byte[] one, byte[] other, int from, int to) {
        return Arrays.mismatch(one, from, to, other, from, to);
    }
}
