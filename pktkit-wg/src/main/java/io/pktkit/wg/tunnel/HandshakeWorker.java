// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.Datagram;
import io.pktkit.device.Burst;
import io.pktkit.wg.WgEndpoint;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One thread for what takes long: handshake messages, and the timers, whose initiations take as long. So neither data
 * nor the timers of the process wait for Diffie-Hellman.
 *
 * <p>One is enough: beyond a thousand messages a second the engine wants cookies, which take microseconds. The queue holds
 * 1024 messages, half a second of work at worst; more are dropped and counted.
 */
final class HandshakeWorker implements Runnable {

    static final int MOST_WAITING = 1024;

    /** Between two looks at the timers. */
    private static final int MOST_AT_ONCE = 32;

    private final PortCore port;
    private final LongAdder dropped = new LongAdder();

    // Guarded by this.
    private final ArrayDeque<Message> queue = new ArrayDeque<>();
    private boolean due;
    private boolean closed;

    private record Message(ByteBuffer bytes, WgEndpoint from) {}

    HandshakeWorker(PortCore port) {
        this.port = port;
    }

    /** Keeps a copy of a handshake message. */
    void offer(Datagram datagram, WgEndpoint from) {
        synchronized (this) {
            if (queue.size() < MOST_WAITING && !closed) {
                queue.add(new Message(ByteBuffer.wrap(datagram.toBytes()), from));
                notifyAll();
                return;
            }
        }
        dropped.increment();
    }

    /** Something is due. */
    synchronized void wake() {
        due = true;
        notifyAll();
    }

    synchronized void close() {
        closed = true;
        queue.clear();
        notifyAll();
    }

    long dropped() {
        return dropped.sum();
    }

    @Override
    public void run() {
        while (awaitWork()) {
            Burst burst = Burst.open();
            try {
                work();
            } catch (Throwable failure) {
                port.failed(failure);
            } finally {
                burst.close();
                port.deadline().update();
            }
        }
    }

    private void work() {
        if (takeDue()) {
            port.runTimers();
        }
        Outgoing out = Outgoing.take(port);
        try {
            Message next = poll();
            for (int i = 0; next != null; next = ++i < MOST_AT_ONCE ? poll() : null) {
                port.engine().receive(next.bytes, 0, next.bytes.capacity(), next.from, port.nowNanos(), out);
            }
        } finally {
            out.giveBack();
        }
    }

    private synchronized boolean awaitWork() {
        boolean interrupted = false;
        while (queue.isEmpty() && !due && !closed) {
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

    private synchronized boolean takeDue() {
        boolean taken = due;
        due = false;
        return taken;
    }

    private synchronized @Nullable Message poll() {
        return queue.poll();
    }
}
