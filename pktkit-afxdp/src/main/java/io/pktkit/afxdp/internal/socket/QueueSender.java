// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import io.pktkit.afxdp.internal.ring.ConsumerRing;
import io.pktkit.afxdp.internal.ring.ProducerRing;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.nativeio.Errno;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends by a queue: copies frames into free chunks, publishes them in the TX ring, calls the kernel as the ring asks, and
 * takes the chunks back from the COMPLETION ring. Any thread; a lock, which is never held across a callback.
 *
 * <p>The kernel is called until it has read all that was published, or twice in a row has read nothing. Then the queue's
 * thread goes on with it, by {@link #drive}: frames are not left behind because nobody sends another.
 */
public final class QueueSender implements Burst.BatchDevice {

    /** Frames that are published by one move of the cursor, and at most wait for the end of a burst. */
    private static final int BATCH = 64;

    private final ByteBuffer chunks;
    private final ProducerRing transmit;
    private final ConsumerRing completed;
    private final boolean copies;
    private final Kicker kicker;
    private final Runnable driver;

    private final Object lock = new Object();

    // By the lock.
    private final int[] free;
    private int freeCount;
    private int lastError;
    private boolean closed;

    /** Whether the queue's thread is to call the kernel until nothing is unread. Written under the lock. */
    private volatile boolean driven;

    /** Makes the kernel look at the TX ring. */
    @FunctionalInterface
    interface Kicker {

        /** 0, or the negated errno. */
        int kick();
    }

    /** Owns the second half of the chunks; {@code driver} wakes the queue's thread, which then calls {@link #drive}. */
    QueueSender(
            ByteBuffer chunks,
            int chunkSize,
            ProducerRing transmit,
            ConsumerRing completed,
            boolean copies,
            Kicker kicker,
            Runnable driver) {
        this.chunks = chunks;
        this.transmit = transmit;
        this.completed = completed;
        this.copies = copies;
        this.kicker = kicker;
        this.driver = driver;
        int count = chunks.capacity() / chunkSize / 2;
        free = new int[count];
        for (int i = 0; i < count; i++) {
            free[i] = (2 * count - 1 - i) * chunkSize;
        }
        freeCount = count;
    }

    /**
     * Sends a frame, or keeps it for the end of the burst.
     *
     * @param frame at most as long as a chunk
     * @return why it was dropped, or null
     */
    public @Nullable DropReason send(Frame frame) {
        boolean later = Burst.flushLater(this);
        synchronized (lock) {
            if (closed) {
                return DropReason.CLOSED;
            }
            // The ring has as many entries as there are chunks: a free chunk always finds its place.
            if (freeCount == 0) {
                reap();
                if (freeCount == 0) {
                    // What is full may be waiting for nothing but a call.
                    publish();
                    reap();
                }
                if (freeCount == 0) {
                    return isDown(lastError) ? DropReason.LINK_DOWN : DropReason.QUEUE_FULL;
                }
            }
            if (isDown(lastError)) {
                kick();
                if (isDown(lastError)) {
                    return DropReason.LINK_DOWN;
                }
            }
            int chunk = free[--freeCount];
            int length = frame.length();
            chunks.put(chunk, frame.buffer(), frame.offset(), length);
            transmit.put(chunk, length);
            if (!later || transmit.unpublished() >= BATCH) {
                publish();
                reap();
            }
            return null;
        }
    }

    @Override
    public void flush() {
        synchronized (lock) {
            if (!closed) {
                publish();
                reap();
            }
        }
    }

    /** Goes on with calling the kernel. On the queue's thread. */
    void drive() {
        synchronized (lock) {
            if (!closed) {
                kick();
                reap();
                driven = transmit.unread() > 0 && !isDown(lastError);
            }
        }
    }

    /** {@return whether {@link #drive} is to be called until it says otherwise} */
    boolean isDriven() {
        return driven;
    }

    /** Sends nothing any more. When this returns no thread is in here or will be. */
    public void close() {
        synchronized (lock) {
            closed = true;
            driven = false;
        }
    }

    /** {@return whether all that was written is published: true but within a burst} */
    public boolean isPublished() {
        synchronized (lock) {
            return transmit.unpublished() == 0;
        }
    }

    /** {@return chunks that are free, all of them when nothing is on its way} */
    public int freeChunks() {
        synchronized (lock) {
            if (!closed) {
                reap();
            }
            return freeCount;
        }
    }

    private void publish() {
        transmit.submit();
        kick();
        if (!driven && !closed && transmit.unread() > 0 && !isDown(lastError)) {
            driven = true;
            driver.run();
        }
    }

    /**
     * In copy mode a call sends some of what is there before it returns, so that a call which moved the cursor is worth
     * another one. With zero-copy it rings the driver's bell, and the driver reads when it comes to it.
     */
    private void kick() {
        int unread = transmit.unread();
        if (unread == 0) {
            lastError = 0; // whoever got the rest through, there is nothing left that it is about
        }
        int idle = 0;
        while (unread > 0 && idle < 2 && transmit.needsWakeup()) {
            int result = kicker.kick();
            lastError = isTransient(-result) ? 0 : -result;
            int left = transmit.unread();
            if (!copies || lastError != 0) {
                return;
            }
            idle = left == unread ? idle + 1 : 0;
            unread = left;
        }
    }

    /** Takes chunks back, at most as many as there are. */
    private void reap() {
        int count = Math.min(completed.available(), free.length - freeCount);
        for (int i = 0; i < count; i++) {
            free[freeCount++] = (int) completed.address(i);
        }
        completed.release(count);
    }

    private static boolean isTransient(int errno) {
        return switch (errno) {
            case 0, Errno.EAGAIN, Errno.EBUSY, Errno.ENOBUFS, Errno.EINTR, Errno.ENOMEM -> true;
            default -> false;
        };
    }

    private static boolean isDown(int errno) {
        return errno == Errno.ENETDOWN || errno == Errno.ENXIO || errno == Errno.ENODEV;
    }
}
