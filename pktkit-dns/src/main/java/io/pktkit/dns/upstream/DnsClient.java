// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.device.FailureLog;
import io.pktkit.time.Alarm;
import io.pktkit.time.Cancellable;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks recursive servers, over a transport that it is given, for any number who ask. See the package for how. Any thread; it has
 * none of its own.
 *
 * <p>Its lock is never held while something else is called. What is to be done waits in a queue that one thread at a time works
 * off: who asked, who brought an answer, the timer thread, or who waits in {@link #await}.
 */
public final class DnsClient implements AutoCloseable {
    private static final FailureLog FAILURES = new FailureLog(DnsClient.class, "taking a DNS answer");

    private final Timers timers;
    private final DnsTransport transport;
    private final Alarm alarm;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition bell = lock.newCondition();
    private final Condition idle = lock.newCondition();

    // Guarded by the lock.
    private final UpstreamEngine engine;
    private final Map<Long, DnsTransport.Exchange> exchanges = new HashMap<>();
    private final LinkedHashSet<Long> ready = new LinkedHashSet<>();
    private DnsClientConfig config;
    private long armedAt = Timers.NEVER;
    private long rings;
    private int sleeping;
    private @Nullable Thread worker;
    private boolean closed;

    /**
     * Makes a client without servers.
     *
     * @param timers its clock
     * @param transport how to reach servers; stays the caller's to close
     * @param config its settings
     */
    public DnsClient(Timers timers, DnsTransport transport, DnsClientConfig config) {
        this(timers, transport, config, new SecureRandom());
    }

    DnsClient(Timers timers, DnsTransport transport, DnsClientConfig config, Random random) {
        this.timers = timers;
        this.transport = transport;
        this.config = config;
        this.engine = new UpstreamEngine(config, random);
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /**
     * Replaces the servers. If they differ from those before, what those said is forgotten, and who waits is asked for anew.
     *
     * @param servers whom to ask, the preferred one first
     */
    public void setServers(List<DnsServer> servers) {
        setServers(servers, null);
    }

    /**
     * Replaces the servers, and how they are asked.
     *
     * @param servers whom to ask, the preferred one first
     * @param settings the new settings, of which the bounds have no effect; null for the present ones
     */
    public void setServers(List<DnsServer> servers, @Nullable DnsClientConfig settings) {
        lock.lock();
        try {
            config = settings == null ? config : settings;
            if (!closed) {
                engine.setServers(List.copyOf(servers), config, timers.nowNanos());
            }
        } finally {
            lock.unlock();
        }
        work();
    }

    /** {@return whom to ask, the preferred one first} */
    public List<DnsServer> servers() {
        lock.lock();
        try {
            return engine.servers();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks. The outcome may be there before this returns.
     *
     * @param question what
     * @param principal for whom, so that one does not take all places; compared by {@code equals}
     * @param proven whether it is certain that the principal is not forged
     * @param onOutcome told the outcome, once, on any thread and with no lock held; it must not block
     * @return what gives it up, after which nothing is told; null if it was not taken, because all places are
     */
    public @Nullable Cancellable ask(
            UpstreamQuestion question, Object principal, boolean proven, Consumer<? super DnsOutcome> onOutcome) {
        Waiting waiting = null;
        boolean open;
        lock.lock();
        try {
            open = !closed;
            if (open) {
                waiting = engine.ask(question, principal, proven, onOutcome, timers.nowNanos());
            }
        } finally {
            workAndUnlock();
        }
        if (!open) {
            onOutcome.accept(DnsOutcome.of(DnsOutcome.Kind.CLOSED));
            return () -> {};
        }
        Waiting asked = waiting;
        return asked == null ? null : () -> cancel(asked);
    }

    private void cancel(Waiting waiting) {
        lock.lock();
        try {
            engine.cancel(waiting);
        } finally {
            workAndUnlock();
        }
    }

    /**
     * Waits, and does meanwhile what is to be done.
     *
     * @param done looked at each time that something has happened
     * @param deadlineNanos when to give up
     * @throws InterruptedIOException if the thread is interrupted
     */
    public void await(BooleanSupplier done, long deadlineNanos) throws InterruptedIOException {
        try (Alarm limit = timers.newAlarm(this::ring)) {
            limit.arm(deadlineNanos);
            while (true) {
                long seen = rings();
                work();
                if (done.getAsBoolean() || Timers.isDue(deadlineNanos, timers.nowNanos())) {
                    return;
                }
                awaitRing(seen);
            }
        }
    }

    private long rings() {
        lock.lock();
        try {
            return rings;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRing(long seen) throws InterruptedIOException {
        lock.lock();
        try {
            while (rings == seen) {
                sleeping++;
                bell.await();
                sleeping -= rings == seen ? 1 : 0; // woken by nothing: it begins to sleep once more
            }
        } catch (InterruptedException e) {
            sleeping = Math.max(0, sleeping - 1);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a DNS answer");
        } finally {
            lock.unlock();
        }
    }

    /** Whoever is woken does not sleep any more from then on, though it may take a while until it runs. */
    private void wake() {
        rings++;
        sleeping = 0;
        bell.signalAll();
    }

    private void ring() {
        lock.lock();
        try {
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** {@return the time of its clock} */
    public long nowNanos() {
        return timers.nowNanos();
    }

    /** Forgets all answers. */
    public void clearCache() {
        lock.lock();
        try {
            engine.cache().clear();
        } finally {
            lock.unlock();
        }
    }

    /** {@return what it holds and has counted} */
    public DnsCounters counters() {
        lock.lock();
        try {
            return DnsCounters.of(engine, sleeping);
        } finally {
            lock.unlock();
        }
    }

    /** {@return its present settings} */
    public DnsClientConfig config() {
        lock.lock();
        try {
            return config;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Tells all who wait that it is closed, and frees all ports. Idempotent. Nobody is told anything any more once it returned,
     * unless it was called from there.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            engine.close();
        } finally {
            lock.unlock();
        }
        work();
        lock.lock();
        try {
            while (worker != null && worker != Thread.currentThread()) {
                idle.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        alarm.close();
    }

    private void onAlarm() {
        lock.lock();
        try {
            armedAt = Timers.NEVER;
            engine.onTick(timers.nowNanos());
        } finally {
            workAndUnlock();
        }
    }

    private void onArrival(long token) {
        lock.lock();
        try {
            ready.add(token);
            wake();
        } finally {
            workAndUnlock();
        }
    }

    private void work() {
        lock.lock();
        workAndUnlock();
    }

    /** Works off what is to be done, unless another thread is at it and will do this too. With the lock, which it gives back. */
    private void workAndUnlock() {
        if (worker != null) {
            lock.unlock();
            return;
        }
        worker = Thread.currentThread();
        try {
            while (workOnce()) {
                // until there is nothing left
            }
            rearm();
        } finally {
            worker = null;
            idle.signalAll();
            lock.unlock();
        }
    }

    /** Does the next thing, for which the lock is given back, and tells whether there was one. */
    private boolean workOnce() {
        UpstreamEngine.Action action = engine.nextAction();
        Long token = action == null ? nextReady() : null;
        if (action == null && token == null) {
            return false;
        }
        lock.unlock();
        try {
            if (action != null) {
                perform(action);
            } else if (token != null) {
                take(token);
            }
        } catch (RuntimeException | Error failure) {
            FAILURES.record(failure); // costs one its answer, and nobody the client
        } finally {
            lock.lock();
        }
        if (action instanceof UpstreamEngine.Tell) {
            wake();
        }
        return true;
    }

    private @Nullable Long nextReady() {
        Iterator<Long> first = ready.iterator();
        if (!first.hasNext()) {
            return null;
        }
        Long token = first.next();
        first.remove();
        return token;
    }

    private void rearm() {
        long next = closed ? Timers.NEVER : engine.nextDeadlineNanos();
        if (next != armedAt) {
            armedAt = next;
            alarm.arm(next);
        }
    }

    private void perform(UpstreamEngine.Action action) {
        if (action instanceof UpstreamEngine.Open open) {
            open(open.attempt());
        } else if (action instanceof UpstreamEngine.Close close) {
            DnsTransport.Exchange exchange = exchange(close.token(), true);
            if (exchange != null) {
                exchange.close();
            }
        } else if (action instanceof UpstreamEngine.Tell tell) {
            tell.onOutcome().accept(tell.outcome());
        }
    }

    private void open(Attempt attempt) {
        long token = attempt.token;
        DnsTransport.Exchange exchange;
        try {
            exchange = transport.open(attempt.server.server, attempt.protocol, attempt.query(), () -> onArrival(token));
        } catch (IOException e) {
            broken(token);
            return;
        }
        lock.lock();
        try {
            exchanges.put(token, exchange); // what it has told of already waits, for nobody else takes it meanwhile
        } finally {
            lock.unlock();
        }
    }

    private DnsTransport.@Nullable Exchange exchange(long token, boolean last) {
        lock.lock();
        try {
            return last ? exchanges.remove(token) : exchanges.get(token);
        } finally {
            lock.unlock();
        }
    }

    /** Takes one message; what it leads to comes before the next. */
    private void take(long token) {
        DnsTransport.Exchange exchange = exchange(token, false);
        if (exchange == null) {
            return;
        }
        byte[] message;
        try {
            message = exchange.poll();
        } catch (IOException e) {
            broken(token);
            return;
        }
        if (message != null) {
            lock.lock();
            try {
                engine.onMessage(token, message, timers.nowNanos());
                if (engine.isUnderWay(token)) {
                    ready.add(token); // there may be more
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void broken(long token) {
        lock.lock();
        try {
            engine.onBroken(token, timers.nowNanos());
        } finally {
            lock.unlock();
        }
    }
}
