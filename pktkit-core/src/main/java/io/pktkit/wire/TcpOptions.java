// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * A reusable cursor over TCP options, RFC 9293 section 3.2. NOP is skipped; the end-of-list option ends it, and so does an
 * option whose length is below 2 or overruns the header. Not thread-safe.
 *
 * <pre>{@code
 * options.wrap(segment);
 * while (options.next()) {
 *     if (options.kind() == TcpOptions.MSS && options.valueLength() == 2) {
 *         mss = segment.buffer().getShort(options.valueOffset()) & 0xFFFF;
 *     }
 * }
 * }</pre>
 */
public final class TcpOptions {

    /** End of option list. */
    public static final int END = 0;

    /** No operation, padding. */
    public static final int NOP = 1;

    /** Maximum segment size: 2 bytes. */
    public static final int MSS = 2;

    /** Window scale, RFC 7323: 1 byte. */
    public static final int WINDOW_SCALE = 3;

    /** Selective acknowledgment permitted, RFC 2018: no value. */
    public static final int SACK_PERMITTED = 4;

    /** Selective acknowledgment, RFC 2018: pairs of 4-byte edges. */
    public static final int SACK = 5;

    /** Timestamps, RFC 7323: 4 bytes value and 4 bytes echo. */
    public static final int TIMESTAMPS = 8;

    private ByteBuffer buffer = View.EMPTY;
    private int next;
    private int end;
    private int kind;
    private int valueOffset;
    private int valueLength;

    /** A cursor over nothing, until wrapped. */
    public TcpOptions() {}

    /**
     * Puts the cursor before the first option.
     *
     * @param segment the segment, whose view must stay where it is while the cursor is used
     * @return this
     */
    public TcpOptions wrap(TcpSegment segment) {
        buffer = segment.buffer();
        next = segment.optionsOffset();
        end = next + segment.optionsLength();
        return none();
    }

    /**
     * Moves to the next option.
     *
     * @return whether there is one
     */
    public boolean next() {
        while (next < end) {
            int at = next;
            int found = buffer.get(at) & 0xFF;
            if (found == NOP) {
                next = at + 1;
                continue;
            }
            int size = found == END || at + 1 >= end ? 0 : buffer.get(at + 1) & 0xFF;
            if (size < 2 || at + size > end) {
                next = end;
                break;
            }
            kind = found;
            valueOffset = at + 2;
            valueLength = size - 2;
            next = at + size;
            return true;
        }
        none();
        return false;
    }

    /** {@return the kind of the current option; 0 if there is none} */
    public int kind() {
        return kind;
    }

    /** {@return the first byte of the current option's value in the buffer, absolute} */
    public int valueOffset() {
        return valueOffset;
    }

    /** {@return the length of the current option's value in bytes, 0 to 38} */
    public int valueLength() {
        return valueLength;
    }

    private TcpOptions none() {
        kind = END;
        valueOffset = end;
        valueLength = 0;
        return this;
    }
}
