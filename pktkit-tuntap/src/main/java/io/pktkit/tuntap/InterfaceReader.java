// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.Burst;
import io.pktkit.internal.Daemons;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.EventFd;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.Poller;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that reads an interface: waits for it together with an event that wakes the thread, then reads until there
 * is nothing left or the burst is long enough.
 *
 * <p>The buffer is one, reused for each message and lent to the receiver. It is one byte longer than the longest message,
 * because the driver cuts silently what does not fit: a read that fills the buffer was cut. What stands behind the
 * driver's header, if there is one, is aligned.
 */
final class InterfaceReader {

    /** Messages at most between two looks at the event; bounds what one scope of batched sends holds back. */
    private static final int BURST = 64;

    private static final int DEVICE = 0;
    private static final int WAKE = 1;
    private static final int CHANGES = 2;

    /**
     * What to wait for while messages are held: only that the interface goes. The kernel looks for that when it wakes a
     * waiter for readable data, and it wakes those who wait for urgent data too, which a TUN never has; one who waits for
     * nothing at all is not woken.
     */
    private static final int HELD_EVENTS = Poller.PRI;

    private static final int ALIGNMENT = 16;

    private final NativeFd fd;
    private final InterfaceCalls calls;
    private final EventFd wake;
    private final boolean watching; // of changes
    private final Poller poller;
    private final ByteBuffer buffer;
    private final int start; // of what is read
    private final BooleanSupplier wanted;
    private final Receiver receiver;
    private final Thread thread;
    private volatile boolean stopping;

    /** Who gets what is read. Called on the reader's thread. */
    interface Receiver {

        /** The driver's header and a message, on loan: so many bytes of a buffer, from an offset on. */
        void onMessage(ByteBuffer buffer, int offset, int length);

        /** The second descriptor is readable; to be read here. */
        void onChange();

        /** A message that was longer than any should be, and is lost. */
        void onTruncated();

        /** The interface is gone, or cannot be read any more. The last call. */
        void onGone(Throwable reason);
    }

    /**
     * Makes the thread; {@link #start} starts it.
     *
     * @param fd what to read, non-blocking
     * @param changes what else to wait for, or null
     * @param name of the interface, for the thread
     * @param header the length of what the driver puts before each message
     * @param longest the longest message in bytes
     * @param wanted whether to read now; while not, the kernel queues
     */
    InterfaceReader(
            NativeFd fd,
            @Nullable NativeFd changes,
            InterfaceCalls calls,
            String name,
            int header,
            int longest,
            BooleanSupplier wanted,
            Receiver receiver)
            throws IOException {
        this.fd = fd;
        this.calls = calls;
        wake = EventFd.open();
        watching = changes != null;
        poller = changes == null ? new Poller(fd, wake.fd()) : new Poller(fd, wake.fd(), changes);
        start = header == 0 ? 0 : ALIGNMENT - header;
        buffer = ByteBuffer.allocateDirect(start + header + longest + 1);
        this.wanted = wanted;
        this.receiver = receiver;
        thread = Daemons.thread("pktkit-" + name, this::run);
    }

    void start() {
        calls.start(thread);
    }

    /** Makes the thread look whether it is to read. Any thread. Only needed when it is. */
    void wake() {
        wake.signal();
    }

    /** Makes the thread end. Any thread. Does not wait. */
    void stop() {
        stopping = true;
        if (thread.getState() == Thread.State.NEW) {
            wake.close(); // which is otherwise the thread's to do
        } else {
            wake.signal();
        }
    }

    Thread thread() {
        return thread;
    }

    private void run() {
        try {
            while (!stopping) {
                poller.watch(DEVICE, wanted.getAsBoolean() ? Poller.IN : HELD_EVENTS);
                poller.await(-1);
                if (poller.events(WAKE) != 0) {
                    // before the next look at what was changed before the signal
                    wake.drain();
                }
                if (watching && poller.events(CHANGES) != 0) {
                    receiver.onChange();
                }
                int events = poller.events(DEVICE);
                if ((events & Poller.IN) != 0) {
                    readBurst();
                } else if (events != 0) {
                    throw new NativeIoException("poll", Errno.EBADFD, "the interface was deleted");
                }
            }
        } catch (NativeIoException | RuntimeException | Error failure) {
            if (!stopping) {
                receiver.onGone(failure);
            }
        } finally {
            wake.close();
        }
    }

    private void readBurst() throws NativeIoException {
        Burst burst = Burst.open();
        try {
            for (int i = 0; i < BURST && !stopping && wanted.getAsBoolean(); i++) {
                int length = calls.read(fd, buffer, start, buffer.capacity() - start);
                if (length == -Errno.EAGAIN) {
                    return;
                }
                if (length <= 0) {
                    throw length == 0
                            ? new NativeIoException("read", Errno.EIO, "the interface ended")
                            : new NativeIoException("read", -length);
                }
                if (length == buffer.capacity() - start) {
                    receiver.onTruncated();
                } else {
                    receiver.onMessage(buffer, start, length);
                }
            }
        } finally {
            burst.close();
        }
    }
}
