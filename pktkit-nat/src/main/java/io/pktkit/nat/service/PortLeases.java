// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.device.Registration;
import io.pktkit.nat.Nat;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
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

    private final Nat nat;
    private final Timers timers;
    private final PortLeaseLimits limits;
    private final Alarm alarm;
    private final SecureRandom random = new SecureRandom();
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();

    // Guarded by this.
    private final LeaseTable table = new LeaseTable();
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
                    namespace, client, protocol, port, clientPort, from, enabled, description, secret, lifetime);
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
        this.nat = nat;
        this.timers = timers;
        this.limits = limits;
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /** {@return what hosts may have} */
    public PortLeaseLimits limits() {
        return limits;
    }

    /**
     * Tells the address that ports are of.
     *
     * @return the first of the NAT's addresses outside; null if it has none
     */
    public @Nullable IpAddress outside() {
        List<IpAddress> all = nat.outsideAddresses();
        return all.isEmpty() ? null : all.get(0);
    }

    /**
     * Names who is told that something has changed. It must not block, nor take a lock under which this is called.
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
        synchronized (this) {
            outcome = addLocked(wish);
            if (outcome.lease() != null) {
                arm();
            }
        }
        if (outcome.lease() != null) {
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
        synchronized (this) {
            int range = limits.lastPort() - limits.firstPort() + 1;
            for (int i = -2; i < TRIES; i++) {
                int port = i == -2
                        ? wish.outsidePort()
                        : i == -1 ? wish.clientPort() : limits.firstPort() + random.nextInt(range);
                if (port == 0 || !isGiven(port)) {
                    continue;
                }
                // Any port will do, so none is taken from the client's own other leases either.
                PortLease holder = live(wish.protocol(), port, timers.nowNanos());
                if (holder != null && holder.clientPort() != wish.clientPort()) {
                    outcome = refused(Refusal.CONFLICT);
                    continue;
                }
                outcome = addLocked(wish.at(port));
                if (outcome.refusal() != Refusal.CONFLICT) {
                    break;
                }
            }
            if (outcome != null && outcome.lease() != null) {
                arm();
            }
        }
        if (outcome == null || outcome.refusal() == Refusal.CONFLICT) {
            return refused(Refusal.NO_RESOURCES);
        }
        if (outcome.lease() != null) {
            changed();
        }
        return outcome;
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
        PortLease present = live(wish.protocol(), wish.outsidePort(), now);
        if (present != null && !isOwner(present, wish.namespace(), wish.client(), wish.secret())) {
            return refused(Refusal.CONFLICT);
        }
        if (present == null && isFull(wish)) {
            expire(now);
            if (isFull(wish)) {
                return refused(isHostFull(wish) ? Refusal.QUOTA : Refusal.NO_RESOURCES);
            }
        }
        if (present != null && present.mapping() != null && (!wish.enabled() || !isSameTarget(present, wish))) {
            nat.mappings().remove(present.mapping()); // its sessions led elsewhere
        }
        NatMapping mapping = null;
        Duration lifetime = lifetime(wish.lifetime());
        if (wish.enabled()) {
            try {
                mapping = forward(wish, lifetime);
            } catch (NatForwardException e) {
                if (present != null) {
                    table.remove(present);
                }
                return refused(refusal(e));
            } catch (IllegalArgumentException e) {
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
                cut(wish.description()),
                wish.secret(),
                Timers.after(now, lifetime),
                mapping);
        table.put(present, lease);
        return new Outcome(lease, null);
    }

    private NatMapping forward(Wish wish, Duration lifetime) throws NatForwardException {
        IpAddress outside = outside();
        if (outside == null) {
            throw new IllegalArgumentException("no address outside");
        }
        return nat.mappings()
                .forward(
                        wish.namespace(),
                        wish.protocol(),
                        outside,
                        wish.outsidePort(),
                        wish.client(),
                        wish.clientPort(),
                        wish.from(),
                        lifetime);
    }

    private static Refusal refusal(NatForwardException e) {
        return switch (e.reason()) {
            case FORWARDED_TO_ANOTHER, PORT_IN_USE -> Refusal.CONFLICT;
            case ENDPOINT_HAS_FORWARD -> Refusal.ENDPOINT_TAKEN;
            case LIMIT -> Refusal.QUOTA;
            case NOT_OUR_ADDRESS, NO_PORT -> Refusal.NO_RESOURCES;
        };
    }

    private Duration lifetime(Duration asked) {
        return asked.isZero() || asked.compareTo(limits.longest()) > 0 ? limits.longest() : asked;
    }

    private static boolean isSameTarget(PortLease lease, Wish wish) {
        return lease.clientPort() == wish.clientPort() && Objects.equals(lease.from(), wish.from());
    }

    private static boolean isOwner(PortLease lease, int namespace, IpAddress client, String secret) {
        return lease.namespace() == namespace
                && lease.client().equals(client)
                && MessageDigest.isEqual(
                        lease.secret().getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
    }

    private boolean isFull(Wish wish) {
        return table.size() >= limits.total()
                || table.of(wish.namespace()).size() >= limits.perNamespace()
                || isHostFull(wish);
    }

    private boolean isHostFull(Wish wish) {
        return table.ofHost(wish.namespace(), wish.client()) >= limits.perHost();
    }

    /** The lease of a port, if it is one yet: it may be over, or the owner of the NAT has taken its mapping away. */
    private @Nullable PortLease live(int protocol, int outsidePort, long now) {
        PortLease lease = table.get(protocol, outsidePort);
        if (lease == null) {
            return null;
        }
        NatMapping mapping = lease.mapping();
        boolean gone = lease.isOver(now) || (mapping != null && !isThere(mapping));
        if (gone) {
            table.remove(lease);
        }
        return gone ? null : lease;
    }

    private boolean isThere(NatMapping mapping) {
        NatMapping holder = nat.mappings().findOutside(mapping.protocol(), mapping.outside(), mapping.outsidePort());
        return holder != null && holder.id() == mapping.id() && holder.origin() == NatMapping.Origin.FORWARD;
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
        PortLease lease = live(protocol, outsidePort, timers.nowNanos());
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
        long now = timers.nowNanos();
        for (PortLease lease : List.copyOf(table.of(namespace))) { // 256 at most
            if (lease.protocol() == protocol
                    && lease.clientPort() == clientPort
                    && lease.client().equals(client)) {
                PortLease found = live(protocol, lease.outsidePort(), now);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /**
     * Finds a lease by its place in the order of their coming.
     *
     * @param namespace the number of the namespace
     * @param index 0 or more
     * @return the lease; null if there are not so many
     */
    public synchronized @Nullable PortLease at(int namespace, int index) {
        long now = timers.nowNanos();
        while (index >= 0 && index < table.of(namespace).size()) {
            PortLease lease = table.of(namespace).get(index);
            if (live(lease.protocol(), lease.outsidePort(), now) != null) {
                return lease;
            }
        }
        return null;
    }

    /**
     * Lists the leases of a namespace.
     *
     * @param namespace its number
     * @return all of them, in the order of their coming
     */
    public synchronized List<PortLease> all(int namespace) {
        long now = timers.nowNanos();
        List<PortLease> present = List.copyOf(table.of(namespace));
        present.forEach(lease -> live(lease.protocol(), lease.outsidePort(), now));
        return List.copyOf(table.of(namespace));
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
            if (!isOwner(lease, namespace, client, secret)) {
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
            nat.mappings().remove(lease.mapping());
        }
    }

    /**
     * Forgets a namespace that is gone.
     *
     * @param namespace its number
     */
    public synchronized void forget(int namespace) {
        List.copyOf(table.of(namespace)).forEach(this::end);
    }

    private void onAlarm() {
        boolean any;
        synchronized (this) {
            armed = Timers.NEVER;
            any = !closed && expire(timers.nowNanos());
            arm();
        }
        if (any) {
            changed();
        }
    }

    private boolean expire(long now) {
        int before = table.size();
        table.all().forEach(lease -> live(lease.protocol(), lease.outsidePort(), now)); // 1024 at most
        return table.size() != before;
    }

    private void arm() {
        long next = table.firstEnd();
        if (next != armed && !closed) {
            armed = next;
            alarm.arm(next);
        }
    }

    private static String cut(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        if (length > MAX_DESCRIPTION) {
            length = MAX_DESCRIPTION;
            while (length > 0 && (bytes[length] & 0xC0) == 0x80) {
                length--;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** {@return how many there are} */
    public synchronized int size() {
        return table.size();
    }

    /** Gives all ports back. Idempotent. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            table.all().forEach(this::end);
        }
        alarm.close();
    }
}
