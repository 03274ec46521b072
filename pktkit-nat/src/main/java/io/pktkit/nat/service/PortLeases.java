// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.device.Registration;
import io.pktkit.nat.Nat;
import io.pktkit.nat.NatPort;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The forwards that inside hosts ask for, by UPnP, NAT-PMP and PCP alike. Who asks gets ports for itself alone, and nobody
 * else changes them; a forward that the owner of the NAT has made is nobody's here. Any thread; the NAT's lock is taken
 * inside the own one.
 */
public final class PortLeases implements AutoCloseable {

    /** What is kept of a description, in bytes of UTF-8. */
    public static final int MAX_DESCRIPTION = 64;

    private static final int TRIES = 64;

    private final LeaseForwards forwards;
    private final Timers timers;
    private final PortLeaseLimits limits;
    private final Alarm alarm;
    private final SecureRandom random = new SecureRandom();
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private final Registration watching;

    // Guarded by this.
    private final LeaseTable table;

    /** On how many links they are asked for, by namespace. */
    private final Map<Integer, Integer> served = new HashMap<>();

    private long armed = Timers.NEVER;
    private boolean closed;

    /** Why a wish was not granted. */
    public enum Refusal {
        /** It is somebody else's, or the port is none that is given. */
        NOT_AUTHORIZED,
        /** The port is taken. */
        CONFLICT,
        /** The host's own port is forwarded from another port already. */
        ENDPOINT_TAKEN,
        /** The host has as many as it may. */
        QUOTA,
        /** There is no room, or no port. */
        NO_RESOURCES,
        /** There is no such lease. */
        NOT_FOUND
    }

    /**
     * What is asked for.
     *
     * @param namespace the number of the namespace
     * @param client who asks
     * @param link where the client asks, one of the namespace; null if somebody else asks for it
     * @param protocol TCP or UDP
     * @param outsidePort which port, 1 to 65535
     * @param clientPort where to, 1 to 65535
     * @param from the only remote that may come in; null for any
     * @param enabled whether it shall lead anywhere
     * @param description what the client calls it; cut
     * @param secret what later changes must show; empty for none
     * @param lifetime how long; cut to what is given at most, which zero asks for too
     */
    public record Wish(
            int namespace,
            IpAddress client,
            @Nullable NatPort link,
            int protocol,
            int outsidePort,
            int clientPort,
            @Nullable IpAddress from,
            boolean enabled,
            String description,
            String secret,
            Duration lifetime) {

        Wish at(int port) {
            return new Wish(
                    namespace, client, link, protocol, port, clientPort, from, enabled, description, secret, lifetime);
        }

        @Override
        public String toString() {
            return "Wish[" + protocol + " " + outsidePort + " to " + client + ":" + clientPort + "]";
        }
    }

    /**
     * What came of it.
     *
     * @param lease the lease; null if refused
     * @param refusal why not; null if granted
     */
    public record Outcome(
            @Nullable PortLease lease, @Nullable Refusal refusal) {}

    /**
     * An empty table.
     *
     * @param nat where ports are forwarded
     * @param timers its clock
     * @param limits what hosts may have
     */
    public PortLeases(Nat nat, Timers timers, PortLeaseLimits limits) {
        this.forwards = new LeaseForwards(nat);
        this.table = new LeaseTable(forwards, limits);
        this.timers = timers;
        this.limits = limits;
        this.alarm = timers.newAlarm(this::onAlarm);
        this.watching = nat.watchOutside(this::changed);
    }

    /** {@return what hosts may have} */
    public PortLeaseLimits limits() {
        return limits;
    }

    /**
     * Tells the address that ports are of.
     *
     * @return the first of the NAT's addresses outside that no host has for itself alone; null if there is none
     */
    public @Nullable IpAddress outside() {
        return forwards.outside();
    }

    /**
     * Names who is told that something has changed, the address outside too. It must not block, nor take a lock under which
     * this is called.
     *
     * @param watcher called on any thread
     * @return what ends it
     */
    public Registration watch(Runnable watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    private void changed() {
        watchers.forEach(Runnable::run);
    }

    /**
     * Grants a port, or renews it: the same wish again is a renewal and never over a limit.
     *
     * @param wish what is asked for
     * @return the lease, or why there is none
     */
    public Outcome add(Wish wish) {
        Outcome outcome;
        boolean changes;
        synchronized (this) {
            int before = table.size();
            outcome = addLocked(wish);
            changes = outcome.lease() != null || table.size() != before;
            arm();
        }
        if (changes) {
            changed();
        }
        return outcome;
    }

    /**
     * Grants the port that is asked for, or if it is taken some other one.
     *
     * @param wish what is asked for; outside port 0 for any
     * @return the lease, or why there is none
     */
    public Outcome addAny(Wish wish) {
        Outcome outcome = null;
        boolean changes;
        synchronized (this) {
            int before = table.size();
            int range = limits.lastPort() - limits.firstPort() + 1;
            for (int i = -2; i < TRIES; i++) {
                int port = i == -2
                        ? wish.outsidePort()
                        : i == -1 ? wish.clientPort() : limits.firstPort() + random.nextInt(range);
                if (port == 0 || !isGiven(port)) {
                    continue;
                }
                // Any port will do, so none is taken from the client's own other leases either.
                PortLease holder = table.live(wish.protocol(), port, timers.nowNanos());
                if (holder != null && holder.clientPort() != wish.clientPort()) {
                    outcome = refused(Refusal.CONFLICT);
                    continue;
                }
                outcome = addLocked(wish.at(port));
                if (outcome.refusal() != Refusal.CONFLICT) {
                    break;
                }
            }
            changes = (outcome != null && outcome.lease() != null) || table.size() != before;
            arm();
        }
        if (changes) {
            changed();
        }
        return outcome == null || outcome.refusal() == Refusal.CONFLICT ? refused(Refusal.NO_RESOURCES) : outcome;
    }

    private boolean isGiven(int port) {
        return port >= limits.firstPort() && port <= limits.lastPort();
    }

    private static Outcome refused(Refusal why) {
        return new Outcome(null, why);
    }

    private Outcome addLocked(Wish wish) {
        long now = timers.nowNanos();
        if (closed || !isGiven(wish.outsidePort())) {
            return refused(closed ? Refusal.NO_RESOURCES : Refusal.NOT_AUTHORIZED);
        }
        PortLease present = table.live(wish.protocol(), wish.outsidePort(), now);
        if (present != null && !present.isOf(wish.namespace(), wish.client(), wish.secret())) {
            return refused(Refusal.CONFLICT);
        }
        if (present == null && table.isFull(wish.namespace(), wish.client())) {
            table.expire(now);
            if (table.isFull(wish.namespace(), wish.client())) {
                return refused(
                        table.isHostFull(wish.namespace(), wish.client()) ? Refusal.QUOTA : Refusal.NO_RESOURCES);
            }
        }
        if (wish.enabled() && forwards.isElsewhere(wish)) {
            return refused(Refusal.ENDPOINT_TAKEN); // before anything is taken away
        }
        if (present != null
                && present.mapping() != null
                && (!wish.enabled() || !present.leadsTo(wish.clientPort(), wish.from()))) {
            forwards.remove(present.mapping()); // its sessions led elsewhere
        }
        NatMapping mapping = null;
        Duration lifetime = limits.lifetime(wish.lifetime());
        if (wish.enabled()) {
            try {
                mapping = forwards.add(wish, lifetime);
            } catch (NatForwardException e) {
                table.live(wish.protocol(), wish.outsidePort(), now); // which takes it out if its mapping is gone
                return refused(LeaseForwards.refusal(e));
            } catch (IllegalArgumentException e) {
                table.live(wish.protocol(), wish.outsidePort(), now);
                return refused(Refusal.NOT_AUTHORIZED); // no host of the namespace
            }
        }
        PortLease lease = new PortLease(
                wish.namespace(),
                wish.client(),
                wish.protocol(),
                wish.outsidePort(),
                wish.clientPort(),
                wish.from(),
                wish.enabled(),
                PortLease.cut(wish.description()),
                wish.secret(),
                Timers.after(now, lifetime),
                mapping);
        table.put(present, lease);
        return new Outcome(lease, null);
    }

    /**
     * Finds the lease of a port.
     *
     * @param namespace the number of the namespace that asks
     * @param protocol TCP or UDP
     * @param outsidePort the port
     * @return the lease; null if there is none, or it is of another namespace
     */
    public synchronized @Nullable PortLease find(int namespace, int protocol, int outsidePort) {
        PortLease lease = table.live(protocol, outsidePort, timers.nowNanos());
        return lease != null && lease.namespace() == namespace ? lease : null;
    }

    /**
     * Finds the lease of a host's own port.
     *
     * @param namespace the number of the namespace
     * @param client the host
     * @param protocol TCP or UDP
     * @param clientPort its port
     * @return the lease; null if there is none
     */
    public synchronized @Nullable PortLease findByClient(
            int namespace, IpAddress client, int protocol, int clientPort) {
        return table.findByClient(namespace, client, protocol, clientPort, timers.nowNanos());
    }

    /**
     * Finds a lease by its place in the order of their coming.
     *
     * @param namespace the number of the namespace
     * @param index 0 or more
     * @return the lease; null if there are not so many
     */
    public synchronized @Nullable PortLease at(int namespace, int index) {
        return table.at(namespace, index, timers.nowNanos());
    }

    /**
     * Lists the leases of a namespace.
     *
     * @param namespace its number
     * @return all of them, in the order of their coming
     */
    public synchronized List<PortLease> all(int namespace) {
        return table.live(namespace, timers.nowNanos());
    }

    /**
     * Gives a port back.
     *
     * @param namespace the number of the namespace
     * @param client who asks; only its own
     * @param protocol TCP or UDP
     * @param outsidePort the port
     * @param secret what it was made with
     * @return why not; null if it is gone
     */
    public @Nullable Refusal remove(int namespace, IpAddress client, int protocol, int outsidePort, String secret) {
        synchronized (this) {
            PortLease lease = find(namespace, protocol, outsidePort);
            if (lease == null) {
                return Refusal.NOT_FOUND;
            }
            if (!lease.isOf(namespace, client, secret)) {
                return Refusal.NOT_AUTHORIZED;
            }
            end(lease);
        }
        changed();
        return null;
    }

    private void end(PortLease lease) {
        table.remove(lease);
        if (lease.mapping() != null) {
            forwards.remove(lease.mapping());
        }
    }

    /**
     * Notes that the hosts of a namespace can ask, on one of its links. When they can on none any more, all ports that they
     * have are given back.
     *
     * @param namespace its number
     * @return what ends it
     */
    public Registration serve(int namespace) {
        synchronized (this) {
            served.merge(namespace, 1, Integer::sum);
        }
        AtomicBoolean ended = new AtomicBoolean();
        return () -> {
            if (ended.compareAndSet(false, true)) {
                leave(namespace);
            }
        };
    }

    private synchronized void leave(int namespace) {
        served.computeIfPresent(namespace, (each, count) -> count == 1 ? null : count - 1);
        if (!served.containsKey(namespace)) {
            table.of(namespace).forEach(this::end);
        }
    }

    private void onAlarm() {
        boolean any;
        synchronized (this) {
            armed = Timers.NEVER;
            any = !closed && table.expire(timers.nowNanos());
            arm();
        }
        if (any) {
            changed();
        }
    }

    private void arm() {
        long next = table.firstEnd();
        if (next != armed && !closed) {
            armed = next;
            alarm.arm(next);
        }
    }

    /** {@return how many there are} */
    public synchronized int size() {
        return table.size();
    }

    /** Gives all ports back. Idempotent. */
    @Override
    public void close() {
        watching.close();
        synchronized (this) {
            closed = true;
            table.all().forEach(this::end);
        }
        alarm.close();
    }
}
