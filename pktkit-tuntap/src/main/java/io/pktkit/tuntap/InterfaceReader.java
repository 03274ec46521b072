// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.Burst;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.EventFd;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.Poller;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The thread that reads an interface: waits for it together with an event that wakes the thread, then reads until there
 * is nothing left or the burst is long enough.
 *
 * <p>The buffer is one, reused for each message and lent to the receiver. It is one byte longer than the longest message,
 * because the driver cuts silently what does not fit: a read that fills the buffer was cut.
 */
final class InterfaceReader {

    /** Messages at most between two looks at the event; bounds what one scope of batched sends holds back. */
    private static final int BURST = 64;

    private static final int DEVICE = 0;
    private static final int WAKE = 1;

    /**
     * What to wait for while messages are held: only that the interface goes. The kernel looks for that when it wakes a
     * waiter for readable data, and it wakes those who wait for urgent data too, which a TUN never has; one who waits for
     * nothing at all is not woken.
     */
    private static final int HELD_EVENTS = Poller.PRI;

    private final NativeFd fd;
    private final EventFd wake;
    private final Poller poller;
    private final ByteBuffer buffer;
    private final Receiver receiver;
    private final Thread thread;
    private volatile boolean held = true;
    private volatile boolean stopping;

    /** Who gets what is read. Called on the reader's thread. */
    interface Receiver {

        /** A message, on loan: bytes 0 to length of a buffer. */
        void onMessage(ByteBuffer buffer, int length);

        /** A message that was longer than any should be, and is lost. */
        void onTruncated();

        /** The interface is gone, or cannot be read any more. The last call. */
        void onGone(Throwable reason);
    }

    /**
     * Makes the thread; {@link #start} starts it.
     *
     * @param fd what to read, non-blocking
     * @param name of the interface, for the thread
     * @param longest the longest message in bytes
     */
    InterfaceReader(NativeFd fd, String name, int longest, Receiver receiver) throws IOException {
        this.fd = fd;
        wake = EventFd.open();
        poller = new Poller(fd, wake.fd());
        buffer = ByteBuffer.allocateDirect(longest + 1);
        this.receiver = receiver;
        thread = new Thread(this::run, "pktkit-" + name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Stops or resumes reading; the kernel queues meanwhile. Any thread. */
    void hold(boolean hold) {
        held = hold;
        if (!hold) {
            wake.signal();
        }
    }

    /** Makes the thread end. Any thread. Does not wait. */
    void stop() {
        stopping = true;
        wake.signal();
    }

    /** Waits until the thread has ended, at most for a time. An interrupt is kept for later. Not by the thread itself. */
    void awaitEnd(long time, TimeUnit unit) {
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = false;
        long deadline = System.nanoTime() + unit.toNanos(time);
        try {
            while (thread.isAlive()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return;
                }
                try {
                    TimeUnit.NANOSECONDS.timedJoin(thread, left);
                } catch (InterruptedException again) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        try {
            while (!stopping) {
                poller.watch(DEVICE, held ? HELD_EVENTS : Poller.IN);
                poller.await(-1);
                if (poller.events(WAKE) != 0) {
                    // before the next look at held and stopping, which were set before the signal
                    wake.drain();
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
            for (int i = 0; i < BURST && !stopping && !held; i++) {
                int length = fd.read(buffer, 0, buffer.capacity());
                if (length == -Errno.EAGAIN) {
                    return;
                }
                if (length <= 0) {
                    throw length == 0
                            ? new NativeIoException("read", Errno.EIO, "the interface ended")
                            : new NativeIoException("read", -length);
                }
                if (length == buffer.capacity()) {
                    receiver.onTruncated();
                } else {
                    receiver.onMessage(buffer, length);
                }
            }
        } finally {
            burst.close();
        }
    }
}
