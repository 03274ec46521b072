// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A descriptor that makes a {@link Poller} return: how another thread wakes one that waits for a device. A counter in the
 * kernel on Linux; a pipe on macOS, which has none.
 *
 * <p>{@link #signal} may be called from any thread, {@link #drain} from the waiting thread.
 */
public final class EventFd implements AutoCloseable {

    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;

    /** So many signals are taken at once from a pipe; what is left makes the poller return once more. */
    private static final int SINK_SIZE = 1024;

    /** What is polled; and what is signalled, the same for a counter. */
    private final NativeFd fd;

    private final NativeFd target;

    private final ByteBuffer one = Structs.allocate(Long.BYTES).putLong(0, 1);
    private final ByteBuffer sink = Structs.allocate(SINK_SIZE);

    private EventFd(NativeFd fd, NativeFd target) {
        this.fd = fd;
        this.target = target;
    }

    /**
     * Makes one, not signalled.
     *
     * @return the event
     * @throws IOException when this is neither Linux nor macOS, or the kernel refuses
     */
    public static EventFd open() throws IOException {
        NativePlatform.requirePosix("an event descriptor");
        return NativePlatform.isDarwin() ? openPipe() : openCounter();
    }

    private static EventFd openCounter() throws NativeIoException {
        NativeFd fd = NativeFd.adopt(LibC.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
        return new EventFd(fd, fd);
    }

    /** Neither end waits: a signal that does not fit into the pipe is not needed. */
    static EventFd openPipe() throws NativeIoException {
        ByteBuffer ends = Structs.allocate(2 * Integer.BYTES);
        int result = Posix.pipe(Posix.address(ends));
        NativeFd in = NativeFd.adopt(result < 0 ? result : ends.getInt(0), "pipe");
        NativeFd out = NativeFd.adopt(ends.getInt(Integer.BYTES), "pipe");
        try {
            for (NativeFd end : new NativeFd[] {in, out}) {
                end.closeOnExec().setNonBlocking();
            }
            return new EventFd(in, out);
        } catch (NativeIoException failure) {
            in.close();
            out.close();
            throw failure;
        }
    }

    /** Makes the descriptor readable until it is drained. A full counter and a closed descriptor need no signal. */
    public void signal() {
        target.write(one, 0, Long.BYTES);
    }

    /** Takes the signals so far, or of very many some. */
    public void drain() {
        fd.read(sink, 0, SINK_SIZE);
    }

    /**
     * What to poll for {@link Poller#IN}.
     *
     * @return the descriptor, owned by this object
     */
    public NativeFd fd() {
        return fd;
    }

    /** What is signalled: the other end of a pipe. */
    NativeFd target() {
        return target;
    }

    @Override
    public void close() {
        fd.close();
        target.close();
    }
}
