// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import io.pktkit.device.FailureLog;
import io.pktkit.dns.upstream.DnsProtocol;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.dns.upstream.DnsTransport;
import io.pktkit.internal.Daemons;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * DNS through sockets of this host. One thread, {@code pktkit-dns}, opens, reads and closes them.
 */
public final class HostDnsTransport implements DnsTransport, AutoCloseable {
    private static final FailureLog FAILURES = new FailureLog(HostDnsTransport.class, "name server socket");
    private static final System.Logger LOG = System.getLogger(HostDnsTransport.class.getName());

    /** What a UDP datagram can hold. */
    private static final int BUFFER = 64 << 10;

    private final Selector selector;
    private final Thread thread;
    private final SecureRandom random = new SecureRandom();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private final Consumer<SelectionKey> ready = this::onReady;

    /** Whether the thread waits for sockets, or is about to, and nobody has woken it yet. */
    private final AtomicBoolean waiting = new AtomicBoolean();

    private volatile boolean closed;

    /**
     * Starts the thread.
     *
     * @throws IOException if the system gives no selector
     */
    public HostDnsTransport() throws IOException {
        selector = Selector.open();
        thread = Daemons.thread("pktkit-dns", this::run);
        thread.start();
    }

    @Override
    public Exchange open(DnsServer server, DnsProtocol protocol, byte[] query, Runnable onArrival) throws IOException {
        if (closed) {
            throw new IOException("cannot ask " + server + ": the transport is closed");
        }
        HostExchange exchange = protocol == DnsProtocol.UDP
                ? new DatagramExchange(this, server, query, onArrival, random)
                : new StreamExchange(this, server, query, onArrival);
        execute(() -> exchange.start(selector));
        return exchange;
    }

    void execute(Runnable task) {
        tasks.add(task);
        if (waiting.get() && waiting.getAndSet(false)) {
            selector.wakeup();
        }
    }

    /** At once, if this is the transport's thread. */
    void executeOrRun(Runnable task) {
        if (Thread.currentThread() == thread) {
            task.run();
        } else {
            execute(task);
        }
    }

    private void run() {
        while (!closed) {
            try {
                runTasks();
                waiting.set(
                        true); // before it is looked whether to wait: who adds a task from now on wakes the selector
                if (tasks.isEmpty()) {
                    selector.select(ready);
                } else {
                    selector.selectNow(ready);
                }
                waiting.set(false);
            } catch (IOException | ClosedSelectorException e) {
                LOG.log(System.Logger.Level.DEBUG, "name server sockets", e);
            } catch (RuntimeException | Error failure) {
                FAILURES.record(failure);
            }
        }
        selector.keys().forEach(key -> closeQuietly(key.channel()));
        closeQuietly(selector);
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private void onReady(SelectionKey key) {
        waiting.set(false); // tasks are looked at again before the next wait
        if (!key.isValid()) {
            return; // closed by what another has brought
        }
        HostExchange exchange = (HostExchange) key.attachment();
        try {
            exchange.onReady(key, buffer);
        } catch (IOException e) {
            exchange.fail(e); // nobody listens, or the connection is over
        } catch (RuntimeException e) {
            FAILURES.record(e);
            exchange.fail(new IOException(e));
        }
    }

    static void closeQuietly(@Nullable AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception e) {
            LOG.log(System.Logger.Level.DEBUG, "closing " + resource, e);
        }
    }

    /** Closes all sockets and ends the thread. Idempotent. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        if (Thread.currentThread() != thread) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
