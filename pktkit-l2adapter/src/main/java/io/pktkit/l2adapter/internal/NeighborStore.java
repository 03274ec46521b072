// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DropReason;
import io.pktkit.l2adapter.Neighbor;
import io.pktkit.l2adapter.NeighborState;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.KeyedHash;
import io.pktkit.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a {@link NeighborCache}, by address and by state, with the bounds on entries and queues. It decides
 * what is given up when there is no room; the cache decides everything that RFC 4861 says. Same ownership as the cache.
 */
final class NeighborStore {

    final NeighborList incomplete = new NeighborList(NeighborCache.RETRANS_NANOS);
    final NeighborList reachable = new NeighborList(NeighborCache.REACHABLE_NANOS);
    final NeighborList delay = new NeighborList(NeighborCache.DELAY_NANOS);
    final NeighborList probe = new NeighborList(NeighborCache.RETRANS_NANOS);

    /** Those in PROBE because somebody contests their MAC address. */
    final NeighborList challenge = new NeighborList(NeighborCache.CHALLENGE_NANOS);

    private final NeighborList staleUnproven = new NeighborList(NeighborCache.GARBAGE_NANOS);
    private final NeighborList staleProven = new NeighborList(NeighborCache.GARBAGE_NANOS);

    /** Cheapest loss first. The challenged are late in it, or a claim would be the way to have somebody evicted. */
    private final NeighborList[] evictionOrder = {
        staleUnproven, staleProven, probe, delay, incomplete, challenge, reachable
    };

    private final NeighborLimits limits;
    private final NeighborSink sink;
    private final NeighborTable table;
    private int queuedBytes;
    private long evictions;
    private long shedPackets;

    NeighborStore(NeighborLimits limits, NeighborSink sink, KeyedHash hash) {
        this.limits = limits;
        this.sink = sink;
        this.table = new NeighborTable(hash);
    }

    NeighborEntry createIncomplete(long high, long low, boolean pinned, long nowNanos) {
        makeRoomToResolve();
        NeighborEntry entry = create(high, low);
        entry.pinned = pinned;
        move(entry, NeighborState.INCOMPLETE, nowNanos);
        return entry;
    }

    /** Makes an entry INCOMPLETE again, which has no packets waiting. */
    void resolveAgain(NeighborEntry entry, long nowNanos) {
        makeRoomToResolve();
        entry.mac = NeighborCache.NO_MAC;
        entry.proven = false;
        move(entry, NeighborState.INCOMPLETE, nowNanos);
    }

    private void makeRoomToResolve() {
        if (incomplete.size() >= limits.unresolved()) {
            evict(incomplete.firstEvictable(null));
        }
    }

    void createStale(long high, long low, long mac, long nowNanos) {
        NeighborEntry entry = create(high, low);
        entry.mac = mac;
        move(entry, NeighborState.STALE, nowNanos);
    }

    private NeighborEntry create(long high, long low) {
        for (NeighborList list : evictionOrder) {
            if (table.size() >= limits.entries()) {
                evict(list.firstEvictable(null));
            }
        }
        NeighborEntry entry = new NeighborEntry(high, low);
        table.add(entry);
        return entry;
    }

    /** Enters a state anew, which restarts its time. */
    void move(NeighborEntry entry, NeighborState state, long nowNanos) {
        entry.solicitations = 0;
        entry.state = state;
        // Using one that is STALE or INCOMPLETE has a consequence, which needs the lock.
        boolean ready = state != NeighborState.STALE && state != NeighborState.INCOMPLETE;
        entry.readyMac = ready ? entry.mac : NeighborCache.NO_MAC;
        listOf(entry).append(entry, nowNanos);
    }

    void challenge(NeighborEntry entry, long nowNanos) {
        move(entry, NeighborState.PROBE, nowNanos);
        challenge.append(entry, nowNanos);
    }

    private NeighborList listOf(NeighborEntry entry) {
        return switch (entry.state) {
            case INCOMPLETE -> incomplete;
            case REACHABLE -> reachable;
            case STALE -> entry.proven ? staleProven : staleUnproven;
            case DELAY -> delay;
            case PROBE -> probe;
        };
    }

    void remove(NeighborEntry entry) {
        NeighborList.unlink(entry);
        entry.readyMac = NeighborCache.NO_MAC;
        table.remove(entry);
    }

    private void evict(@Nullable NeighborEntry entry) {
        if (entry != null) {
            evictions++;
            remove(entry);
            while (entry.queuedPackets() > 0) {
                shedOldest(entry, DropReason.TABLE_FULL);
            }
        }
    }

    boolean fits(int length) {
        return QueuedPacket.costOf(length) <= limits.queueBytes();
    }

    /** Adds a packet that fits, at the cost of the entry's own oldest, then of the neighbours asked for the longest. */
    void enqueue(NeighborEntry entry, QueuedPacket packet) {
        if (packet.cost() > limits.queueBytes()) {
            throw new IllegalArgumentException("packet does not fit: cost=" + packet.cost());
        }
        while (entry.queuedPackets() >= limits.queuePackets()
                || entry.queuedBytes() + packet.cost() > limits.queueBytes()) {
            shedOldest(entry, DropReason.QUEUE_FULL);
        }
        while (queuedBytes + packet.cost() > limits.totalQueueBytes()) {
            // The limits make sure that the pinned queue and this one fit together, so there is a victim. It goes
            // whole: taking single packets would mean walking over the emptied ones at each packet of a flood.
            evict(incomplete.firstEvictable(entry));
        }
        entry.enqueue(packet);
        queuedBytes += packet.cost();
    }

    @Nullable
    QueuedPacket dequeue(NeighborEntry entry) {
        QueuedPacket packet = entry.dequeue();
        if (packet != null) {
            queuedBytes -= packet.cost();
        }
        return packet;
    }

    void flush(NeighborEntry entry) {
        QueuedPacket packet;
        while ((packet = dequeue(entry)) != null) {
            sink.transmit(packet, entry.mac);
        }
    }

    private void shedOldest(NeighborEntry entry, DropReason reason) {
        if (dequeue(entry) != null) {
            shedPackets++;
            sink.shed(reason);
        }
    }

    void clear(boolean keepOwn) {
        for (NeighborEntry entry : entries()) {
            for (int i = entry.queuedPackets(); i > 0; i--) {
                QueuedPacket packet = dequeue(entry);
                if (packet != null && keepOwn && packet.isOwn()) {
                    entry.enqueue(packet);
                    queuedBytes += packet.cost();
                } else {
                    sink.shed(DropReason.NO_ROUTE);
                }
            }
            if (entry.queuedPackets() == 0) {
                remove(entry);
            }
        }
    }

    /** Removes those whose MAC address is known, which have no packets waiting, and returns the others. */
    List<NeighborEntry> forgetResolved() {
        List<NeighborEntry> unresolved = new ArrayList<>(incomplete.size());
        for (NeighborEntry entry : entries()) {
            if (entry.state == NeighborState.INCOMPLETE) {
                unresolved.add(entry);
            } else {
                remove(entry);
            }
        }
        return unresolved;
    }

    /** A copy, so that entries can be removed meanwhile. */
    private List<NeighborEntry> entries() {
        List<NeighborEntry> entries = new ArrayList<>(table.size());
        table.forEach(entries::add);
        return entries;
    }

    @Nullable
    NeighborEntry find(long high, long low) {
        return table.find(high, low);
    }

    @Nullable
    NeighborEntry firstDueStale(long nowNanos) {
        NeighborEntry entry = staleUnproven.firstDue(nowNanos);
        return entry != null ? entry : staleProven.firstDue(nowNanos);
    }

    long nextDeadlineNanos() {
        long deadline = Timers.NEVER;
        for (NeighborList list : evictionOrder) {
            NeighborEntry head = list.first();
            deadline = head == null ? deadline : Timers.earlier(deadline, head.deadlineNanos);
        }
        return deadline;
    }

    int queuedBytes() {
        return queuedBytes;
    }

    long evictions() {
        return evictions;
    }

    long shedPackets() {
        return shedPackets;
    }

    List<Neighbor> snapshot(IpFamily family) {
        List<Neighbor> neighbors = new ArrayList<>(table.size());
        table.forEach(entry -> neighbors.add(new Neighbor(
                IpAddress.of(family, entry.high, entry.low),
                entry.mac == NeighborCache.NO_MAC ? null : MacAddress.of(entry.mac),
                entry.state,
                entry.pinned,
                entry.queuedPackets())));
        return neighbors;
    }
}
