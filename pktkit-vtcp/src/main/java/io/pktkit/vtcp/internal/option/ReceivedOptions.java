// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.option;

import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;

/**
 * The options of the segment at hand. Parsing is total: an option that is cut short, or has a length that its kind
 * does not allow, is passed over, and one that leads past the header ends the list.
 */
public final class ReceivedOptions {
    static final int END = 0;
    public static final int NOP = 1;
    public static final int MSS = 2;
    public static final int WINDOW_SCALE = 3;
    public static final int SACK_PERMITTED = 4;
    static final int SACK = 5;
    public static final int TIMESTAMPS = 8;
    public static final int FAST_OPEN = 34; // RFC 7413 section 4.1.1
    public static final int MAX_SHIFT = 14; // RFC 7323 section 2.3
    public static final int ABSENT = -1;

    private static final int MAX_BLOCKS = 4;

    /** ABSENT, or 0-65535. */
    public int mss;
    /** ABSENT, or 0-14. */
    public int windowScale;

    public boolean sackPermitted;
    public boolean timestamps;
    public int tsVal;
    public int tsEcr;
    public int sackBlocks;
    /** Of the Fast Open cookie: ABSENT, 0 for a request, or whatever the option said. */
    public int cookieLength;
    /** Where in the segment's buffer it is. */
    public int cookieAt;
    /** Whether there is an AccECN option, and its fields: ABSENT, or 24 bits. */
    public boolean accEcn;

    public int e0b;
    public int ceb;
    public int e1b;

    private final int[] sackEdges = new int[2 * MAX_BLOCKS];

    public void parse(TcpSegment segment) {
        mss = ABSENT;
        windowScale = ABSENT;
        sackPermitted = false;
        timestamps = false;
        sackBlocks = 0;
        cookieLength = ABSENT;
        accEcn = false;
        ByteBuffer buffer = segment.buffer();
        int at = segment.optionsOffset();
        int end = at + segment.optionsLength();
        while (at < end) {
            int kind = buffer.get(at) & 0xff;
            if (kind == END) {
                return;
            }
            if (kind == NOP) {
                at++;
                continue;
            }
            int length = at + 1 < end ? buffer.get(at + 1) & 0xff : 0;
            if (length < 2 || at + length > end) {
                return;
            }
            take(kind, buffer, at + 2, length - 2);
            at += length;
        }
    }

    private void take(int kind, ByteBuffer buffer, int at, int length) {
        if (kind == TIMESTAMPS && length == 8) {
            timestamps = true;
            tsVal = buffer.getInt(at);
            tsEcr = buffer.getInt(at + 4);
        } else if (kind == SACK && length >= 8 && length % 8 == 0) {
            sackBlocks = Math.min(MAX_BLOCKS, length / 8);
            for (int i = 0; i < 2 * sackBlocks; i++) {
                sackEdges[i] = buffer.getInt(at + 4 * i);
            }
        } else if (kind == MSS && length == 2) {
            mss = buffer.getShort(at) & 0xffff;
        } else if (kind == WINDOW_SCALE && length == 1) {
            windowScale = Math.min(MAX_SHIFT, buffer.get(at) & 0xff);
        } else if (kind == SACK_PERMITTED && length == 0) {
            sackPermitted = true;
        } else if (kind == FAST_OPEN) {
            cookieLength = length;
            cookieAt = at;
        } else if (kind == AccEcnOption.ORDER_0 || kind == AccEcnOption.ORDER_1) {
            takeCounters(buffer, at, AccEcnOption.fieldsIn(length), kind == AccEcnOption.ORDER_0);
        }
    }

    private void takeCounters(ByteBuffer buffer, int at, int fields, boolean order0) {
        accEcn = true;
        int first = fields > 0 ? AccEcnOption.field(buffer, at, 0) : ABSENT;
        int third = fields > 2 ? AccEcnOption.field(buffer, at, 2) : ABSENT;
        e0b = order0 ? first : third;
        ceb = fields > 1 ? AccEcnOption.field(buffer, at, 1) : ABSENT;
        e1b = order0 ? third : first;
    }

    public int sackStart(int block) {
        return sackEdges[2 * block];
    }

    public int sackEnd(int block) {
        return sackEdges[2 * block + 1];
    }
}
