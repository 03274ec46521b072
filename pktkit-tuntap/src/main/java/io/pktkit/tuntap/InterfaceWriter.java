// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.Sender;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.GatheredWrite;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;

/**
 * Writes messages to an interface and counts them. Any thread; one write is one message, so that they never mix.
 *
 * <p>A direct buffer is written from where it is, behind a header that is elsewhere. A heap buffer is copied first, into
 * the direct one of the thread: the garbage collector may move an array during the call. So is what is short, since
 * copying it is cheaper than to tell the kernel of two pieces.
 *
 * <p>A super-segment that the kernel refuses, or of which it cannot be told, is cut here, and a checksum summed.
 *
 * @param <P> frames or packets
 */
final class InterfaceWriter<P extends Pdu> {

    private static final int SHORT = 512;

    private final NativeFd fd;
    private final InterfaceCalls calls;
    private final DriverHeader header;
    private final InterfaceOffloads offloads;
    private final DeviceStats stats;
    private final int longest;

    /** Takes what was finished here. */
    private final Sender<P> pieces = piece -> write(piece, piece.length());

    InterfaceWriter(
            NativeFd fd,
            InterfaceCalls calls,
            DriverHeader header,
            InterfaceOffloads offloads,
            DeviceStats stats,
            int longest) {
        this.fd = fd;
        this.calls = calls;
        this.header = header;
        this.offloads = offloads;
        this.stats = stats;
        this.longest = longest;
    }

    /** Writes the first bytes of a message. */
    boolean write(P pdu, int length) {
        if (length > longest) {
            stats.sendDropped(DropReason.TOO_BIG);
            return false;
        }
        if (pdu.isUnfinished() && !header.takesUnfinished()) {
            return finish(pdu);
        }
        if (header.length() != 0) {
            return writeWithHeader(pdu, length);
        }
        ByteBuffer source = pdu.buffer();
        int written;
        if (source.isDirect()) {
            written = calls.write(fd, source, pdu.offset(), length);
        } else {
            ByteBuffer copy = ThreadState.current().direct(length);
            copy.put(0, source, pdu.offset(), length);
            written = calls.write(fd, copy, 0, length);
        }
        return counted(written, length, length);
    }

    private boolean writeWithHeader(P pdu, int length) {
        boolean superSegment = pdu.segmentSize() != 0;
        if (superSegment && !offloads.takes(pdu)) {
            return finish(pdu);
        }
        int whole = header.lengthOf(pdu, length);
        ByteBuffer source = pdu.buffer();
        boolean inPlace = source.isDirect() && whole > SHORT;
        ByteBuffer head = ThreadState.current().direct(GatheredWrite.ROOM + header.maxHead() + (inPlace ? 0 : whole));
        int copied = header.write(pdu, head, GatheredWrite.ROOM);
        if (copied < 0) {
            return finish(pdu);
        }
        int rest = pdu.offset() + copied;
        int restLength = whole - copied;
        int headLength = header.length() + copied;
        int written;
        if (inPlace) {
            written = calls.writeGathered(fd, head, headLength, source, rest, restLength);
        } else {
            head.put(GatheredWrite.ROOM + headLength, source, rest, restLength);
            written = calls.write(fd, head, GatheredWrite.ROOM, headLength + restLength);
        }
        if (pdu.isUnfinished() && isRefusal(written)) {
            if (superSegment && written == -Errno.EINVAL) {
                offloads.refused(-written);
            }
            return finish(pdu);
        }
        boolean taken = counted(written, headLength + restLength, length);
        if (taken && superSegment) {
            offloads.worked();
            stats.sentSuperSegment();
        }
        return taken;
    }

    /** Whether the kernel will not finish this, or has no memory for it in one piece. */
    private static boolean isRefusal(int written) {
        return switch (-written) {
            case Errno.EINVAL, Errno.ENOMEM, Errno.ENOBUFS -> true;
            default -> false;
        };
    }

    private boolean finish(P pdu) {
        ThreadState thread = ThreadState.current();
        if (!thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
            stats.sendDropped(DropReason.LOOP);
            return false;
        }
        try {
            return OffloadFinisher.sendFinished(pieces, stats, false, pdu, thread);
        } finally {
            thread.leave();
        }
    }

    private boolean counted(int written, int expected, int length) {
        if (written == expected) {
            stats.sent(length);
            return true;
        }
        stats.sendDropped(reason(written));
        return false;
    }

    /** Why a write did not take all. A rest is never written: it would be a second message. */
    private DropReason reason(int written) {
        return switch (-written) {
            case Errno.EAGAIN -> DropReason.QUEUE_FULL;
            case Errno.EINVAL -> DropReason.MALFORMED;
            case Errno.ENOMEM, Errno.ENOBUFS -> DropReason.NO_BUFFER;
            case Errno.EBADF, Errno.EBADFD -> DropReason.CLOSED;
            // the interface is down
            case Errno.EIO -> DropReason.IO_ERROR;
            default -> {
                stats.error();
                yield DropReason.IO_ERROR;
            }
        };
    }
}
