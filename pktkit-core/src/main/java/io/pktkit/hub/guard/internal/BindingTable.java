// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.hub.guard.AddressBinding;
import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All bindings of a network. Everything is guarded by the monitor, and changes the ports' own lists with it held; the order
 * is table, then port. The keys' hash is keyed, see {@link IpAddress#hashCode}.
 */
public final class BindingTable implements AddressBindings {

    /** A holder that was not heard for so long is asked. */
    static final long AGE_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** How often it is noticed who was heard. */
    static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** How long a holder that was asked because of a claim may take to answer. RFC 6620 section 3.1.4: TENT_LT. */
    static final long ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Timers timers;
    private final Alarm tick;
    private final Map<IpAddress, Binding> bindings = new HashMap<>();
    private final Set<IpAddress> protectedOnes = new HashSet<>();
    private final MacAddress asker = MacAddress.randomLocal();

    /**
     * Makes an empty table.
     *
     * @param timers the clock by which bindings age
     */
    public BindingTable(Timers timers) {
        this.timers = timers;
        this.tick = timers.newAlarm(this::onTick);
    }

    /** What comes of a claim: why it fails, or null; and whom to ask, or null. */
    record Outcome(
            @Nullable GuardReason refusal,
            @Nullable Binding toAsk,
            @Nullable PortGuard holder) {
        private static final Outcome GRANTED = new Outcome(null, null, null);

        private static Outcome refused(GuardReason reason) {
            return new Outcome(reason, null, null);
        }
    }

    @Override
    public synchronized void protect(IpAddress address) {
        protectedOnes.add(address);
        remove(address);
    }

    @Override
    public synchronized void unprotect(IpAddress address) {
        protectedOnes.remove(address);
    }

    @Override
    public boolean bindStatic(IpAddress address, MacAddress station) {
        return bind(address, station, Origin.STATIC);
    }

    @Override
    public boolean bindLease(IpAddress address, MacAddress station) {
        return bind(address, station, Origin.LEASE);
    }

    private synchronized boolean bind(IpAddress address, MacAddress station, Origin origin) {
        long mac = station.toLong();
        if (!station.isUnicast() || mac == 0) {
            throw new IllegalArgumentException("station must be a unicast address: station=" + station);
        }
        Binding known = bindings.get(address);
        if (known != null && known.station == mac) {
            known.origin = known.origin == Origin.STATIC ? Origin.STATIC : origin;
            return true;
        }
        boolean taken = known != null && known.origin == Origin.STATIC && origin == Origin.LEASE;
        if (taken || protectedOnes.contains(address) || (known == null && !makeRoom())) {
            return false;
        }
        remove(address);
        add(new Binding(address, mac, origin));
        return true;
    }

    @Override
    public synchronized void release(IpAddress address) {
        Binding known = bindings.get(address);
        if (known != null && !known.isSnooped()) {
            remove(address);
        }
    }

    @Override
    public synchronized @Nullable AddressBinding find(IpAddress address) {
        Binding known = bindings.get(address);
        return known == null
                ? null
                : new AddressBinding(address, MacAddress.of(known.station), known.origin, known.port != null);
    }

    @Override
    public synchronized int size() {
        return bindings.size();
    }

    /** The address from which holders are asked. */
    MacAddress asker() {
        return asker;
    }

    long nowNanos() {
        return timers.nowNanos();
    }

    /**
     * Judges a claim of one address by a station behind a port.
     *
     * @param probe whether the frame only asks for the address; then whoever has it must hear it, and it passes. Not while
     *     whoever has it asks for it too: it would take the second question for an answer, and who asks first would never get
     *     an address past a guest that answers each question with the same (as RFC 6620 section 3.2 has it)
     */
    synchronized Outcome claim(PortGuard by, IpAddress address, long station, int vlan, boolean probe) {
        long now = timers.nowNanos();
        Outcome outcome = judge(by, address, station, vlan, probe, now);
        if (!probe || outcome.refusal == null) {
            return outcome;
        }
        Binding known = bindings.get(address);
        boolean awaited = known != null && known.port != null && known.isTentative(now);
        return awaited ? outcome : new Outcome(null, outcome.toAsk, outcome.holder);
    }

    private Outcome judge(PortGuard by, IpAddress address, long station, int vlan, boolean probe, long now) {
        if (by.isClosed()) {
            return Outcome.refused(GuardReason.UNBOUND);
        }
        if (protectedOnes.contains(address)) {
            return Outcome.refused(GuardReason.PROTECTED);
        }
        Binding known = bindings.get(address);
        if (known == null) {
            return first(by, address, station, vlan, probe, now);
        }
        if (!known.isSnooped() && known.station != station) {
            return Outcome.refused(GuardReason.IN_USE);
        }
        PortGuard holder = known.port;
        if (holder == by) {
            known.station = station; // one guest, and its own affair which of its stations has it
            return Outcome.GRANTED;
        }
        boolean tentative = known.isTentative(now);
        if (holder != null && (tentative || !known.isSilentFor(ANSWER_NANOS, now))) {
            boolean ask = !tentative && known.mustAsk(ANSWER_NANOS, now);
            return new Outcome(GuardReason.IN_USE, ask ? known : null, ask ? holder : null);
        }
        if (!by.makeRoom(!known.isSnooped(), now)) {
            return Outcome.refused(GuardReason.ADDRESS_LIMIT);
        }
        if (holder != null) {
            holder.remove(known);
        }
        known.station = station;
        tie(known, by, vlan, probe, now);
        return Outcome.GRANTED;
    }

    private Outcome first(PortGuard by, IpAddress address, long station, int vlan, boolean probe, long now) {
        if (!by.profile().snooping()) {
            return Outcome.refused(GuardReason.UNBOUND);
        }
        if (!by.makeRoom(false, now) || bindings.size() >= MAX_BINDINGS) {
            return Outcome.refused(GuardReason.ADDRESS_LIMIT);
        }
        Binding fresh = new Binding(address, station, Origin.SNOOPED);
        add(fresh);
        tie(fresh, by, vlan, probe, now);
        return Outcome.GRANTED;
    }

    /** Unties all that a port has, and forgets what was found out there. */
    synchronized void leave(PortGuard port) {
        for (Binding binding : port.bindings()) {
            if (binding.isSnooped()) {
                forget(binding);
            } else {
                untie(binding);
            }
        }
    }

    /** Forgets a binding that was found out, to make room. Called with the monitor held. */
    void forget(Binding binding) {
        untie(binding);
        bindings.remove(binding.address);
        if (bindings.isEmpty()) {
            tick.disarm();
        }
    }

    private static void tie(Binding binding, PortGuard port, int vlan, boolean probe, long now) {
        binding.tie(port, vlan, probe, now);
        port.add(binding);
    }

    private static void untie(Binding binding) {
        PortGuard port = binding.port;
        if (port != null) {
            port.remove(binding);
            binding.port = null;
        }
    }

    private void add(Binding binding) {
        bindings.put(binding.address, binding);
        if (bindings.size() == 1) {
            tick.arm(Timers.after(timers.nowNanos(), TICK_NANOS));
        }
    }

    private void remove(IpAddress address) {
        Binding known = bindings.get(address);
        if (known != null) {
            forget(known);
        }
    }

    /** At the cap a static binding or a lease displaces one that was found out: the one that was silent for longest. */
    private boolean makeRoom() {
        if (bindings.size() < MAX_BINDINGS) {
            return true;
        }
        Binding oldest = null;
        for (Binding binding : bindings.values()) {
            if (binding.isSnooped() && (oldest == null || binding.heardNanos - oldest.heardNanos < 0)) {
                oldest = binding;
            }
        }
        if (oldest != null) {
            forget(oldest);
        }
        return oldest != null;
    }

    private void onTick() {
        List<Binding> toAsk = new ArrayList<>();
        List<PortGuard> holders = new ArrayList<>();
        long now = timers.nowNanos();
        synchronized (this) {
            age(now, toAsk, holders);
            if (!bindings.isEmpty()) {
                tick.arm(Timers.after(now, TICK_NANOS));
            }
        }
        for (int i = 0; i < toAsk.size(); i++) {
            holders.get(i).ask(toAsk.get(i));
        }
    }

    private void age(long now, List<Binding> toAsk, List<PortGuard> holders) {
        Iterator<Binding> all = bindings.values().iterator();
        while (all.hasNext()) {
            Binding binding = all.next();
            binding.settle(now);
            PortGuard port = binding.port;
            if (port == null || !binding.isSnooped() || now - binding.heardNanos < AGE_NANOS) {
                continue;
            }
            if (binding.isSilentFor(ANSWER_NANOS, now)) {
                untie(binding);
                all.remove();
            } else if (binding.mustAsk(ANSWER_NANOS, now)) {
                toAsk.add(binding);
                holders.add(port);
            }
        }
    }
}
