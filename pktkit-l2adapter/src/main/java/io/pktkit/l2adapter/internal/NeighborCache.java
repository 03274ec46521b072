// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.l2adapter.Neighbor;
import io.pktkit.l2adapter.NeighborState;
import io.pktkit.l2adapter.NeighborStats;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.KeyedHash;
import io.pktkit.wire.RateLimiter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The neighbours of one address family and the packets that wait for them: address resolution and neighbour
 * unreachability detection of RFC 4861 section 7, which IPv4 shares, its probes being unicast ARP requests (RFC 1122
 * section 2.3.2.1). ARP and NDP are only codecs and validity rules on top of it. It has no clock, thread or socket.
 *
 * <p>The package description tells whom it believes.
 *
 * <p><b>Bounds.</b> All states last a fixed time, so one list for each state, oldest first, gives the next deadline and
 * the next victim in constant time. Room is made at the expense of what costs least: neighbours that were never proven,
 * then unused ones, those not answering, those in use but not verified lately, and last what is being resolved or is
 * REACHABLE. The gateway is never evicted.
 *
 * <p>All methods need the owner's lock, except {@link #readyMac}, which any thread may call without.
 */
public final class NeighborCache {

    /** Stands for "no MAC address". */
    public static final long NO_MAC = -1;

    /** MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT, RFC 4861 section 10. */
    public static final int MAX_SOLICITATIONS = 3;

    /** RETRANS_TIMER; ARP requests are no more frequent either, RFC 1122 section 2.3.2.1. */
    public static final long RETRANS_NANOS = Duration.ofSeconds(1).toNanos();

    /** REACHABLE_TIME, RFC 4861 section 10. */
    public static final long REACHABLE_NANOS = Duration.ofSeconds(30).toNanos();

    /** DELAY_FIRST_PROBE_TIME, RFC 4861 section 10. */
    public static final long DELAY_NANOS = Duration.ofSeconds(5).toNanos();

    /** How long an unused neighbour is remembered. */
    public static final long GARBAGE_NANOS = Duration.ofMinutes(5).toNanos();

    /** Between the three requests to the old MAC address of a contested neighbour, which together take a second. */
    public static final long CHALLENGE_NANOS = Duration.ofSeconds(1).toNanos() / MAX_SOLICITATIONS;

    /** The least time from one challenge of a neighbour to its next, so that claims cannot make us ask all the time. */
    public static final long CHALLENGE_INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

    private static final int CHALLENGES_PER_SECOND = 20;
    private static final int CHALLENGE_BURST = 32;

    private final IpFamily family;
    private final NeighborSink sink;
    private final NeighborStore store;
    private final RateLimiter challengeLimiter = new RateLimiter(CHALLENGES_PER_SECOND, CHALLENGE_BURST);

    private boolean pinned;
    private long pinnedHigh;
    private long pinnedLow;

    private long solicitations;
    private long confirmations;
    private long failures;
    private long refusedChanges;

    /**
     * Makes an empty cache.
     *
     * @param family whose addresses are kept
     * @param limits its bounds
     * @param sink told what is to be done
     * @param hash keyed with a secret that the neighbours do not know
     */
    public NeighborCache(IpFamily family, NeighborLimits limits, NeighborSink sink, KeyedHash hash) {
        this.family = family;
        this.sink = sink;
        this.store = new NeighborStore(limits, sink, hash);
    }

    /**
     * Looks up a neighbour for a packet, lock-free and without allocating. Using a neighbour that is REACHABLE, or being
     * verified already, changes nothing, so most packets need no more than this.
     *
     * @param high upper half of its address
     * @param low lower half of its address
     * @return its MAC address if it is REACHABLE, DELAY or PROBE, else {@link #NO_MAC}, which may also mean to look again
     *     under the lock
     */
    public long readyMac(long high, long low) {
        NeighborEntry entry = store.find(high, low);
        return entry == null ? NO_MAC : entry.readyMac;
    }

    /**
     * Looks up a neighbour in order to send to it, which starts the verification of a stale one.
     *
     * @param high upper half of its address
     * @param low lower half of its address
     * @param nowNanos the time
     * @return its MAC address, or {@link #NO_MAC}: the packet must wait in the queue
     */
    public long use(long high, long low, long nowNanos) {
        onTick(nowNanos);
        NeighborEntry entry = store.find(high, low);
        if (entry == null) {
            return NO_MAC;
        }
        if (entry.state == NeighborState.STALE && !(entry.contested && verify(entry, nowNanos))) {
            store.move(entry, NeighborState.DELAY, nowNanos);
        }
        return entry.mac;
    }

    /**
     * Looks up a neighbour without using it.
     *
     * @param high upper half of its address
     * @param low lower half of its address
     * @return its MAC address, or {@link #NO_MAC}
     */
    public long peek(long high, long low) {
        NeighborEntry entry = store.find(high, low);
        return entry == null ? NO_MAC : entry.mac;
    }

    /**
     * Tells whether a packet can wait at all. If not, it is refused before anything is asked or shed for it.
     *
     * @param length its length in bytes
     * @return whether the empty queue of one neighbour would hold it
     */
    public boolean fits(int length) {
        return store.fits(length);
    }

    /**
     * Keeps a packet until its next hop is resolved, and asks for that unless it is being asked for already. A full
     * queue loses its oldest packets (RFC 1122 section 2.3.2.2: keep the latest).
     *
     * @param high upper half of the next hop's address
     * @param low lower half of the next hop's address
     * @param packet a packet that {@linkplain #fits fits}, for a neighbour which {@link #use} had no MAC address of
     * @param nowNanos the time
     */
    public void enqueue(long high, long low, QueuedPacket packet, long nowNanos) {
        NeighborEntry entry = store.find(high, low);
        boolean fresh = entry == null;
        if (entry == null) {
            entry = store.createIncomplete(high, low, isPinned(high, low), nowNanos);
        }
        store.enqueue(entry, packet);
        if (fresh) {
            solicit(entry, nowNanos);
        }
    }

    /**
     * Takes an unasked claim: an ARP request, an overheard or gratuitous ARP, a Neighbor Solicitation, an unsolicited
     * Neighbor Advertisement. It never confirms, and never changes a MAC address that is known. Packets that wait for a neighbour which is being resolved go out,
     * though not for the gateway and not for a contested neighbour, whose own answer is waited for.
     *
     * @param high upper half of the claimed address
     * @param low lower half of the claimed address
     * @param mac the claimed MAC address
     * @param mayCreate whether the claim was meant for us, so that we shall probably answer its sender
     * @param nowNanos the time
     */
    public void heard(long high, long low, long mac, boolean mayCreate, long nowNanos) {
        NeighborEntry entry = store.find(high, low);
        if (entry == null) {
            if (mayCreate && !isPinned(high, low)) {
                store.createStale(high, low, mac, nowNanos);
            }
        } else if (entry.state == NeighborState.INCOMPLETE) {
            if (entry.pinned || entry.contested) {
                refusedChanges++;
                return;
            }
            entry.mac = mac;
            // Sending the queue is a use of the entry, so it is verified soon.
            store.move(entry, NeighborState.DELAY, nowNanos);
            store.flush(entry);
        } else if (entry.mac != mac) {
            refusedChanges++;
            contest(entry, nowNanos);
        }
    }

    /**
     * Takes an answer addressed to us: an ARP reply, a solicited Neighbor Advertisement. It confirms the neighbour if a
     * request of ours is open; otherwise it is a claim like any other, for only what we asked for proves anything. Another
     * MAC address than the present one counts only if everybody was asked: who was not probed cannot answer a probe.
     *
     * @param high upper half of the neighbour's address
     * @param low lower half of the neighbour's address
     * @param mac its MAC address, or {@link #NO_MAC} if the answer names none
     * @param override whether a differing MAC address replaces the present one (the O flag of RFC 4861 section 4.4)
     * @param mayCreate as for {@link #heard}
     * @param nowNanos the time
     */
    public void answered(long high, long low, long mac, boolean override, boolean mayCreate, long nowNanos) {
        NeighborEntry entry = store.find(high, low);
        if (entry == null || !entry.isAwaiting(nowNanos)) {
            if (mac != NO_MAC) {
                heard(high, low, mac, mayCreate, nowNanos);
            }
            return;
        }
        if (entry.state == NeighborState.INCOMPLETE) {
            if (mac != NO_MAC) {
                confirm(entry, mac, nowNanos);
            }
        } else if (mac == NO_MAC || mac == entry.mac) {
            confirm(entry, entry.mac, nowNanos);
        } else if (override && entry.askedEverybody) {
            confirm(entry, mac, nowNanos);
        } else {
            refusedChanges++;
            contest(entry, nowNanos);
        }
    }

    /**
     * Says which neighbour is the gateway. One that was not before is asked for afresh if there is an entry, whatever
     * that held. Naming the same again changes nothing.
     *
     * @param gateway its address of this family, or null for none
     * @param nowNanos the time
     */
    public void pin(@Nullable IpAddress gateway, long nowNanos) {
        if (gateway != null && isPinned(gateway.high(), gateway.low())) {
            return;
        }
        NeighborEntry before = pinned ? store.find(pinnedHigh, pinnedLow) : null;
        if (before != null) {
            before.pinned = false;
        }
        pinned = gateway != null;
        if (gateway != null) {
            pinnedHigh = gateway.high();
            pinnedLow = gateway.low();
            NeighborEntry entry = store.find(pinnedHigh, pinnedLow);
            if (entry != null) {
                entry.pinned = true;
                if (entry.state != NeighborState.INCOMPLETE) {
                    askEverybody(entry, nowNanos);
                }
            }
        }
    }

    /**
     * Forgets every neighbour and drops what waits, without reports.
     *
     * @param keepOwn whether packets that the adapter itself sends go on waiting
     */
    public void clear(boolean keepOwn) {
        store.clear(keepOwn);
    }

    /** The link may be another one: every MAC address is forgotten, and who is being asked for is asked for afresh. Packets go on waiting. */
    public void linkUp(long nowNanos) {
        for (NeighborEntry entry : store.forgetResolved()) {
            store.move(entry, NeighborState.INCOMPLETE, nowNanos);
            solicit(entry, nowNanos);
        }
    }

    /**
     * Does what is due.
     *
     * @param nowNanos the time
     */
    public void onTick(long nowNanos) {
        NeighborEntry entry;
        askAgain(store.incomplete, nowNanos);
        while ((entry = store.reachable.firstDue(nowNanos)) != null) {
            store.move(entry, NeighborState.STALE, nowNanos);
        }
        while ((entry = store.firstDueStale(nowNanos)) != null) {
            store.remove(entry);
        }
        askAgain(store.probe, nowNanos);
        askAgain(store.challenge, nowNanos);
        while ((entry = store.delay.firstDue(nowNanos)) != null) {
            if (!(entry.contested && verify(entry, nowNanos))) {
                store.move(entry, NeighborState.PROBE, nowNanos);
                solicit(entry, nowNanos);
            }
        }
    }

    /** {@return when {@link #onTick} next has something to do, or {@link Timers#NEVER}} */
    public long nextDeadlineNanos() {
        return store.nextDeadlineNanos();
    }

    /** {@return the bytes of waiting packets, as counted against the bound} */
    public int queuedBytes() {
        return store.queuedBytes();
    }

    /** {@return the neighbours, in no particular order} */
    public List<Neighbor> snapshot() {
        return store.snapshot(family);
    }

    /** {@return the counts so far} */
    public NeighborStats stats() {
        return new NeighborStats(
                solicitations, confirmations, failures, store.evictions(), refusedChanges, store.shedPackets());
    }

    private void confirm(NeighborEntry entry, long mac, long nowNanos) {
        confirmations++;
        entry.confirmed(mac);
        store.move(entry, NeighborState.REACHABLE, nowNanos);
        store.flush(entry);
    }

    /** Somebody says otherwise than the entry, which stays; but it is verified, now or when it is used next. */
    private void contest(NeighborEntry entry, long nowNanos) {
        entry.contested = true;
        switch (entry.state) {
            case REACHABLE -> store.move(entry, NeighborState.STALE, nowNanos);
            case DELAY, PROBE -> verify(entry, nowNanos);
            case STALE, INCOMPLETE -> {} // not in use, or being asked for
        }
    }

    /**
     * Finds out about a contested neighbour: challenges a proven one at its MAC address, and asks everybody about one of
     * whom nobody knows whose claim was the true one. Returns false if it is too early for that.
     */
    private boolean verify(NeighborEntry entry, long nowNanos) {
        boolean early = entry.challenged && nowNanos - entry.challengedNanos < CHALLENGE_INTERVAL_NANOS;
        boolean settling = entry.askedEverybody && entry.isAwaiting(nowNanos); // an answer to that is worth more
        if (early || settling || !(entry.pinned || challengeLimiter.tryAcquire(nowNanos))) {
            return false;
        }
        entry.challenged = true;
        entry.challengedNanos = nowNanos;
        if (entry.proven) {
            store.challenge(entry, nowNanos);
            solicit(entry, nowNanos);
        } else {
            askEverybody(entry, nowNanos);
        }
        return true;
    }

    /** Its MAC address is given up; what is sent to it from now on waits for an answer to a request to everybody. */
    private void askEverybody(NeighborEntry entry, long nowNanos) {
        store.resolveAgain(entry, nowNanos);
        solicit(entry, nowNanos);
    }

    private void askAgain(NeighborList list, long nowNanos) {
        NeighborEntry entry;
        while ((entry = list.firstDue(nowNanos)) != null) {
            if (entry.solicitations < MAX_SOLICITATIONS) {
                list.append(entry, nowNanos);
                solicit(entry, nowNanos);
            } else if (entry.contested && entry.state != NeighborState.INCOMPLETE) {
                askEverybody(entry, nowNanos);
            } else {
                fail(entry);
            }
        }
    }

    private void solicit(NeighborEntry entry, long nowNanos) {
        solicitations++;
        entry.asked(nowNanos + MAX_SOLICITATIONS * RETRANS_NANOS);
        sink.solicit(entry.high, entry.low, entry.askedEverybody ? NO_MAC : entry.mac);
    }

    private void fail(NeighborEntry entry) {
        failures++;
        store.remove(entry);
        QueuedPacket packet;
        while ((packet = store.dequeue(entry)) != null) {
            sink.unreachable(packet);
        }
    }

    private boolean isPinned(long high, long low) {
        return pinned && pinnedLow == low && pinnedHigh == high;
    }
}
