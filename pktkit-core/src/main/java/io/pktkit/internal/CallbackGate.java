// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets callbacks through until it is closed, and closes only when none is left inside. Any thread.
 *
 * <p>A callback is entered far more often than a gate is closed, so the counting is done where it is cheap: each thread
 * notes the gates it is inside in its own {@link ThreadState}, which costs one fence and no write that threads share.
 * Who closes pays for it by looking at the notes of all threads. A shared counter was rejected: two locked
 * instructions for each callback, and a cache line that moves between all threads that deliver.
 */
public final class CallbackGate {

    private static final long FIRST_PAUSE_NANOS = 10_000;
    private static final long LAST_PAUSE_NANOS = 1_000_000;

    private volatile boolean closed;

    /** Creates an open gate. */
    public CallbackGate() {}

    /**
     * Enters the gate.
     *
     * @param thread the calling thread's state
     * @return false if the gate is closed; {@link #exit(ThreadState)} must then not be called
     */
    public boolean enter(ThreadState thread) {
        thread.push(this);
        // Either this thread sees the gate closed, or the closing thread sees the note that was just made.
        VarHandle.fullFence();
        if (closed) {
            thread.pop();
            return false;
        }
        return true;
    }

    /**
     * Leaves the gate; the latest entered first.
     *
     * @param thread the calling thread's state
     */
    public void exit(ThreadState thread) {
        thread.pop();
    }

    /**
     * Tells whether the gate was closed.
     *
     * @return true from the moment that {@link #shut()} or {@link #close()} was called
     */
    public boolean isClosed() {
        return closed;
    }

    /** Lets nobody in any more, without waiting for those inside. */
    public void shut() {
        closed = true;
    }

    /**
     * Lets nobody in any more and waits until those inside have left, except for the calling thread itself.
     *
     * <p>A thread that is inside a callback does not wait for one that is itself waiting here: two callbacks that
     * close each other's gates would wait for ever.
     */
    public void close() {
        closed = true;
        VarHandle.fullFence();
        ThreadState self = ThreadState.current();
        boolean before = self.waiting;
        self.waiting = true;
        try {
            for (ThreadState other : ThreadState.all()) {
                if (other != self) {
                    awaitExit(self, other);
                }
            }
        } finally {
            self.waiting = before;
        }
    }

    private void awaitExit(ThreadState self, ThreadState other) {
        boolean interrupted = false;
        long pause = FIRST_PAUSE_NANOS;
        while (other.isInside(this) && !(self.inCallback() && other.waiting)) {
            LockSupport.parkNanos(this, pause);
            pause = Math.min(2 * pause, LAST_PAUSE_NANOS);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
