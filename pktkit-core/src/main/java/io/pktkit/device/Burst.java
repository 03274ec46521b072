// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.ThreadState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells devices that more is coming: between {@link #open()} and {@link #close()} the calling thread brings several
 * frames, and a device that profits from batches may hold back what it was sent until the end.
 *
 * <p>A runner that reads many frames at a wake-up opens a scope around them. A device whose system call takes many
 * frames calls {@link #flushLater(BatchDevice)} when it queues one: true means that it will be flushed, false that
 * there is no scope and it must send at once. A scope belongs to its thread; scopes nest, and the outermost flushes.
 *
 * <pre>{@code
 * Burst burst = Burst.open();
 * try {
 *     while (channel.read(buffer) > 0) {
 *         deliver(frame.wrap(buffer.flip()));
 *     }
 * } finally {
 *     burst.close();
 * }
 * }</pre>
 */
public final class Burst implements AutoCloseable {

    /** How many devices one scope takes; one more sends at once. */
    public static final int MAX_DEVICES = 256;

    private static final FailureLog FAILURES = new FailureLog(Burst.class, "flush");

    private final Thread owner = Thread.currentThread();
    private List<BatchDevice> devices = new ArrayList<>();
    private @Nullable List<BatchDevice> spare = new ArrayList<>();
    private int nesting;

    private Burst() {}

    private static Burst current() {
        ThreadState thread = ThreadState.current();
        Burst burst = thread.burst();
        if (burst == null) {
            burst = new Burst();
            thread.burst(burst);
        }
        return burst;
    }

    /** A device that sends better when it sends many at once. */
    @FunctionalInterface
    public interface BatchDevice {

        /** Sends what was queued by the calling thread. No scope is open then: what this sends on goes out at once. */
        void flush();
    }

    /**
     * Begins a scope of the calling thread.
     *
     * @return what ends it; to be closed by the same thread
     */
    public static Burst open() {
        Burst burst = current();
        burst.nesting++;
        return burst;
    }

    /**
     * Asks for a flush at the end of the calling thread's scope. Asking again has no further effect.
     *
     * @param device the device to flush
     * @return false if no scope is open, or too many devices wait for its end: flush now
     */
    public static boolean flushLater(BatchDevice device) {
        Burst burst = current();
        return burst.nesting > 0 && burst.add(device);
    }

    /**
     * Tells whether the calling thread has a scope open.
     *
     * @return true between {@link #open()} and {@link #close()}
     */
    public static boolean isOpen() {
        return current().nesting > 0;
    }

    /** Ends the scope and, if it is the outermost, flushes the devices in the order in which they asked. */
    @Override
    public void close() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("burst closed by another thread: owner=" + owner.getName());
        }
        if (nesting == 0) {
            throw new IllegalStateException("close without open: nesting=0");
        }
        nesting--;
        if (nesting == 0 && !devices.isEmpty()) {
            flushAll();
        }
    }

    @SuppressWarnings("ReferenceEquality") // the very device: another one that equals it has a queue of its own
    private boolean add(BatchDevice device) {
        for (int i = devices.size() - 1; i >= 0; i--) {
            if (devices.get(i) == device) {
                return true;
            }
        }
        return devices.size() < MAX_DEVICES && devices.add(device);
    }

    private void flushAll() {
        // A flush may run a callback that opens and closes a scope of its own: that one must see a list of its own.
        List<BatchDevice> waiting = devices;
        devices = spare != null ? spare : new ArrayList<>();
        spare = null;
        for (int i = 0; i < waiting.size(); i++) {
            try {
                waiting.get(i).flush();
            } catch (Throwable failure) {
                FAILURES.record(failure);
            }
        }
        waiting.clear();
        spare = waiting;
    }
}
