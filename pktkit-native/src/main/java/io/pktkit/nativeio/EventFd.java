// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A counter in the kernel that makes a {@link Poller} return: how another thread wakes one that waits for a device.
 *
 * <p>{@link #signal} may be called from any thread, {@link #drain} from the waiting thread.
 */
public final class EventFd implements AutoCloseable {

    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;

    private final NativeFd fd;
    private final ByteBuffer one = Structs.allocate(Long.BYTES).putLong(0, 1);
    private final ByteBuffer sink = Structs.allocate(Long.BYTES);

    private EventFd(NativeFd fd) {
        this.fd = fd;
    }

    /**
     * Makes one, not signalled.
     *
     * @return the event
     * @throws IOException when this is not Linux or the kernel refuses
     */
    public static EventFd open() throws IOException {
        NativePlatform.require("an event descriptor");
        return new EventFd(NativeFd.adopt(LibC.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
    }

    /** Makes the descriptor readable until it is drained. A full counter and a closed descriptor need no signal. */
    public void signal() {
        fd.write(one, 0, Long.BYTES);
    }

    /** Takes all signals so far. */
    public void drain() {
        fd.read(sink, 0, Long.BYTES);
    }

    /**
     * What to poll for {@link Poller#IN}.
     *
     * @return the descriptor, owned by this object
     */
    public NativeFd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
