// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one thread carries while it forwards: how deep it is, the buffers of each level, and which callbacks it is in.
 *
 * <p>One lookup of the thread local gives all of it, because that lookup is a notable part of forwarding a frame. All
 * members are used by the owning thread only, except the list of gates, which {@link CallbackGate} reads from the
 * thread that closes.
 */
public final class ThreadState {

    /** How many hubs and links may be nested when nobody asked for more. */
    public static final int DEFAULT_LIMIT = 16;

    /** The most that a raised limit may be: a hop takes a dozen stack frames, and the default 1 MiB must do for all. */
    public static final int MAX_LIMIT = 256;

    private static final int FIRST_DIRECT_SIZE = 2048;

    private static final VarHandle GATE = MethodHandles.arrayElementVarHandle(CallbackGate[].class);

    private static final ThreadSlots SLOTS = new ThreadSlots(64);

    private static final List<WeakReference<ThreadState>> ALL = new ArrayList<>();
    private static int purgeAt = 64;

    private static final ThreadLocal<ThreadState> CURRENT = ThreadLocal.withInitial(ThreadState::register);

    /** The {@link CallbackGate} or {@link Thread} whose end this thread waits for; null while it does not. */
    volatile @Nullable Object waitingFor;

    private final Thread owner = Thread.currentThread();

    private volatile @Nullable CallbackGate[] gates = new CallbackGate[8];
    private int gateCount;

    private final int slot = SLOTS.claim();

    private int depth;
    private int[] limits = new int[DEFAULT_LIMIT + 1];
    private Scratch[] scratch = new Scratch[0];
    private @Nullable ByteBuffer direct;
    private @Nullable Burst burst;

    private int drops;
    private @Nullable DropReason lastDrop;

    /** What waits for the end of the outermost callback; null while nothing does, which each callback's end looks at. */
    private @Nullable List<Runnable> deferred;

    private ThreadState() {}

    /**
     * Finds the calling thread's state.
     *
     * @return the state, the same object on each call of a thread
     */
    public static ThreadState current() {
        return CURRENT.get();
    }

    /**
     * Tells which stripe of the counters is this thread's.
     *
     * @return a number that no other live thread has, or {@link ThreadSlots#SHARED}; the same on each call
     */
    int slot() {
        return slot;
    }

    private static ThreadState register() {
        ThreadState state = new ThreadState();
        synchronized (ALL) {
            if (ALL.size() >= purgeAt) {
                ALL.removeIf(reference -> reference.get() == null);
                purgeAt = Math.max(64, 2 * ALL.size());
            }
            ALL.add(new WeakReference<>(state));
        }
        return state;
    }

    /** The state of a thread, or null if it never forwarded. */
    static @Nullable ThreadState of(Thread thread) {
        for (ThreadState state : all()) {
            if (state.owner == thread) {
                return state;
            }
        }
        return null;
    }

    /** The states of all threads that ever forwarded and are still alive. */
    static List<ThreadState> all() {
        List<ThreadState> states = new ArrayList<>();
        synchronized (ALL) {
            for (WeakReference<ThreadState> reference : ALL) {
                ThreadState state = reference.get();
                if (state != null) {
                    states.add(state);
                }
            }
        }
        return states;
    }

    /**
     * Goes one level deeper.
     *
     * @param limit the caller's own limit; the highest limit of the chain so far holds if that is higher
     * @return false if the chain is as deep as it may be; {@link #leave()} must then not be called
     */
    public boolean enter(int limit) {
        int inForce = Math.max(limits[depth], limit);
        if (depth >= inForce) {
            return false;
        }
        depth++;
        if (depth == limits.length) {
            limits = Arrays.copyOf(limits, 2 * limits.length);
        }
        limits[depth] = inForce;
        return true;
    }

    /** Goes one level back up. */
    public void leave() {
        limits[depth] = 0;
        depth--;
    }

    /**
     * Tells how many hubs and links the thread is in.
     *
     * @return 0 when the thread is not forwarding
     */
    public int depth() {
        return depth;
    }

    /**
     * Finds the buffers of the present level. What is deeper in the chain has others, so a buffer that was lent
     * onwards is never written until the send that lent it returns.
     *
     * @return the buffers, which belong to whoever made the latest successful {@link #enter(int)}
     */
    public Scratch scratch() {
        int level = depth;
        if (level >= scratch.length) {
            Scratch[] more = Arrays.copyOf(scratch, Math.max(level + 1, 2 * scratch.length));
            for (int i = scratch.length; i < more.length; i++) {
                more[i] = new Scratch();
            }
            scratch = more;
        }
        return scratch[level];
    }

    /**
     * Lends a direct buffer for one call into the kernel, which cannot be given an array. No such call leads to another
     * on the same thread, so all depths share it.
     *
     * @param length how many bytes it must hold
     * @return a direct buffer with old bytes in it, position 0, limit its capacity
     */
    public ByteBuffer direct(int length) {
        ByteBuffer buffer = direct;
        if (buffer == null || buffer.capacity() < length) {
            buffer = ByteBuffer.allocateDirect(Math.max(FIRST_DIRECT_SIZE, Integer.highestOneBit(length - 1) << 1));
            direct = buffer;
        }
        return buffer;
    }

    void push(CallbackGate gate) {
        @Nullable CallbackGate[] now = gates;
        int at = gateCount;
        if (at == now.length) {
            now = Arrays.copyOf(now, 2 * at);
            gates = now;
        }
        GATE.setOpaque(now, at, gate);
        gateCount = at + 1;
    }

    void pop() {
        int at = gateCount - 1;
        gateCount = at;
        GATE.setRelease(gates, at, (CallbackGate) null);
        if (at == 0 && deferred != null) {
            runDeferred();
        }
    }

    /** Runs something when this thread, the calling one, has left its outermost callback. */
    void defer(Runnable task) {
        List<Runnable> waiting = deferred;
        if (waiting == null) {
            waiting = new ArrayList<>();
            deferred = waiting;
        }
        waiting.add(task);
    }

    private void runDeferred() {
        while (gateCount == 0) {
            List<Runnable> waiting = deferred;
            if (waiting == null) {
                return;
            }
            Runnable task = waiting.remove(0);
            if (waiting.isEmpty()) {
                deferred = null;
            }
            task.run();
        }
    }

    /** {@return the scope of bursts of this thread, or null before its first} */
    public @Nullable Burst burst() {
        return burst;
    }

    /**
     * Keeps the scope of bursts of this thread.
     *
     * @param scope the scope
     */
    public void burst(Burst scope) {
        burst = scope;
    }

    /** Notes why this thread, the calling one, dropped a frame or packet. */
    void dropped(DropReason reason) {
        lastDrop = reason;
        drops++;
    }

    /**
     * Tells how many frames and packets the thread has dropped: who looks before and after it passes one on sees whether
     * that was dropped further on, by whatever it passed.
     *
     * @return a number that wraps around
     */
    public int drops() {
        return drops;
    }

    /** {@return why the thread dropped the latest; null if it never did} */
    public @Nullable DropReason lastDrop() {
        return lastDrop;
    }

    /** Whether this thread, the calling one, is in any callback. */
    boolean inCallback() {
        return gateCount > 0;
    }

    /** Whether the thread is in a callback behind the gate. Any thread. */
    @SuppressWarnings("ReferenceEquality") // a gate is itself and no other
    boolean isInside(CallbackGate gate) {
        @Nullable CallbackGate[] now = gates;
        for (int i = 0; i < now.length; i++) {
            if (GATE.getAcquire(now, i) == gate) {
                return true;
            }
        }
        return false;
    }
}
