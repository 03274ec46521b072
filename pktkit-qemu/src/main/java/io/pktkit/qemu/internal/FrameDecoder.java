// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;

/**
 * Finds the frames in a stream of bytes: each has its length before it, as 32 bits in network order. Total: no bytes make it
 * throw. One thread at a time.
 *
 * <p>The buffer holds the stream from its position on, and {@link #next} moves the position past what it has understood. What
 * is left when it answers {@link #INCOMPLETE} belongs before what is read next. Nothing is allocated, whatever a length says.
 *
 * <p>A length that no frame has is passed over together with the bytes that it counts, and the frames after it are found
 * again. Only a length that no peer of this protocol can have written shows that the stream is not where it seems to be:
 * then nothing that follows can be trusted.
 */
public final class FrameDecoder {

    /** Bytes of the length before each frame. */
    public static final int LENGTH_BYTES = 4;

    /** The longest frame that is taken. */
    public static final int LONGEST_FRAME = 65_535;

    /** The longest that a peer may have: QEMU's NET_BUFSIZE of 4096 + 65536, in its include/net/net.h. */
    static final int LONGEST_OF_PEERS = 69_632;

    /** No whole frame is left. */
    public static final int INCOMPLETE = 0;

    /** A frame without a whole Ethernet header was passed over. */
    public static final int TOO_SHORT = -1;

    /** A frame that is too long was passed over. */
    public static final int TOO_LONG = -2;

    /** The framing is lost for good. */
    public static final int LOST = -3;

    /** Bytes of the latest frame, or of one that is passed over, which are still before what is next. */
    private int skip;

    private boolean lost;

    /** Begins at the start of a stream. */
    public FrameDecoder() {}

    /**
     * Looks for the next frame.
     *
     * @param bytes big-endian; its position moves
     * @return the length of a frame whose bytes begin at the position and are passed over by the next call; or one of the
     *     constants, all of which are 0 or less
     */
    public int next(ByteBuffer bytes) {
        int skipped = Math.min(skip, bytes.remaining());
        bytes.position(bytes.position() + skipped);
        skip -= skipped;
        if (lost) {
            return LOST;
        }
        if (skip > 0 || bytes.remaining() < LENGTH_BYTES) {
            return INCOMPLETE;
        }
        int length = bytes.getInt(bytes.position());
        if (length < 0 || length > LONGEST_OF_PEERS) {
            lost = true;
            return LOST;
        }
        boolean fits = length >= Frame.HEADER_LENGTH && length <= LONGEST_FRAME;
        if (fits && bytes.remaining() < LENGTH_BYTES + length) {
            return INCOMPLETE;
        }
        bytes.position(bytes.position() + LENGTH_BYTES);
        skip = length;
        if (fits) {
            return length;
        }
        return length > LONGEST_FRAME ? TOO_LONG : TOO_SHORT;
    }
}
