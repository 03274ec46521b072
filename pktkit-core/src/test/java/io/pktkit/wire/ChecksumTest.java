// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumTest {

    private static final int MAX_LENGTH = 9001;

    @Test
    void shouldSumTheExampleOfRfc1071() {
        ByteBuffer bytes = Packets.hex("0001 f203 f4f5 f6f7");

        assertEquals(0xDDF2, Checksum.sum(bytes, 0, 8));
        assertEquals(0x220D, Checksum.internet(bytes, 0, 8));
    }

    @Test
    void shouldUpdateAsTheExampleOfRfc1624() {
        assertEquals(0x0000, Checksum.update(0xDD2F, 0x5555, 0x3285));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSumAsANaiveSumDoesOverEveryLength(boolean direct) {
        long seed = 7;
        ByteBuffer random = Packets.random(MAX_LENGTH + 8, seed);
        ByteBuffer bytes = direct ? ByteBuffer.allocateDirect(random.capacity()) : random;
        bytes.put(0, random, 0, random.capacity());

        for (int length = 0; length <= MAX_LENGTH; length++) {
            int offset = length % 8;
            assertEquals(
                    naive(random, offset, length),
                    Checksum.sum(bytes, offset, length),
                    "seed=" + seed + " offset=" + offset + " length=" + length);
        }
    }

    @Test
    void shouldSumAsANaiveSumDoesFromEveryOffset() {
        long seed = 8;
        ByteBuffer bytes = Packets.random(200, seed);
        for (int offset = 0; offset < 70; offset++) {
            for (int length = 0; length <= 130; length++) {
                assertEquals(
                        naive(bytes, offset, length),
                        Checksum.sum(bytes, offset, length),
                        "seed=" + seed + " offset=" + offset + " length=" + length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 1500, 65535, 131_073, 1 << 20, (16 << 20) + 3})
    void shouldNotLoseCarries(int length) {
        byte[] ones = new byte[length];
        Arrays.fill(ones, (byte) 0xFF);

        int expected = length % 2 == 0 ? 0xFFFF : 0xFF00;
        assertEquals(expected, Checksum.sum(ByteBuffer.wrap(ones), 0, length));
    }

    @Test
    void shouldSumSlicesAndReadOnlyBuffers() {
        ByteBuffer random = Packets.random(300, 9);
        ByteBuffer slice = random.slice(13, 200);
        int expected = naive(random, 13 + 3, 150);

        assertEquals(expected, Checksum.sum(slice, 3, 150));
        assertEquals(expected, Checksum.sum(slice.asReadOnlyBuffer(), 3, 150));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotReadBehindTheLimit(boolean direct) {
        ByteBuffer bytes = direct ? ByteBuffer.allocateDirect(300) : ByteBuffer.allocate(300);
        bytes.limit(100);

        assertEquals(0, Checksum.sum(bytes, 4, 96));
        assertThrows(IndexOutOfBoundsException.class, () -> Checksum.sum(bytes, 5, 96));
        assertThrows(IndexOutOfBoundsException.class, () -> Checksum.sum(bytes, 4, 97));
        assertThrows(IndexOutOfBoundsException.class, () -> Checksum.sum(bytes, -1, 64));
    }

    @Test
    void shouldReadNothingOutsideTheRange() {
        ByteBuffer exact = Packets.random(37, 1);
        ByteBuffer dirty = Packets.dirty(64);
        dirty.put(9, exact, 0, 37);

        assertEquals(Checksum.sum(exact, 0, 37), Checksum.sum(dirty, 9, 37));
    }

    @Property
    void combinesPieces(@ForAll byte[] bytes, @ForAll @IntRange(max = 100) int cut) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int at = Math.min(cut, bytes.length) & ~1;

        int combined = Checksum.combine(Checksum.sum(buffer, 0, at), Checksum.sum(buffer, at, bytes.length - at));

        assertEquals(Checksum.sum(buffer, 0, bytes.length), combined);
    }

    @Property
    void updatesOfAWordEqualAFullSum(
            @ForAll @Size(min = 4, max = 64) byte[] bytes, @ForAll short word, @ForAll @IntRange(max = 31) int index) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int at = index * 2 % (bytes.length & ~1);
        int before = Checksum.internet(buffer, 0, bytes.length);
        int old = buffer.getShort(at);
        Assume.that(Checksum.sum(buffer, 0, bytes.length) != 0); // all zeros have two forms
        buffer.putShort(at, word);
        Assume.that(Checksum.sum(buffer, 0, bytes.length) != 0);

        assertEquals(Checksum.internet(buffer, 0, bytes.length), Checksum.update(before, old, word));
    }

    @Property
    void updatesOfAPieceEqualAFullSum(@ForAll @Size(48) byte[] bytes, @ForAll @Size(16) byte[] replacement) {
        bytes[47] = 1; // never all zeros
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int before = Checksum.internet(buffer, 0, 48);
        int oldSum = Checksum.sum(buffer, 8, 16);
        buffer.put(8, replacement);

        assertEquals(Checksum.internet(buffer, 0, 48), Checksum.update(before, oldSum, Checksum.sum(buffer, 8, 16)));
    }

    @Property
    void updatesOfUdpAreNeverZeroAndLeaveNoneAlone(@ForAll short checksum, @ForAll short old, @ForAll short next) {
        int updated = Checksum.updateUdp(checksum, old, next);

        if (checksum == 0) {
            assertEquals(0, updated);
        } else {
            assertEquals(Checksum.orAllOnes(Checksum.update(checksum, old, next)), updated);
            assertEquals(true, updated != 0 && updated >>> 16 == 0);
        }
    }

    @Test
    void shouldTakeAll32BitsOfTheLengthIntoThePseudoHeader() {
        ByteBuffer header = ByteBuffer.allocate(40);
        Packets.V6_A.writeTo(header, 0);
        Packets.V6_B.writeTo(header, 16);
        header.putInt(32, 0x89AB_CDEF).putInt(36, IpProtocol.UDP);

        assertEquals(
                naive(header, 0, 40), Checksum.pseudoHeader(Packets.V6_A, Packets.V6_B, IpProtocol.UDP, 0x89AB_CDEF));
    }

    @Test
    void shouldSumThePseudoHeaderOfIpv4() {
        ByteBuffer header = Packets.hex("0a000001 c0000207 00 06 0123");

        assertEquals(naive(header, 0, 12), Checksum.pseudoHeader(Packets.V4_A, Packets.V4_B, IpProtocol.TCP, 0x123));
    }

    @Test
    void shouldRefuseAPseudoHeaderOfTwoFamilies() {
        assertThrows(IllegalArgumentException.class, () -> Checksum.pseudoHeader(Packets.V4_A, Packets.V6_A, 17, 8));
        assertThrows(
                IllegalArgumentException.class,
                () -> Checksum.transport(Packets.V6_A, Packets.V4_A, 17, ByteBuffer.allocate(8), 0, 8));
    }

    /** RFC 1071 as it is written, one word at a time. */
    private static int naive(ByteBuffer buffer, int offset, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            int octet = buffer.get(offset + i) & 0xFF;
            sum += i % 2 == 0 ? octet << 8 : octet;
        }
        while (sum >>> 16 != 0) {
            sum = (sum >>> 16) + (sum & 0xFFFF);
        }
        return (int) sum;
    }
}
