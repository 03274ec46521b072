// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624).
 *
 * <p>A <em>raw sum</em> here is a one's complement sum folded to 16 bits and not yet complemented. Raw sums of pieces
 * can be {@linkplain #combine combined}, provided that every piece but the last is of even length; a
 * {@linkplain #finish finished} one is what the wire carries. All methods are safe for any thread.
 */
public final class Checksum {

    private static final long LOW_32 = 0xFFFF_FFFFL;

    /** Bytes that are summed at a time. */
    private static final int BLOCK = 32;

    private static final VarHandle ARRAY_WORDS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BUFFER_WORDS =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Checksum() {}

    /**
     * Sums bytes as big-endian 16-bit words; an odd last byte is the high half of a word. Words are counted from
     * {@code offset}, which need not be even.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes
     * @return the raw sum
     */
    public static int sum(ByteBuffer buffer, int offset, int length) {
        int at = offset;
        int end = offset + length;
        long sum = 0;
        if (length >= BLOCK) {
            int whole = length & -BLOCK;
            Objects.checkFromIndexSize(offset, whole, buffer.limit());
            sum = buffer.hasArray()
                    ? sumBlocks(buffer.array(), buffer.arrayOffset() + offset, whole)
                    : sumBlocks(buffer, offset, whole);
            at += whole;
        }
        while (end - at >= 4) {
            sum += buffer.getInt(at) & LOW_32;
            at += 4;
        }
        if (end - at >= 2) {
            sum += buffer.getShort(at) & 0xFFFF;
            at += 2;
        }
        if (end > at) {
            sum += (buffer.get(at) & 0xFF) << 8;
        }
        return fold(sum);
    }

    /** Sums the 20 bytes of an IPv4 header without options, which a router does for each packet. */
    static int sumOf20(ByteBuffer buffer, int offset) {
        return fold(halves(buffer.getLong(offset))
                + halves(buffer.getLong(offset + 8))
                + (buffer.getInt(offset + 16) & LOW_32));
    }

    /*
     * One's complement sums may be taken over wider words and in either byte order (RFC 1071 section 2). Little-endian
     * words spare most machines a swap for each. The sum of the longs, which overflows, and that of their upper halves,
     * which does not, give the sum of the lower halves in the end: one operation less than to add both halves.
     */

    private static int sumBlocks(byte[] bytes, int offset, int length) {
        long words = 0;
        long uppers = 0;
        for (int at = offset, last = offset + length - BLOCK; at <= last; at += BLOCK) {
            long a = (long) ARRAY_WORDS.get(bytes, at);
            long b = (long) ARRAY_WORDS.get(bytes, at + 8);
            long c = (long) ARRAY_WORDS.get(bytes, at + 16);
            long d = (long) ARRAY_WORDS.get(bytes, at + 24);
            words += (a + b) + (c + d);
            uppers += ((a >>> 32) + (b >>> 32)) + ((c >>> 32) + (d >>> 32));
        }
        return foldBlocks(words, uppers);
    }

    private static int sumBlocks(ByteBuffer buffer, int offset, int length) {
        long words = 0;
        long uppers = 0;
        for (int at = offset, last = offset + length - BLOCK; at <= last; at += BLOCK) {
            long a = (long) BUFFER_WORDS.get(buffer, at);
            long b = (long) BUFFER_WORDS.get(buffer, at + 8);
            long c = (long) BUFFER_WORDS.get(buffer, at + 16);
            long d = (long) BUFFER_WORDS.get(buffer, at + 24);
            words += (a + b) + (c + d);
            uppers += ((a >>> 32) + (b >>> 32)) + ((c >>> 32) + (d >>> 32));
        }
        return foldBlocks(words, uppers);
    }

    private static int foldBlocks(long words, long uppers) {
        long lowers = words - (uppers << 32);
        return Short.toUnsignedInt(Short.reverseBytes((short) fold(lowers + uppers)));
    }

    /**
     * Combines the raw sums of two pieces, the first of even length.
     *
     * @param rawA a raw sum
     * @param rawB a raw sum
     * @return the raw sum of both
     */
    public static int combine(int rawA, int rawB) {
        return fold((rawA & LOW_32) + (rawB & LOW_32));
    }

    /**
     * Turns a raw sum into the checksum to be sent.
     *
     * @param raw a raw sum
     * @return its one's complement, 16 bits
     */
    public static int finish(int raw) {
        return ~raw & 0xFFFF;
    }

    /**
     * Computes the checksum of bytes on their own, as in an IPv4 header. Over bytes that include a right checksum the
     * result is 0.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes
     * @return the checksum
     */
    public static int internet(ByteBuffer buffer, int offset, int length) {
        return finish(sum(buffer, offset, length));
    }

    /**
     * Sums the pseudo-header of RFC 9293 section 3.1 or RFC 8200 section 8.1. The two sum alike, since zeros add nothing.
     *
     * @param source source address
     * @param destination the final destination address
     * @param protocol the protocol number of the transport, never that of an extension header
     * @param length transport header and payload in bytes; all 32 bits count, as in the IPv6 pseudo-header
     * @return the raw sum
     * @throws IllegalArgumentException if the addresses are of different families
     */
    public static int pseudoHeader(IpAddress source, IpAddress destination, int protocol, int length) {
        if (source.family() != destination.family()) {
            throw new IllegalArgumentException(
                    "addresses must be of one family: source=" + source + " destination=" + destination);
        }
        return pseudoHeader(source.high(), source.low(), destination.high(), destination.low(), protocol, length);
    }

    /**
     * Sums a pseudo-header from addresses in their primitive form.
     *
     * @param sourceHigh first 64 bits of the source, 0 for IPv4
     * @param sourceLow last 64 bits of the source
     * @param destinationHigh first 64 bits of the final destination, 0 for IPv4
     * @param destinationLow last 64 bits of the final destination
     * @param protocol the protocol number of the transport
     * @param length transport header and payload in bytes
     * @return the raw sum
     */
    public static int pseudoHeader(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int protocol, int length) {
        return fold(halves(sourceHigh)
                + halves(sourceLow)
                + halves(destinationHigh)
                + halves(destinationLow)
                + (protocol & 0xFF)
                + (length & LOW_32));
    }

    /**
     * Computes the checksum of a transport header and payload whose checksum field holds zero. For UDP a result of 0 is
     * to be sent as {@link #orAllOnes}.
     *
     * @param source source address
     * @param destination the final destination address
     * @param protocol the protocol number of the transport
     * @param buffer a big-endian buffer
     * @param offset the transport header, absolute
     * @param length transport header and payload in bytes
     * @return the checksum; 0 if the field already holds a right one
     * @throws IllegalArgumentException if the addresses are of different families
     */
    public static int transport(
            IpAddress source, IpAddress destination, int protocol, ByteBuffer buffer, int offset, int length) {
        return finish(combine(pseudoHeader(source, destination, protocol, length), sum(buffer, offset, length)));
    }

    /**
     * Says what UDP sends for a checksum: a computed 0 goes out as its other form, since 0 means "none" (RFC 768).
     *
     * @param checksum a computed checksum
     * @return the same, or 0xFFFF for 0
     */
    public static int orAllOnes(int checksum) {
        return checksum == 0 ? 0xFFFF : checksum;
    }

    /**
     * Updates a checksum for a change of covered bytes, RFC 1624 equation 3. What changed may be one 16-bit word, or any
     * even-aligned piece of even length given by its raw sums before and after. An edit at an odd offset is widened by
     * the caller to the words that it touches.
     *
     * @param checksum the checksum before
     * @param oldSum the word, or the raw sum, before
     * @param newSum the word, or the raw sum, after
     * @return the checksum after
     */
    public static int update(int checksum, int oldSum, int newSum) {
        return finish(fold((~checksum & 0xFFFFL) + (~oldSum & 0xFFFFL) + (newSum & 0xFFFFL)));
    }

    /**
     * Updates a UDP checksum: as {@link #update(int, int, int)}, but 0 stays 0, since nothing is covered then (RFC 768),
     * and the result is never 0 otherwise.
     *
     * @param checksum the checksum before
     * @param oldSum the word, or the raw sum, before
     * @param newSum the word, or the raw sum, after
     * @return the checksum after
     */
    public static int updateUdp(int checksum, int oldSum, int newSum) {
        return (checksum & 0xFFFF) == 0 ? 0 : orAllOnes(update(checksum, oldSum, newSum));
    }

    /**
     * Gives the raw sum of an address, for updates after it was rewritten; the families may differ then.
     *
     * @param high first 64 bits, 0 for IPv4
     * @param low last 64 bits
     * @return the raw sum
     */
    public static int sumOfAddress(long high, long low) {
        return fold(halves(high) + halves(low));
    }

    private static long halves(long word) {
        return (word >>> 32) + (word & LOW_32);
    }

    private static int fold(long sum) {
        long folded = (sum >>> 32) + (sum & LOW_32);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        return (int) ((folded >>> 16) + (folded & 0xFFFF));
    }
}
