// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.Burst;
import io.pktkit.ovpn.internal.session.SessionEvent;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The thread that owns the sessions: control packets, timers, and the answers of user code. TLS takes as long as a hundred
 * data packets, and so is not on their way.
 *
 * <p>What comes from outside waits in two queues, each bounded: packets that begin sessions, and the others, which go
 * first. So a flood of the former does not keep a client from its renegotiation. Events of our own are at most a few for
 * each session.
 */
final class ControlWorker implements Runnable {

    private static final int MOST_PACKETS = 1024;
    private static final int MOST_RESETS = 256;

    /** Between two looks at what is more urgent. */
    private static final int MOST_AT_ONCE = 32;

    private final ServerCore core;

    // Guarded by this.
    private final ArrayDeque<Runnable> events = new ArrayDeque<>();
    private final ArrayDeque<Runnable> packets = new ArrayDeque<>();
    private final ArrayDeque<Runnable> resets = new ArrayDeque<>();
    private boolean closed;

    /** Who does something now; null for nobody. */
    private @Nullable Thread busy;

    ControlWorker(ServerCore core) {
        this.core = core;
    }

    /** Something of our own. */
    void post(Runnable event) {
        synchronized (this) {
            if (!closed) {
                events.add(event);
                notifyAll();
            }
        }
    }

    void post(ClientLink link, SessionEvent event) {
        post(() -> core.handle(link, event));
    }

    /** A deadline of a session has come. */
    void due(ClientLink link) {
        synchronized (this) {
            if (link.due || closed) {
                return;
            }
            link.due = true;
            events.add(() -> {
                synchronized (this) {
                    link.due = false;
                }
                core.handle(link, new SessionEvent.Tick());
            });
            notifyAll();
        }
    }

    /** A packet from outside; false if there is no room for it. */
    boolean offer(Runnable packet, boolean isReset) {
        synchronized (this) {
            ArrayDeque<Runnable> queue = isReset ? resets : packets;
            if (closed || queue.size() >= (isReset ? MOST_RESETS : MOST_PACKETS)) {
                return false;
            }
            queue.add(packet);
            notifyAll();
            return true;
        }
    }

    /**
     * Takes nothing more, drops what waits, and waits for what is being done, unless by it: sessions are of one thread at a
     * time.
     */
    synchronized void close() {
        closed = true;
        events.clear();
        packets.clear();
        resets.clear();
        notifyAll();
        boolean interrupted = false;
        while (busy != null && busy != Thread.currentThread()) {
            try {
                wait();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        while (awaitWork()) {
            runWaiting();
        }
    }

    /** Does what waits; for a server without threads, too. */
    void runWaiting() {
        Burst burst = Burst.open();
        try {
            Runnable next = poll();
            for (int i = 0; next != null; next = ++i < MOST_AT_ONCE ? poll() : null) {
                try {
                    next.run();
                } catch (Throwable failure) {
                    core.failed(failure);
                } finally {
                    rest();
                }
            }
        } finally {
            burst.close();
        }
    }

    /** Whether the calling thread does something of it now. */
    synchronized boolean isBusyHere() {
        return busy == Thread.currentThread();
    }

    synchronized boolean isIdle() {
        return events.isEmpty() && packets.isEmpty() && resets.isEmpty();
    }

    private synchronized boolean awaitWork() {
        boolean interrupted = false;
        while (isIdle() && !closed) {
            try {
                wait();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !closed;
    }

    private synchronized @Nullable Runnable poll() {
        Runnable next = events.poll();
        if (next == null) {
            next = packets.poll();
        }
        if (next == null) {
            next = resets.poll();
        }
        busy = next == null ? null : Thread.currentThread();
        return next;
    }

    private synchronized void rest() {
        busy = null;
        notifyAll();
    }
}
