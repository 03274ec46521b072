// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {

    /** What was found: a frame as its bytes in hexadecimal, or the constant. */
    private static List<String> decode(byte[] stream, int... cuts) {
        FrameDecoder decoder = new FrameDecoder();
        List<String> found = new ArrayList<>();
        byte[] carried = new byte[0];
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : stream.length;
            ByteBuffer bytes = ByteBuffer.allocate(carried.length + to - from);
            bytes.put(carried).put(stream, from, to - from).flip();
            int result = decoder.next(bytes);
            while (result != FrameDecoder.INCOMPLETE && result != FrameDecoder.LOST) {
                found.add(result > 0 ? hex(bytes, result) : "" + result);
                result = decoder.next(bytes);
            }
            if (result == FrameDecoder.LOST) {
                found.add("" + result);
                return found;
            }
            carried = new byte[bytes.remaining()];
            bytes.get(carried);
            from = to;
        }
        return found;
    }

    private static String hex(ByteBuffer bytes, int length) {
        byte[] frame = new byte[length];
        bytes.get(bytes.position(), frame);
        return Arrays.hashCode(frame) + "/" + length;
    }

    private static String hex(byte[] frame) {
        return hex(ByteBuffer.wrap(frame), frame.length);
    }

    private static byte[] stream(byte[]... frames) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            stream.writeBytes(ByteBuffer.allocate(4).putInt(frame.length).array());
            stream.writeBytes(frame);
        }
        return stream.toByteArray();
    }

    private static byte[] frame(int length, int seed) {
        byte[] frame = new byte[length];
        new Random(seed).nextBytes(frame);
        return frame;
    }

    @Test
    void shouldFindFramesWhereverTheStreamIsCut() {
        byte[] first = frame(14, 1);
        byte[] second = frame(60, 2);
        byte[] stream = stream(first, second);
        List<String> expected = List.of(hex(first), hex(second));

        for (int cut = 0; cut <= stream.length; cut++) {
            for (int next = cut; next <= stream.length; next++) {
                assertEquals(expected, decode(stream, cut, next), "cut at " + cut + " and " + next);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 65_536, 69_632})
    void shouldPassOverWhatIsNoFrameAndGoOn(int length) {
        byte[] after = frame(60, 3);
        byte[] stream = stream(frame(length, 4), after);
        String what = "" + (length < 14 ? FrameDecoder.TOO_SHORT : FrameDecoder.TOO_LONG);

        assertEquals(List.of(what, hex(after)), decode(stream));
        assertEquals(List.of(what, hex(after)), decode(stream, 3, 4, 5, 17, Math.max(17, stream.length - 61)));
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 65_535})
    void shouldTakeTheShortestAndTheLongest(int length) {
        byte[] frame = frame(length, 5);

        assertEquals(List.of(hex(frame)), decode(stream(frame), 2, length / 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {69_633, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void shouldBeLostForGood(int length) {
        byte[] good = frame(20, 6);
        byte[] stream = ByteBuffer.allocate(24 + 4 + 24)
                .put(stream(good))
                .putInt(length)
                .put(stream(good))
                .array();

        assertEquals(List.of(hex(good), "" + FrameDecoder.LOST), decode(stream));
    }

    @Test
    void shouldSayNothingOfAFrameWithoutItsEnd() {
        byte[] stream = stream(frame(60, 7));

        for (int length = 0; length < stream.length; length++) {
            assertEquals(List.of(), decode(Arrays.copyOf(stream, length)), "length=" + length);
        }
    }

    /** Against the plain way, byte by byte, of streams in which the lengths lie. */
    @Test
    void shouldAgreeWithThePlainWay() {
        int[] lengths = {0, 1, 13, 14, 15, 60, 200, 1514, 65_535, 65_536, 69_632, 69_633, -1, 1 << 24};
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            int frames = random.nextInt(4);
            for (int f = 0; f < frames; f++) {
                boolean large = random.nextInt(50) == 0;
                int length = lengths[large ? random.nextInt(lengths.length) : random.nextInt(7)];
                stream.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
                int there = random.nextInt(10) == 0 ? random.nextInt(20) : Math.max(0, Math.min(length, 70_000));
                stream.writeBytes(frame(there, random.nextInt()));
            }
            byte[] bytes = stream.toByteArray();
            int[] cuts =
                    random.ints(random.nextInt(6), 0, bytes.length + 1).sorted().toArray();

            assertEquals(plainly(bytes), decode(bytes, cuts), "seed=" + seed + " round=" + i);
        }
    }

    private static List<String> plainly(byte[] stream) {
        List<String> found = new ArrayList<>();
        int at = 0;
        while (stream.length - at >= 4) {
            long length = Integer.toUnsignedLong(ByteBuffer.wrap(stream).getInt(at));
            at += 4;
            if (length > 69_632) {
                found.add("" + FrameDecoder.LOST);
                return found;
            }
            if (length < 14 || length > 65_535) {
                found.add("" + (length < 14 ? FrameDecoder.TOO_SHORT : FrameDecoder.TOO_LONG));
            } else if (stream.length - at < length) {
                return found;
            } else {
                found.add(hex(Arrays.copyOfRange(stream, at, at + (int) length)));
            }
            at += (int) Math.min(length, stream.length - at);
        }
        return found;
    }

    @Test
    void shouldTakeAMillionRandomInputsOfAnySequence() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FrameDecoder decoder = new FrameDecoder();
        ByteBuffer bytes = ByteBuffer.allocate(64);
        byte[] junk = new byte[64];
        int lost = 0;
        for (int i = 0; i < 1_000_000; i++) {
            random.nextBytes(junk);
            if (random.nextBoolean()) {
                junk[0] = 0;
                junk[1] = 0;
                junk[2] = 0;
            }
            bytes.clear().put(junk).position(random.nextInt(65));
            int before = bytes.position();
            int result = decoder.next(bytes);
            assertTrue(result >= FrameDecoder.LOST && result <= 64, "seed=" + seed + " round=" + i);
            assertTrue(bytes.position() >= before, "seed=" + seed + " round=" + i);
            assertTrue(result <= bytes.remaining(), "seed=" + seed + " round=" + i);
            if (result == FrameDecoder.LOST) {
                lost++;
                decoder = new FrameDecoder();
            }
        }
        assertTrue(lost > 1000, "the sequences reached the end too: lost=" + lost + " seed=" + seed);
    }
}
