// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import java.nio.ByteBuffer;

/**
 * The send queue and the send variables of RFC 9293 section 3.3.1, by their names there. The queue holds the bytes
 * from SND.UNA to {@link #end}; the FIN, once asked for, is the offset after the last byte.
 */
final class SendSide {
    private final ByteRing ring = new ByteRing();
    private final BufferLimit limit;

    /** ISS. */
    int iss;
    /** SND.UNA: the oldest offset not acknowledged. */
    long una;
    /** SND.NXT: the next offset to send for the first time. */
    long nxt;
    /** The offset after the last queued byte; offset 0 is the SYN, so an empty stream ends at 1. */
    long end = 1;
    /** SND.WND. */
    long wnd;
    /** SND.WL1 and SND.WL2: the segment that last set the window. */
    long wl1;

    long wl2;
    /** MAX.SND.WND of RFC 5961 section 5.2. */
    long maxWnd;
    /** Bits by which the peer's windows are shifted. */
    int shift;
    /** Payload bytes of a full segment, options taken off. */
    int mss;
    /** Whether the application has ended the stream. */
    boolean finQueued;
    /** The offset after the last segment sent that was smaller than the MSS: what Nagle's algorithm waits for. */
    long smallEnd;
    /** When something last went out, for the restart after idle. */
    long lastSent;

    SendSide(BufferLimit limit) {
        this.limit = limit;
    }

    /** The 32 bits that stand for an offset. */
    int wire(long offset) {
        return iss + (int) offset;
    }

    /** The offset nearest to SND.UNA that 32 bits can stand for; may be negative. */
    long unwrap(int sequence) {
        return una + (sequence - wire(una));
    }

    int append(ByteBuffer source) {
        int taken = Math.min(source.remaining(), free());
        if (taken > 0) {
            long from = Math.max(1, una);
            ring.ensureCapacity(from, end, (int) (end - from) + taken);
            ring.put(end, source, source.position(), taken);
            source.position(source.position() + taken);
            end += taken;
        }
        return taken;
    }

    void copyTo(long offset, ByteBuffer target, int index, int length) {
        ring.get(offset, target, index, length);
    }

    int free() {
        return Math.max(0, limit.bytes() - queued());
    }

    /** Bytes taken from the application and not acknowledged. */
    int queued() {
        return (int) (end - Math.min(end, Math.max(1, una)));
    }

    /** Bytes that were never sent. */
    long unsent() {
        return Math.max(0, end - Math.max(1, nxt));
    }

    /** Whether anything, the FIN included, was never sent. */
    boolean hasUnsent() {
        return nxt < end || finPending();
    }

    boolean finPending() {
        return finQueued && nxt <= end;
    }

    boolean finAcked() {
        return finQueued && una > end;
    }

    long inFlight() {
        return nxt - una;
    }

    /** The right edge of the peer's window. */
    long windowEnd() {
        return Math.max(1, una) + wnd; // a SYN takes nothing of the window
    }

    void setWindow(long window, long sequence, long ack) {
        wnd = window;
        wl1 = sequence;
        wl2 = ack;
        maxWnd = Math.max(maxWnd, window);
    }

    /** SND.UNA is what was given; the memory goes back once nothing is queued. */
    void acknowledge(long ack) {
        una = ack;
    }

    /**
     * Twice the congestion window, one in flight and one to send when that is acknowledged, if the application keeps
     * the buffer filled.
     */
    void tune(int congestionWindow) {
        if (2L * congestionWindow > limit.bytes() && queued() > limit.bytes() / 2) {
            limit.growTo(2L * congestionWindow);
        }
    }

    /** Gives the memory back that what is queued does not need. */
    void trim() {
        limit.shrinkTo(queued());
        ring.shrink(Math.max(1, una), end);
    }

    /** Nothing is queued, and nothing will be. */
    void close() {
        ring.release();
        limit.close();
    }

    /** Forgets what is queued. */
    void discard() {
        close();
        end = Math.max(1, una);
    }

    BufferLimit limit() {
        return limit;
    }

    /** Whether {@link #trim} may have something to give back, now or later. */
    boolean holdsMemory() {
        return ring.capacity() > 0 || limit.grown() > 0;
    }

    int allocated() {
        return ring.capacity();
    }
}
