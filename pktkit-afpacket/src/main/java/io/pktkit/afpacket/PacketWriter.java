// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import io.pktkit.device.Burst;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.internal.ThreadState;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.FrameVector;
import io.pktkit.nativeio.PacketSocket;
import io.pktkit.nativeio.VirtioNetHeader;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;

/**
 * Sends frames and counts them. Any thread. Each is copied behind an empty offload header; outside a burst it is written
 * at once, inside one it waits for the end, or for a batch to be full.
 */
final class PacketWriter implements Burst.BatchDevice {

    /** The longest IP packet behind a header with two tags; what an interface takes is its own matter. */
    static final int LONGEST = 65_535 + Frame.HEADER_LENGTH + 8;

    private static final int BATCH = 64;
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int HEADER_LENGTH = VirtioNetHeader.LENGTH;

    private final PacketSockets sockets;
    private final DeviceStats stats;

    private final Object lock = new Object();

    // By the lock, which is never held across a callback: what waits for the end of a burst.
    private final ByteBuffer data = ByteBuffer.allocateDirect(BATCH_BYTES);
    private final FrameVector frames = new FrameVector(data, BATCH);
    private final int[] lengths = new int[BATCH];
    private int count;
    private int bytes;

    PacketWriter(PacketSockets sockets, DeviceStats stats) {
        this.sockets = sockets;
        this.stats = stats;
    }

    /** Whether it was sent, or waits for the end of the burst. */
    boolean write(Frame frame) {
        int length = frame.length();
        if (length > LONGEST) {
            stats.sendDropped(DropReason.TOO_BIG);
            return false;
        }
        if (Burst.flushLater(this)) {
            synchronized (lock) {
                queue(frame, length);
            }
            return true;
        }
        ByteBuffer copy = ThreadState.current().direct(HEADER_LENGTH + length);
        put(copy, 0, frame, length);
        return counted(sockets.sender().fd().write(copy, 0, HEADER_LENGTH + length), length);
    }

    @Override
    public void flush() {
        synchronized (lock) {
            sendAll();
        }
    }

    private void queue(Frame frame, int length) {
        if (count == BATCH || bytes + HEADER_LENGTH + length > BATCH_BYTES) {
            sendAll();
        }
        put(data, bytes, frame, length);
        frames.setOutgoing(count, bytes, HEADER_LENGTH + length);
        lengths[count] = length;
        count++;
        bytes += HEADER_LENGTH + length;
    }

    private void sendAll() {
        PacketSocket socket = sockets.sender();
        int next = 0;
        while (next < count) {
            int sent = socket.send(frames, next, count - next);
            if (sent <= 0) {
                counted(sent, lengths[next++]);
            }
            for (int end = next + Math.max(sent, 0); next < end; next++) {
                stats.sent(lengths[next]);
            }
        }
        count = 0;
        bytes = 0;
    }

    private static void put(ByteBuffer target, int at, Frame frame, int length) {
        VirtioNetHeader.write(frame, target, at);
        target.put(at + HEADER_LENGTH, frame.buffer(), frame.offset(), length);
    }

    private boolean counted(int result, int length) {
        if (result > 0) {
            stats.sent(length);
            return true;
        }
        stats.sendDropped(reason(-result));
        return false;
    }

    private DropReason reason(int errno) {
        return switch (errno) {
            // the socket's own queue is full, or that of the interface
            case 0, Errno.EAGAIN, Errno.ENOBUFS -> DropReason.QUEUE_FULL;
            case Errno.ENETDOWN, Errno.ENXIO, Errno.ENODEV -> DropReason.LINK_DOWN;
            case Errno.EMSGSIZE -> DropReason.TOO_BIG;
            case Errno.EINVAL -> DropReason.MALFORMED;
            case Errno.ENOMEM -> DropReason.NO_BUFFER;
            case Errno.EBADF -> DropReason.CLOSED;
            default -> {
                stats.error();
                yield DropReason.IO_ERROR;
            }
        };
    }
}
