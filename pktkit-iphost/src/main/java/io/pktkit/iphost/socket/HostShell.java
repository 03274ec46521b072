// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.device.Receiver;
import io.pktkit.iphost.HostAddresses;
import io.pktkit.iphost.IpHost;
import io.pktkit.iphost.IpHostConfig;
import io.pktkit.iphost.Ping;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An IP host with a lock and an alarm. The lock guards everything that hangs on the host; {@link #enter} and {@link #leave}
 * enclose each piece of work, and leaving sends what the work has queued, without the lock.
 */
public final class HostShell {
    /** Something beside the host that has a deadline. Called under the lock. */
    public interface Part {
        /**
         * Runs what is due.
         *
         * @param nowNanos the time
         */
        void onTick(long nowNanos);

        /** {@return when {@link #onTick} is next due, or {@link Timers#NEVER}} */
        long nextDeadlineNanos();
    }

    private static final Part NO_PART = new Part() {
        @Override
        public void onTick(long nowNanos) {}

        @Override
        public long nextDeadlineNanos() {
            return Timers.NEVER;
        }
    };

    private final ReentrantLock lock = new ReentrantLock();
    private final Timers timers;
    private final Alarm alarm;
    private final Outbox outbox = new Outbox();
    private final Receiver<Packet> wire;
    private final Receiver<Packet> emitter = this::emit;
    private final TcpConfig tcpConfig;
    private final IpHost host;

    // Guarded by the lock.
    private final Set<Waiter> waiters = new HashSet<>();
    private final ArrayDeque<Runnable> calls = new ArrayDeque<>();
    private final BoundPorts ports = new BoundPorts();
    private Part part = NO_PART;
    private int tenant;
    private long armedAt = Timers.NEVER;

    private volatile NameLookup names = (name, deadline) -> {
        throw new UnknownHostException(name);
    };

    /**
     * A host.
     *
     * @param timers its clock and alarms
     * @param config settings of the host
     * @param addresses of the host
     * @param wire takes the packets that it sends to others, and says by its offloads what they may lack; called without the
     *     lock, but for the latter
     * @param drops told of what is dropped that nobody else is told of; called with the lock
     */
    public HostShell(
            Timers timers,
            IpHostConfig config,
            HostAddresses addresses,
            Receiver<Packet> wire,
            Consumer<DropReason> drops) {
        this.timers = timers;
        this.wire = wire;
        this.tcpConfig = config.tcp().connectionConfig();
        this.host = new IpHost(config, addresses, outbox, wire::offloads, drops);
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /**
     * Says who finds addresses for names. Without one no name is known.
     *
     * @param lookup the one
     */
    public void setNames(NameLookup lookup) {
        names = lookup;
    }

    /**
     * Numbers the host among several. Before the first packet.
     *
     * @param number what {@link VirtualSocket#tenant} gives
     */
    public void setTenant(int number) {
        tenant = number;
    }

    int tenant() {
        return tenant;
    }

    /**
     * Adds what has deadlines of its own. Before the first packet.
     *
     * @param beside what is ticked after the host
     */
    public void setPart(Part beside) {
        part = beside;
    }

    /** Takes the lock, and keeps it until {@link #leave}. */
    public void enter() {
        lock.lock();
    }

    /** Sets the alarm for what is due next, gives the lock back, and sends what is queued. */
    public void leave() {
        if (lock.getHoldCount() > 1) {
            lock.unlock();
            return;
        }
        rearm();
        Runnable call = calls.pollFirst();
        lock.unlock();
        outbox.drainPackets(emitter);
        if (call != null) {
            runCalls(call);
        }
    }

    /** Sends what is queued, for which the lock is released in between. */
    void flush() {
        rearm();
        if (outbox.size() > 0) {
            lock.unlock();
            try {
                outbox.drainPackets(emitter);
            } finally {
                lock.lock();
            }
        }
    }

    /**
     * Has something run as soon as the lock is released, in the order of these calls as far as one thread makes them. Under the
     * lock.
     *
     * @param call contains what it throws
     */
    public void afterwards(Runnable call) {
        calls.addLast(call);
    }

    private void runCalls(Runnable first) {
        for (Runnable call = first; call != null; call = nextCall()) {
            call.run();
        }
    }

    private @Nullable Runnable nextCall() {
        lock.lock();
        try {
            return calls.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    /** {@return a place to wait, of this shell's lock} */
    Waiter newWaiter() {
        return new Waiter(this, lock.newCondition());
    }

    Alarm newAlarm(Runnable onFire) {
        return timers.newAlarm(onFire);
    }

    void onWaiting(Waiter waiter) {
        waiters.add(waiter);
    }

    void onWaited(Waiter waiter) {
        waiters.remove(waiter);
    }

    /** {@return the time of the host's clock} */
    public long nowNanos() {
        return timers.nowNanos();
    }

    /** {@return the host; to be used under the lock, but for its addresses} */
    public IpHost host() {
        return host;
    }

    BoundPorts ports() {
        return ports;
    }

    TcpConfig tcpConfig() {
        return tcpConfig;
    }

    boolean isClosed() {
        enter();
        try {
            return host.isClosed();
        } finally {
            leave();
        }
    }

    void checkOpen() throws SocketException {
        host.checkOpen();
    }

    List<IpAddress> resolve(String name, long deadlineNanos) throws IOException {
        return names.resolve(name, deadlineNanos);
    }

    /** Whether packets to an address come back to this host. */
    boolean isOwn(IpAddress address) {
        return host.addresses().isOwn(address) || address.isLoopback();
    }

    /** Whether everybody on the subnet gets what is sent to an address. */
    boolean isBroadcast(IpAddress address) {
        return address.isIpv4() && !address.isMulticast() && !host.addresses().isOneHost(address);
    }

    /**
     * Looks at something under the lock, which must queue nothing and move no deadline.
     *
     * @param action what to do
     * @param <T> what it finds
     * @return what it has found
     */
    public <T extends @Nullable Object> T get(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a packet from the network.
     *
     * @param packet lent until this returns
     * @return why it was dropped, or null if it was taken
     */
    public @Nullable DropReason receive(Packet packet) {
        enter();
        try {
            return host.onPacket(packet, nowNanos());
        } finally {
            leave();
        }
    }

    /** Called without the lock, in the order of the commits. */
    private void emit(Packet packet) {
        if (!host.addresses().comesBack(packet)) {
            wire.receive(packet);
            return;
        }
        enter();
        try {
            host.onLoopback(packet, nowNanos());
        } finally {
            leave();
        }
    }

    private void onAlarm() {
        enter();
        try {
            armedAt = Timers.NEVER;
            if (!host.isClosed()) {
                long now = nowNanos();
                host.onTick(now);
                part.onTick(now);
            }
        } finally {
            leave();
        }
    }

    private void rearm() {
        long next = host.isClosed() ? Timers.NEVER : Timers.earlier(host.nextDeadlineNanos(), part.nextDeadlineNanos());
        if (next != armedAt) {
            armedAt = next;
            alarm.arm(next);
        }
    }

    /**
     * Sends one echo request and waits for the reply. Takes the lock itself.
     *
     * @param target whom to ask
     * @param deadlineNanos when to give up
     * @return the round-trip time
     * @throws IOException if there was no reply in time, or an error instead
     */
    public Duration ping(IpAddress target, long deadlineNanos) throws IOException {
        enter();
        try {
            checkOpen();
            Waiter waiter = newWaiter();
            Ping ping = host.icmp().ping(target.unmapped(), waiter::signal, nowNanos());
            try {
                return await(ping, waiter, deadlineNanos);
            } finally {
                host.icmp().forget(ping);
            }
        } finally {
            leave();
        }
    }

    private Duration await(Ping ping, Waiter waiter, long deadlineNanos) throws IOException {
        boolean inTime = true;
        while (true) {
            if (ping.isAnswered()) {
                return Duration.ofNanos(ping.roundTripNanos());
            }
            checkOpen();
            if (ping.isUnreachable()) {
                throw new NoRouteToHostException(ping.target() + ": the network reports it unreachable");
            }
            if (!inTime) {
                throw new SocketTimeoutException("no echo reply from " + ping.target());
            }
            inTime = waiter.await(deadlineNanos);
        }
    }

    /** Ends every connection, port and wait with an error; what that sends is still delivered. Idempotent. */
    public void close() {
        enter();
        try {
            if (!host.isClosed()) {
                host.close(nowNanos());
                Set.copyOf(waiters).forEach(Waiter::signal);
            }
        } finally {
            leave();
        }
        finish();
    }

    /**
     * Waits until what is queued is delivered, by whichever thread, and ends: for whoever has closed the host itself, before it
     * takes away what packets are delivered to. Within such a delivery it does not wait, and the rest is dropped. No lock may be
     * held that the wire may want. Idempotent.
     */
    public void finish() {
        alarm.close();
        outbox.finish();
    }

    /** {@return places at which threads wait} */
    public int waiting() {
        enter();
        try {
            return waiters.size();
        } finally {
            leave();
        }
    }
}
