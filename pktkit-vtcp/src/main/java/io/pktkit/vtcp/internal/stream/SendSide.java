// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import java.nio.ByteBuffer;

/**
 * The send queue and the send variables of RFC 9293 section 3.3.1, by their names there. The queue holds the bytes
 * from SND.UNA to {@link #end}; the FIN, once asked for, is the offset after the last byte.
 */
public final class SendSide {
    private final ByteRing ring = new ByteRing();
    private final BufferLimit limit;

    /** ISS. */
    public int iss;
    /** SND.UNA: the oldest offset not acknowledged. */
    public long una;
    /** SND.NXT: the next offset to send for the first time. */
    public long nxt;
    /** The offset after the last queued byte; offset 0 is the SYN, so an empty stream ends at 1. */
    public long end = 1;
    /** SND.WND. */
    public long wnd;
    /** SND.WL1 and SND.WL2: the segment that last set the window. */
    public long wl1;

    public long wl2;
    /** MAX.SND.WND of RFC 5961 section 5.2. */
    public long maxWnd;
    /** Bits by which the peer's windows are shifted. */
    public int shift;
    /** Payload bytes of a full segment, options taken off. */
    public int mss;
    /** Whether the application has ended the stream. */
    public boolean finQueued;
    /** The offset after the last segment sent that was smaller than the MSS: what Nagle's algorithm waits for. */
    public long smallEnd;
    /** When something last went out, for the restart after idle. */
    public long lastSent;

    public SendSide(BufferLimit limit) {
        this.limit = limit;
    }

    /** The 32 bits that stand for an offset. */
    public int wire(long offset) {
        return iss + (int) offset;
    }

    /** The offset nearest to SND.UNA that 32 bits can stand for; may be negative. */
    public long unwrap(int sequence) {
        return una + (sequence - wire(una));
    }

    public int append(ByteBuffer source) {
        int wanted = Math.min(source.remaining(), limit.bytes() - queued());
        int taken = wanted <= 0 ? 0 : hold(queued() + wanted) - queued();
        if (taken > 0) {
            long from = Math.max(1, una);
            ring.ensureCapacity(from, end, (int) (end - from) + taken);
            ring.put(end, source, source.position(), taken);
            source.position(source.position() + taken);
            end += taken;
        }
        return taken;
    }

    public void copyTo(long offset, ByteBuffer target, int index, int length) {
        ring.get(offset, target, index, length);
    }

    /** Bytes that can be appended: what the limit allows, as far as there is memory for it. */
    public int free() {
        int room = Math.max(0, limit.bytes() - queued());
        int capacity = ByteRing.capacityFor(queued() + room);
        while (capacity > least() && !limit.canHold(capacity)) {
            capacity >>= 1;
        }
        return Math.max(0, Math.min(room, Math.max(capacity, least()) - queued()));
    }

    /** Reserves memory for so many bytes, or as many as there is memory for. */
    private int hold(int bytes) {
        int capacity = ByteRing.capacityFor(bytes);
        while (capacity > least() && !limit.hold(capacity)) {
            capacity >>= 1;
        }
        return Math.min(bytes, Math.max(capacity, least()));
    }

    private int least() {
        return Math.max(ring.capacity(), ByteRing.SMALLEST);
    }

    /** Bytes taken from the application and not acknowledged. */
    public int queued() {
        return (int) (end - Math.min(end, Math.max(1, una)));
    }

    /** Bytes that were never sent. */
    public long unsent() {
        return Math.max(0, end - Math.max(1, nxt));
    }

    /** Whether anything, the FIN included, was never sent. */
    public boolean hasUnsent() {
        return nxt < end || finPending();
    }

    public boolean finPending() {
        return finQueued && nxt <= end;
    }

    public boolean finAcked() {
        return finQueued && una > end;
    }

    public long inFlight() {
        return nxt - una;
    }

    /** The right edge of the peer's window. */
    public long windowEnd() {
        return Math.max(1, una) + wnd; // a SYN takes nothing of the window
    }

    public void setWindow(long window, long sequence, long ack) {
        wnd = window;
        wl1 = sequence;
        wl2 = ack;
        maxWnd = Math.max(maxWnd, window);
    }

    /** SND.UNA is what was given; the memory goes back once nothing is queued. */
    public void acknowledge(long ack) {
        una = ack;
    }

    /**
     * Twice the congestion window, one in flight and one to send when that is acknowledged, if the application keeps
     * the buffer filled.
     */
    public void tune(int congestionWindow) {
        if (2L * congestionWindow > limit.bytes() && queued() > limit.bytes() / 2) {
            limit.growTo(2L * congestionWindow);
        }
    }

    /** Gives the memory back that what is queued does not need. */
    public void trim() {
        ring.shrink(Math.max(1, una), end);
        limit.shrinkTo(queued(), ring.capacity());
    }

    /** Nothing is queued, and nothing will be. */
    public void close() {
        ring.release();
        limit.close(0);
    }

    /** Forgets what is queued. */
    public void discard() {
        close();
        end = Math.max(1, una);
    }

    public BufferLimit limit() {
        return limit;
    }

    /** Whether {@link #trim} may have something to give back, now or later. */
    public boolean holdsMemory() {
        return ring.capacity() > 0 || limit.grown() > 0;
    }

    public int allocated() {
        return ring.capacity();
    }
}
