// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DropReason;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.MacAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which port each station is behind, by VLAN and address.
 *
 * <p>Looking up takes no lock. Whatever changes which entries there are, or how many a port has, happens under the
 * monitor of this object, together with the counts, so that they cannot drift apart. Nothing is called with the monitor
 * held.
 *
 * <p>The clock is not read for each frame, which would take as long as the rest of the lookup. An alarm ticks every
 * {@link #TICK_NANOS} while there are entries, notes the time and removes what has aged: an entry lives for
 * {@link #AGE_NANOS} after its station was last seen, give or take a tick.
 */
final class ForwardingTable {

    /** The most stations in all. */
    static final int MAX_ENTRIES = 8192;

    /** The most stations behind one port, unless the port has another limit. */
    static final int MAX_ENTRIES_PER_PORT = 1024;

    /** IEEE 802.1Q table 8-6 recommends 300 s. */
    static final long AGE_NANOS = TimeUnit.MINUTES.toNanos(5);

    static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long HALF_LIFE_NANOS = AGE_NANOS / 2;

    private final Timers timers;
    private final HubStats stats;
    private final Alarm tick;

    /** Entries that age. Without any there is no tick, so that secured stations alone keep no forgotten hub in memory. */
    private int ageing;

    private final ForwardingHash hash;

    /** Which port holds an address by its settings. Guarded by the monitor. */
    private final Map<MacAddress, HubPort> fixed = new HashMap<>();

    /** The same for those without the monitor. */
    private volatile FixedStations held = FixedStations.NONE;

    /** The time at the last tick. */
    private volatile long now;

    ForwardingTable(Timers timers, HubStats stats) {
        this.timers = timers;
        this.stats = stats;
        this.hash = new ForwardingHash();
        this.tick = timers.newAlarm(this::onTick);
    }

    int size() {
        return hash.size();
    }

    /** The port that a station was seen behind. */
    @Nullable
    HubPort find(int vlan, long mac) {
        ForwardingEntry entry = hash.find(key(vlan, mac));
        return entry == null ? null : entry.port();
    }

    /** The port that holds an address by its settings, in all VLANs and even before the station was seen. */
    @Nullable
    HubPort holder(long mac) {
        return held.holder(mac);
    }

    /**
     * Notes that a station was seen behind a port, and returns why its frame may not pass; null if it may.
     *
     * @param rules the rules of the port by which the VLAN was found; if they were changed meanwhile, nothing is learned
     */
    @Nullable
    DropReason see(HubPort in, VlanRules rules, int vlan, long mac) {
        ForwardingEntry entry = hash.find(key(vlan, mac));
        if (entry == null || !entry.isUndisputed(in)) {
            return seeClosely(in, rules, vlan, mac, entry);
        }
        refresh(entry);
        return null;
    }

    private void refresh(ForwardingEntry entry) {
        long time = now;
        if (time - entry.stamp() >= HALF_LIFE_NANOS) {
            entry.refresh(time);
        }
    }

    private @Nullable DropReason seeClosely(
            HubPort in, VlanRules rules, int vlan, long mac, @Nullable ForwardingEntry entry) {
        if (entry == null || entry.port() != in) {
            return seeElsewhere(in, rules, vlan, mac, entry);
        }
        refresh(entry);
        Dispute dispute = entry.dispute();
        if (dispute != null) {
            dispute.hear();
        }
        return null;
    }

    /** For a station that is not known to be here. What a flood of addresses ends in takes no lock. */
    private @Nullable DropReason seeElsewhere(
            HubPort in, VlanRules rules, int vlan, long mac, @Nullable ForwardingEntry entry) {
        PortSecurity security = in.security();
        if (MacAddress.isMulticast(mac) || mac == 0) {
            return security == null ? null : violation(security); // no station's address, IEEE 802.3 3.2.3
        }
        HubPort holder = held.holder(mac);
        if (isHeldAgainst(in, holder, entry)) {
            return violation();
        }
        if ((security == null || holder == in) && isFull(in, entry)) {
            stats.countLearnRefused();
            return null;
        }
        Dispute dispute = entry == null ? null : entry.dispute();
        if (dispute != null && dispute.refuses(in, timers.nowNanos())) {
            return damped(in);
        }
        return learn(in, rules, vlan, mac);
    }

    /** Forgets what was learned on a port. */
    synchronized void forget(HubPort port) {
        if (port.learned() > 0) {
            hash.removeIf(entry -> entry.port() == port && leave(entry));
            port.forgotten();
            disarmIfIdle();
        }
    }

    /** Replaces the addresses that a port holds by its settings, and forgets them wherever else they were learned. */
    synchronized void hold(HubPort port, @Nullable PortSecurity security) {
        if (security != null) {
            for (MacAddress address : security.fixed()) {
                HubPort holder = fixed.get(address);
                if (holder != null && holder != port) {
                    throw new IllegalArgumentException("address is held by another port: fixed=" + address);
                }
            }
        }
        fixed.values().removeIf(holder -> holder == port);
        if (security != null) {
            security.fixed().forEach(address -> fixed.put(address, port));
            hash.removeIf(entry ->
                    entry.port() != port && security.fixed().contains(MacAddress.of(mac(entry.key))) && release(entry));
        }
        held = new FixedStations(fixed);
        forget(port);
        disarmIfIdle();
    }

    private synchronized @Nullable DropReason learn(HubPort in, VlanRules rules, int vlan, long mac) {
        if (in.isClosed()) {
            return DropReason.CLOSED; // while this frame was on its way
        }
        long key = key(vlan, mac);
        ForwardingEntry entry = hash.find(key);
        if (entry != null && entry.port() == in) {
            return null; // another thread was faster
        }
        HubPort holder = fixed.get(MacAddress.of(mac));
        if (isHeldAgainst(in, holder, entry)) {
            return violation();
        }
        PortSecurity security = in.security();
        if (security != null && holder == null && in.learned() - in.learnedFixed() >= security.maxAddresses()) {
            return violation(security);
        }
        if (in.rules() != rules) {
            return null; // the VLAN of this frame is that of before
        }
        if (isFull(in, entry)) {
            stats.countLearnRefused();
            return null;
        }
        long time = timers.nowNanos();
        if (entry != null && !mayMove(entry, in, time)) {
            return damped(in);
        }
        boolean sticky = security != null && (security.sticky() || holder == in);
        int before = ageing;
        if (entry != null) {
            release(entry);
            entry.move(in, time, sticky);
        } else {
            hash.add(new ForwardingEntry(key, in, time, sticky));
        }
        ageing += sticky ? 0 : 1;
        if (before == 0 && ageing > 0) {
            now = time;
            tick.arm(Timers.after(time, TICK_NANOS));
        }
        in.gained(holder == in);
        return null;
    }

    /** Whether an address is another port's, by that port's settings or because a sticky port has learned it. */
    private static boolean isHeldAgainst(HubPort in, @Nullable HubPort holder, @Nullable ForwardingEntry entry) {
        return holder != null ? holder != in : entry != null && entry.isSecured();
    }

    /** Whether an address has no place on a port. One that is known already needs a place on the port only. */
    private boolean isFull(HubPort in, @Nullable ForwardingEntry known) {
        return in.learned() >= in.macLimit() || (known == null && hash.size() >= MAX_ENTRIES);
    }

    private boolean mayMove(ForwardingEntry entry, HubPort to, long time) {
        Dispute dispute = entry.dispute();
        if (dispute == null) {
            entry.dispute(new Dispute(entry.port(), time));
            return false;
        }
        return dispute.judge(entry.port(), to, time);
    }

    private DropReason violation() {
        stats.countSecurityViolation();
        return DropReason.PORT_SECURITY;
    }

    private @Nullable DropReason violation(PortSecurity security) {
        DropReason reason = violation();
        return security.violation() == PortSecurity.Violation.DROP ? reason : null;
    }

    /** A guest may be lying, and its frame goes nowhere; from other ports it passes, as if its source was just not known. */
    private @Nullable DropReason damped(HubPort in) {
        stats.countMoveDamped();
        return in.isGuest() ? DropReason.MOVE_DAMPED : null;
    }

    private boolean release(ForwardingEntry entry) {
        entry.port().lost();
        return leave(entry);
    }

    private boolean leave(ForwardingEntry entry) {
        ageing -= entry.isSecured() ? 0 : 1;
        return true;
    }

    private void disarmIfIdle() {
        if (ageing == 0) {
            tick.disarm();
        }
    }

    private void onTick() {
        long time = timers.nowNanos();
        now = time;
        synchronized (this) {
            hash.removeIf(entry -> !entry.isSecured() && time - entry.stamp() >= AGE_NANOS && release(entry));
            if (ageing > 0) {
                tick.arm(Timers.after(time, TICK_NANOS));
            }
        }
    }

    private static long key(int vlan, long mac) {
        return (long) vlan << 48 | mac;
    }

    private static long mac(long key) {
        return key & 0xFFFF_FFFF_FFFFL;
    }
}
