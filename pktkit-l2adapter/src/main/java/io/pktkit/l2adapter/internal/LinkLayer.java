// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.device.Receiver;
import io.pktkit.l2adapter.Neighbor;
import io.pktkit.l2adapter.NeighborStats;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.KeyedHash;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The two neighbour caches with the lock that guards them, their timer, and what they send. Any thread may call any
 * method, none of which may be called with a lock held: what the caches ask for is written into outboxes under the lock
 * and delivered after it is released.
 *
 * <p>A packet that finds its neighbour resolved is sent by its own thread. While another thread is still delivering
 * packets that had waited for that neighbour, it may overtake them; holding it back would cost every packet a lock.
 */
public final class LinkLayer {

    private static final int ICMP_PER_SECOND = 10;
    private static final int ICMP_BURST = 16;
    private static final int MAX_ICMP_ERROR_BYTES = 1280;

    private final HostAddresses addresses;
    private final DeviceStats stats;
    private final Timers timers;

    private final ReentrantLock lock = new ReentrantLock();
    private final NeighborCache ipv4;
    private final NeighborCache ipv6;
    private final FrameOutbox toNetwork;
    private final Outbox toHost = new Outbox();
    private final RateLimiter icmpLimiter = new RateLimiter(ICMP_PER_SECOND, ICMP_BURST);
    private final Packet queued = new Packet();
    private final Alarm alarm;
    private long armedNanos = Timers.NEVER;
    private boolean closed;

    private final Receiver<Packet> hostHandler;

    /**
     * Makes the two caches, empty.
     *
     * @param mac the adapter's own address
     * @param addresses the host's
     * @param host receives ICMP errors
     * @param output where frames go
     * @param stats told of drops
     * @param timers the clock
     * @param limits the bounds of each cache
     */
    public LinkLayer(
            MacAddress mac,
            HostAddresses addresses,
            IpSide host,
            FrameOutput output,
            DeviceStats stats,
            Timers timers,
            NeighborLimits limits) {
        this.addresses = addresses;
        this.stats = stats;
        this.timers = timers;
        this.toNetwork = new FrameOutbox(mac, addresses, output, stats);
        this.hostHandler = host::up;
        KeyedHash hash = new KeyedHash();
        this.ipv4 = new NeighborCache(IpFamily.IPV4, limits, new Sink(IpFamily.IPV4), hash);
        this.ipv6 = new NeighborCache(IpFamily.IPV6, limits, new Sink(IpFamily.IPV6), hash);
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /**
     * Finds the next hop's MAC address for a packet, or keeps a copy of the packet until it is found. Neither locks nor
     * allocates while the next hop is REACHABLE, or in use and being verified.
     *
     * @param high upper half of the next hop's address
     * @param low lower half of the next hop's address
     * @param packet the packet, lent
     * @param own whether the adapter itself sends it
     * @return where to send the packet now, or {@link NeighborCache#NO_MAC} if it was queued or dropped
     */
    long resolve(long high, long low, Packet packet, boolean own) {
        NeighborCache cache = packet.isIpv4() ? ipv4 : ipv6;
        long mac = cache.readyMac(high, low);
        if (mac != NeighborCache.NO_MAC) {
            return mac;
        }
        lock.lock();
        try {
            if (closed) {
                stats.receiveDropped(DropReason.CLOSED);
                return NeighborCache.NO_MAC;
            }
            long now = timers.nowNanos();
            mac = cache.use(high, low, now);
            if (mac == NeighborCache.NO_MAC) {
                if (cache.fits(packet.length())) {
                    cache.enqueue(high, low, QueuedPacket.copyOf(packet, own), now);
                } else {
                    stats.receiveDropped(DropReason.TOO_BIG);
                }
            }
            rearm();
        } finally {
            lock.unlock();
        }
        drain();
        return mac;
    }

    void heard(IpFamily family, long high, long low, long mac, boolean mayCreate) {
        lock.lock();
        try {
            if (!closed) {
                cache(family).heard(high, low, mac, mayCreate, timers.nowNanos());
                rearm();
            }
        } finally {
            lock.unlock();
        }
        drain();
    }

    void answered(IpFamily family, long high, long low, long mac, boolean override, boolean mayCreate) {
        lock.lock();
        try {
            if (!closed) {
                cache(family).answered(high, low, mac, override, mayCreate, timers.nowNanos());
                rearm();
            }
        } finally {
            lock.unlock();
        }
        drain();
    }

    /** The MAC address on record, in whatever state; NO_MAC if there is none. */
    long peek(IpFamily family, long high, long low) {
        lock.lock();
        try {
            return cache(family).peek(high, low);
        } finally {
            lock.unlock();
        }
    }

    /** Tells the host that there is no router for its IPv6 packet: ICMPv6 type 1 code 0, RFC 4943. */
    void reportNoRoute(Packet packet) {
        lock.lock();
        try {
            if (!closed) {
                reportUnreachable(packet, IcmpError.noRoute());
            }
        } finally {
            lock.unlock();
        }
        drain();
    }

    /**
     * Names the gateway of a family. If it is a neighbour already, it is asked for afresh.
     *
     * @param family the family
     * @param gateway its address, or null for none
     */
    public void gateway(IpFamily family, @Nullable IpAddress gateway) {
        lock.lock();
        try {
            addresses.gateway(family, gateway);
            cache(family).pin(gateway, timers.nowNanos());
            rearm();
        } finally {
            lock.unlock();
        }
        drain();
    }

    /** Somebody is attached to the adapter: the neighbours may be others, and are found afresh. */
    public void linkUp() {
        lock.lock();
        try {
            if (!closed) {
                long now = timers.nowNanos();
                ipv4.linkUp(now);
                ipv6.linkUp(now);
                rearm();
            }
        } finally {
            lock.unlock();
        }
        drain();
    }

    /**
     * Forgets the neighbours of a family and drops what waits for them.
     *
     * @param family the family
     * @param keepOwn whether the adapter's own packets go on waiting
     */
    public void forget(IpFamily family, boolean keepOwn) {
        lock.lock();
        try {
            cache(family).clear(keepOwn);
        } finally {
            lock.unlock();
        }
    }

    /** {@return the neighbours of both families} */
    public List<Neighbor> neighbors() {
        lock.lock();
        try {
            List<Neighbor> all = new ArrayList<>(ipv4.snapshot());
            all.addAll(ipv6.snapshot());
            return all;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Counts what a family's cache did.
     *
     * @param family the family
     * @return the counts so far
     */
    public NeighborStats neighborStats(IpFamily family) {
        lock.lock();
        try {
            return cache(family).stats();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Tells how much waits for a family's neighbours.
     *
     * @param family the family
     * @return the bytes, as counted against the bound
     */
    public int queuedBytes(IpFamily family) {
        lock.lock();
        try {
            return cache(family).queuedBytes();
        } finally {
            lock.unlock();
        }
    }

    /** Stops the timer and sends nothing any more. Idempotent. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            ipv4.clear(false);
            ipv6.clear(false);
        } finally {
            lock.unlock();
        }
        alarm.close(); // not under the lock, which an alarm that is just firing may wait for
        toNetwork.close();
        toHost.close();
    }

    private void onAlarm() {
        lock.lock();
        try {
            armedNanos = Timers.NEVER;
            if (!closed) {
                long now = timers.nowNanos();
                ipv4.onTick(now);
                ipv6.onTick(now);
                rearm();
            }
        } finally {
            lock.unlock();
        }
        drain();
    }

    /** Only ever to an earlier time: an alarm that comes early finds nothing due and is set anew, which is cheaper. */
    private void rearm() {
        long next = Timers.earlier(ipv4.nextDeadlineNanos(), ipv6.nextDeadlineNanos());
        if (next != armedNanos && Timers.earlier(next, armedNanos) == next) {
            armedNanos = next;
            alarm.arm(next);
        }
    }

    private void drain() {
        toNetwork.drain();
        toHost.drainPackets(hostHandler);
    }

    private NeighborCache cache(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    private void reportUnreachable(Packet packet, IcmpError error) {
        IpFamily family = packet.isIpv4() ? IpFamily.IPV4 : IpFamily.IPV6;
        IpAddress from = addresses.own(family);
        if (from == null) {
            return;
        }
        ByteBuffer buffer = toHost.reserve(MAX_ICMP_ERROR_BYTES);
        int length = IcmpErrors.write(packet, from, error, buffer, buffer.position());
        // The limiter last, so that what must not be reported does not use up what may be.
        if (length > 0 && icmpLimiter.tryAcquire(timers.nowNanos())) {
            toHost.commit(buffer, buffer.position(), length);
        }
    }

    /** What one cache asks for, written down. Called under the lock. */
    private final class Sink implements NeighborSink {

        private final IpFamily family;

        Sink(IpFamily family) {
            this.family = family;
        }

        @Override
        public void solicit(long high, long low, long unicastMac) {
            if (family == IpFamily.IPV4) {
                toNetwork.addArpRequest((int) low, unicastMac);
            } else {
                toNetwork.addSolicitation(IpAddress.ofIpv6(high, low), unicastMac);
            }
        }

        @Override
        public void transmit(QueuedPacket packet, long destination) {
            toNetwork.addPacket(packet.viewedBy(queued), destination);
        }

        @Override
        public void unreachable(QueuedPacket packet) {
            stats.receiveDropped(DropReason.UNREACHABLE);
            if (!packet.isOwn()) {
                reportUnreachable(packet.viewedBy(queued), IcmpError.hostUnreachable());
            }
        }

        @Override
        public void shed(DropReason reason) {
            stats.receiveDropped(reason);
        }
    }
}
