// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * {@code poll(2)} over a fixed set of descriptors. Allocates nothing per call. Used by one thread at a time.
 *
 * <p>While it waits it holds a use of each descriptor: closing one does not end the wait.
 */
public final class Poller {

    /** {@code POLLIN}: there is something to read. */
    public static final int IN = 0x1;

    /** {@code POLLPRI}: there is something urgent to read. */
    public static final int PRI = 0x2;

    /** {@code POLLOUT}: there is room to write. */
    public static final int OUT = 0x4;

    /** {@code POLLERR}: always reported. */
    public static final int ERR = 0x8;

    /** {@code POLLHUP}: always reported. */
    public static final int HUP = 0x10;

    /** {@code POLLNVAL}: always reported. */
    public static final int NVAL = 0x20;

    // struct pollfd { int fd; short events; short revents; }
    static final int POLLFD_SIZE = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final int REVENTS_OFFSET = 6;

    private final NativeFd[] fds;
    private final ByteBuffer memory;
    private final long address;

    /**
     * Watches descriptors, at first for {@link #IN}.
     *
     * @param fds the descriptors, still owned by the caller
     */
    public Poller(NativeFd... fds) {
        this.fds = fds.clone();
        this.memory = Structs.allocate(fds.length * POLLFD_SIZE);
        this.address = Posix.address(memory);
        for (int i = 0; i < fds.length; i++) {
            watch(i, IN);
        }
    }

    /**
     * Chooses what to wait for.
     *
     * @param index the descriptor's place in the constructor's list
     * @param events any of {@link #IN}, {@link #PRI} and {@link #OUT}, or 0
     */
    public void watch(int index, int events) {
        memory.putShort(index * POLLFD_SIZE + EVENTS_OFFSET, (short) events);
    }

    /**
     * Waits until a descriptor has one of its events or an error. EINTR is tried again with the whole time.
     *
     * @param timeoutMillis the longest wait in milliseconds; negative waits for ever
     * @return how many descriptors have events, 0 after the time
     * @throws NativeIoException when a descriptor is closed or the kernel refuses
     */
    public int await(int timeoutMillis) throws NativeIoException {
        int acquired = 0;
        try {
            while (acquired < fds.length && fds[acquired].acquire()) {
                memory.putInt(acquired * POLLFD_SIZE, fds[acquired].number());
                acquired++;
            }
            if (acquired < fds.length) {
                throw new NativeIoException("poll", Errno.EBADF);
            }
            int result;
            do {
                result = SystemCalls.get().poll(address, fds.length, timeoutMillis);
            } while (result == -Errno.EINTR);
            if (result < 0) {
                throw new NativeIoException("poll", -result);
            }
            return result;
        } finally {
            Reference.reachabilityFence(memory);
            while (acquired > 0) {
                fds[--acquired].release();
            }
        }
    }

    /**
     * What the last {@link #await} found.
     *
     * @param index the descriptor's place in the constructor's list
     * @return the events, 0 for none
     */
    public int events(int index) {
        return memory.getShort(index * POLLFD_SIZE + REVENTS_OFFSET) & 0xffff;
    }
}
