// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.internal.ThreadState;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.NativeFd;
import java.nio.ByteBuffer;

/**
 * Writes messages to an interface and counts them. Any thread; one write is one message, so that they never mix.
 *
 * <p>A direct buffer is written from where it is. A heap buffer is copied first, into the direct one of the
 * thread: the garbage collector may move an array during the call.
 */
final class InterfaceWriter {

    private final NativeFd fd;
    private final DeviceStats stats;
    private final int longest;

    InterfaceWriter(NativeFd fd, DeviceStats stats, int longest) {
        this.fd = fd;
        this.stats = stats;
        this.longest = longest;
    }

    boolean write(ByteBuffer source, int offset, int length) {
        if (length > longest) {
            stats.sendDropped(DropReason.TOO_BIG);
            return false;
        }
        int written;
        if (source.isDirect()) {
            written = fd.write(source, offset, length);
        } else {
            ByteBuffer copy = ThreadState.current().direct(length);
            copy.put(0, source, offset, length);
            written = fd.write(copy, 0, length);
        }
        if (written == length) {
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
