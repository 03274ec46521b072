// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.internal.stream.StreamEdits;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;

/** Puts text of a stream into a segment of it, whose buffer has room. */
final class Splice {

    private Splice() {}

    /**
     * Puts what was held back in front of the payload, which begins somewhere in it or right behind.
     *
     * @param front where it begins, 0 or more
     */
    static void join(StreamEdits own, ByteBuffer bytes, int start, int payload, int front) {
        byte[] held = own.release();
        byte[] rest = new byte[payload];
        bytes.get(start, rest);
        bytes.put(start, held, 0, front);
        bytes.put(start + front, rest);
    }

    /**
     * Makes of a piece that was sent before what it became then. A change of which it holds any part comes whole: who repeats
     * only the beginning, as after a timeout, waits for an acknowledgment before the rest. It becomes longer by {@link
     * StreamEdits#growth}.
     *
     * @return where the piece begins now, as sent
     */
    static int repeat(StreamEdits own, ByteBuffer bytes, int start, int payload, int sequence) {
        byte[] before = new byte[payload];
        bytes.get(start, before);
        int first = sequence;
        int done = 0;
        int at = start;
        for (StreamEdits.Edit edit : own.pending()) {
            int from = edit.start() - sequence;
            int to = edit.end() - sequence;
            if (from >= payload || to <= 0) {
                continue;
            }
            int kept = Math.max(0, from) - done;
            if (kept > 0) {
                bytes.put(at, before, done, kept);
                at += kept;
            }
            if (from < 0) {
                first = edit.start();
            }
            bytes.put(at, edit.text());
            at += edit.text().length;
            done = Math.min(to, payload);
        }
        bytes.put(at, before, done, payload - done);
        return first;
    }

    /**
     * Leaves off the end of a payload, which its sender repeats.
     *
     * @param most what is left of it, if it is longer
     * @return its length
     */
    static int cut(TcpSegment tcp, int payload, int most) {
        if (payload <= most) {
            return payload;
        }
        tcp.flags(tcp.flags() & ~(TcpSegment.FIN | TcpSegment.PSH));
        return most;
    }
}
