// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets callbacks through until it is shut, and tells when none is left inside. Any thread.
 *
 * <p>A callback is entered far more often than a gate is shut, so the counting is done where it is cheap: each thread
 * notes the gates it is inside in its own {@link ThreadState}, which costs one fence and no write that threads share.
 * Who shuts pays for it by looking at the notes of all threads. A shared counter was rejected: two locked
 * instructions for each callback, and a cache line that moves between all threads that deliver.
 *
 * <p><b>Waiting</b> from within a callback can be part of a circle: A's callback closes B while B's callback closes A.
 * So each thread notes what it waits for, and who waits looks now and then whether the waits lead back to itself; then it
 * waits no longer, and comes back to it when it has left its outermost callback, where no circle can be.
 */
public class CallbackGate {

    private static final long FIRST_PAUSE_NANOS = 10_000;
    private static final long LAST_PAUSE_NANOS = 1_000_000;
    private static final long JOIN_MILLIS = 2;

    private volatile boolean closed;

    /** Creates an open gate. */
    public CallbackGate() {}

    /**
     * Enters the gate.
     *
     * @param thread the calling thread's state
     * @return false if the gate is shut; {@link #exit(ThreadState)} must then not be called
     */
    public final boolean enter(ThreadState thread) {
        thread.push(this);
        // Either this thread sees the gate shut, or the closing thread sees the note that was just made.
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
    public final void exit(ThreadState thread) {
        thread.pop();
    }

    /**
     * Tells whether the gate was shut.
     *
     * @return true from the moment that {@link #shut()} was called
     */
    public final boolean isClosed() {
        return closed;
    }

    /** Lets nobody in any more, without waiting for those inside. */
    public final void shut() {
        closed = true;
    }

    /**
     * Waits until those inside a gate that is shut have left, except for the calling thread itself.
     *
     * @return false if somebody may be inside still: the calling thread, or one that waits for it in turn
     */
    public final boolean awaitEmpty() {
        VarHandle.fullFence();
        ThreadState self = ThreadState.current();
        boolean empty = !self.isInside(this);
        Object before = self.waitingFor;
        self.waitingFor = this;
        try {
            for (ThreadState other : ThreadState.all()) {
                if (other != self) {
                    empty &= awaitExit(self, other);
                }
            }
        } finally {
            self.waitingFor = before;
        }
        return empty;
    }

    /** Lets nobody in any more and waits as {@link #awaitEmpty()} does. */
    public final void shutAndWait() {
        shut();
        awaitEmpty();
    }

    /**
     * Waits for gates that are shut as {@link #awaitEmpty()} does, and runs something after the last callback has left
     * them: before this returns, or else when the calling thread leaves its outermost callback.
     *
     * @param gates the gates
     * @param then what to run, once
     */
    public static void afterLast(List<? extends CallbackGate> gates, Runnable then) {
        boolean empty = true;
        for (CallbackGate gate : gates) {
            empty &= gate.awaitEmpty();
        }
        if (empty) {
            then.run();
        } else {
            ThreadState.current().defer(() -> afterLast(gates, then));
        }
    }

    /**
     * Waits for the end of a thread, unless it is the calling one or waits for it in turn.
     *
     * @param thread the thread
     */
    public static void join(Thread thread) {
        await(thread, millis -> {
            thread.join(millis);
            return false;
        });
    }

    /**
     * Waits until a thread has done something, or has ended, unless it is the calling one or waits for it in turn.
     *
     * @param thread the thread
     * @param done counted down by it
     */
    public static void await(Thread thread, CountDownLatch done) {
        await(thread, millis -> done.await(millis, TimeUnit.MILLISECONDS));
    }

    /** A wait of a moment. */
    private interface Wait {
        boolean isOver(long millis) throws InterruptedException;
    }

    private static void await(Thread thread, Wait wait) {
        ThreadState self = ThreadState.current();
        Object before = self.waitingFor;
        boolean interrupted = false;
        boolean over = false;
        self.waitingFor = thread;
        try {
            while (!over
                    && thread != Thread.currentThread()
                    && thread.isAlive()
                    && !isCircle(self, ThreadState.of(thread))) {
                try {
                    over = wait.isOver(JOIN_MILLIS);
                } catch (InterruptedException interrupt) {
                    interrupted = true;
                }
            }
        } finally {
            self.waitingFor = before;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean awaitExit(ThreadState self, ThreadState other) {
        boolean interrupted = false;
        boolean circle = false;
        long pause = FIRST_PAUSE_NANOS;
        while (other.isInside(this) && !circle) {
            LockSupport.parkNanos(this, pause);
            pause = Math.min(2 * pause, LAST_PAUSE_NANOS);
            interrupted |= Thread.interrupted();
            circle = isCircle(self, other);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !circle;
    }

    /** Whether the one that this thread waits for waits, perhaps over others, for this thread. */
    private static boolean isCircle(ThreadState self, @Nullable ThreadState other) {
        return other != null && self.inCallback() && waitsFor(other, self, new HashSet<>());
    }

    private static boolean waitsFor(ThreadState from, ThreadState to, Set<ThreadState> seen) {
        if (from == to) {
            return true;
        }
        if (!seen.add(from)) {
            return false;
        }
        Object target = from.waitingFor;
        if (target instanceof Thread thread) {
            ThreadState state = ThreadState.of(thread);
            return state != null && waitsFor(state, to, seen);
        }
        if (target instanceof CallbackGate gate) {
            for (ThreadState inside : ThreadState.all()) {
                if (inside != from && inside.isInside(gate) && waitsFor(inside, to, seen)) {
                    return true;
                }
            }
        }
        return false;
    }
}
