// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal.link;

import io.pktkit.device.AddressState;
import io.pktkit.l2adapter.DuplicateDetection;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Duplicate address detection of a host's addresses: one solicitation for each (DupAddrDetectTransmits, RFC 4862 section
 * 5.1), and a second in which who has it may say so. Owned by one thread or lock.
 */
public final class AddressProbes {
    /** RetransTimer, RFC 4861 section 10. */
    private static final long RETRANS_NANOS = 1_000_000_000L;

    /** MAX_RTR_SOLICITATION_DELAY, RFC 4861 section 10. */
    private static final long MAX_DELAY_NANOS = 1_000_000_000L;

    private static final class Probe {
        AddressState state = AddressState.TENTATIVE;
        boolean sent;
        long due;

        Probe(long due) {
            this.due = due;
        }
    }

    private final DuplicateDetection mode;
    private final RandomGenerator random;
    private final Map<IpAddress, Probe> probes = new LinkedHashMap<>();
    private boolean running;

    /**
     * A host without addresses on a link that is down.
     *
     * @param mode how thorough to be
     * @param random delays the first message after the link came up
     */
    public AddressProbes(DuplicateDetection mode, RandomGenerator random) {
        this.mode = mode;
        this.random = random;
    }

    /**
     * The link is up, perhaps another one than before: every address is checked anew.
     *
     * @param nowNanos the time
     */
    public void start(long nowNanos) {
        running = true;
        // RFC 4862 section 5.4.2 spreads those who start together; who uses the address meanwhile has nothing to
        // spread.
        long delay = mode == DuplicateDetection.STRICT ? random.nextLong(MAX_DELAY_NANOS) : 0;
        probes.replaceAll((address, before) -> probe(Timers.after(nowNanos, delay)));
    }

    /** The link is down: nothing is sent, and what is known stays. */
    public void stop() {
        running = false;
    }

    /**
     * Says which addresses the host has.
     *
     * @param addresses all of them
     * @param nowNanos the time
     */
    public void set(Collection<IpAddress> addresses, long nowNanos) {
        probes.keySet().retainAll(addresses);
        for (IpAddress address : addresses) {
            probes.computeIfAbsent(address, added -> probe(nowNanos));
        }
    }

    private Probe probe(long due) {
        Probe probe = new Probe(due);
        if (mode == DuplicateDetection.OFF) {
            probe.state = AddressState.GOOD;
        }
        return probe;
    }

    /**
     * Hears that somebody else has an address, or is about to take it.
     *
     * @param address one of the host's
     * @return whether it was being checked, and is a duplicate now
     */
    public boolean conflict(IpAddress address) {
        Probe probe = probes.get(address);
        if (probe == null || probe.state != AddressState.TENTATIVE) {
            return false;
        }
        probe.state = AddressState.DUPLICATE;
        return true;
    }

    /**
     * Runs what is due.
     *
     * @param nowNanos the time
     * @return the addresses to solicit now
     */
    public List<IpAddress> onTick(long nowNanos) {
        List<IpAddress> solicited = new ArrayList<>(0);
        for (Map.Entry<IpAddress, Probe> each : probes.entrySet()) {
            Probe probe = each.getValue();
            if (!running || probe.state != AddressState.TENTATIVE || nowNanos - probe.due < 0) {
                continue;
            }
            if (probe.sent) {
                probe.state = AddressState.GOOD;
            } else {
                probe.sent = true;
                probe.due = Timers.after(nowNanos, RETRANS_NANOS);
                solicited.add(each.getKey());
            }
        }
        return solicited;
    }

    /** {@return when {@link #onTick} is next due, or {@link Timers#NEVER}} */
    public long nextDeadlineNanos() {
        long next = Timers.NEVER;
        for (Probe probe : probes.values()) {
            if (running && probe.state == AddressState.TENTATIVE) {
                next = Timers.earlier(next, probe.due);
            }
        }
        return next;
    }

    /** {@return how far the check of each address has come} */
    public Map<IpAddress, AddressState> found() {
        Map<IpAddress, AddressState> found = new LinkedHashMap<>();
        probes.forEach((address, probe) -> found.put(address, probe.state));
        return found;
    }

    /** {@return what the host is to be told of each address} */
    public Map<IpAddress, AddressState> states() {
        Map<IpAddress, AddressState> states = new LinkedHashMap<>();
        boolean strict = mode == DuplicateDetection.STRICT;
        probes.forEach((address, probe) -> states.put(
                address, probe.state == AddressState.TENTATIVE && !strict ? AddressState.GOOD : probe.state));
        return states;
    }

    /** {@return of each address that is not yet, or not at all, the host's, what may be done with it} */
    public Map<IpAddress, AddressUse> limits() {
        Map<IpAddress, AddressUse> limits = new LinkedHashMap<>();
        probes.forEach((address, probe) -> {
            boolean optimistic = probe.state == AddressState.TENTATIVE && mode == DuplicateDetection.OPTIMISTIC;
            if (probe.state != AddressState.GOOD) {
                limits.put(address, optimistic ? AddressUse.OPTIMISTIC : AddressUse.BARRED);
            }
        });
        return limits;
    }

    /** {@return the addresses whose solicited-node groups are to be joined: before they are solicited, section 5.4.2} */
    public List<IpAddress> listening() {
        List<IpAddress> listening = new ArrayList<>(probes.size());
        probes.forEach((address, probe) -> {
            boolean waits = probe.state == AddressState.TENTATIVE && mode == DuplicateDetection.STRICT && !probe.sent;
            if (probe.state != AddressState.DUPLICATE && !waits) {
                listening.add(address);
            }
        });
        return listening;
    }
}
