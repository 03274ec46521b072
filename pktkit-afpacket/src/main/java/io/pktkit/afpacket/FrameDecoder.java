// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import io.pktkit.device.DropReason;
import io.pktkit.nativeio.VirtioNetHeader;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a frame of what a packet socket gave: a {@link VirtioNetHeader}, the bytes, and a tag that was beside them.
 * Total: whatever the bytes are, the answer is a frame or a reason. Owned by one thread.
 */
final class FrameDecoder {

    private static final int TAG_LENGTH = 4;
    private static final int ADDRESSES_LENGTH = 12;

    private final boolean offload;
    private final VirtioNetHeader header = new VirtioNetHeader();
    private final Frame frame = new Frame();

    /**
     * Makes a decoder.
     *
     * @param offload whether a checksum that is yet to be filled in is left pending where that can be told
     */
    FrameDecoder(boolean offload) {
        this.offload = offload;
    }

    /** What the last {@link #decode} made, of the bytes that it was given. It may be a super-segment in any case. */
    Frame frame() {
        return frame;
    }

    /**
     * Makes the frame, in place.
     *
     * @param data big-endian
     * @param at where the header begins
     * @param length of header and frame
     * @param tag type and TCI of a VLAN tag that is to be put back, 0 for none
     * @return null, or why there is no frame
     */
    @Nullable
    DropReason decode(ByteBuffer data, int at, int length, int tag) {
        int start = at + VirtioNetHeader.LENGTH;
        int size = length - VirtioNetHeader.LENGTH;
        if (size < Frame.HEADER_LENGTH) {
            return DropReason.TRUNCATED;
        }
        header.read(data, at);
        if (tag != 0) {
            // The addresses move over the header, which has been read: nothing behind them moves.
            data.putLong(start - TAG_LENGTH, data.getLong(start));
            data.putInt(start - TAG_LENGTH + Long.BYTES, data.getInt(start + Long.BYTES));
            data.putInt(start - TAG_LENGTH + ADDRESSES_LENGTH, tag);
            start -= TAG_LENGTH;
            size += TAG_LENGTH;
        }
        return header.applyTo(frame.wrap(data, start, size), offload);
    }
}
