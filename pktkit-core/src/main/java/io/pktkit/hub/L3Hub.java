// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.L3Connector;
import io.pktkit.device.L3Device;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.Scratch;
import io.pktkit.internal.ThreadState;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A router between devices: it sends each packet to the device whose address or subnet the destination is in.
 *
 * <p>For a unicast packet from port S to address D, in this order: the device whose own address is D; else the device
 * whose prefix is the longest that contains D, of several the one attached first; and if that prefix is S's own, or there
 * is none, the default route. A packet never goes back to S, and a packet to S's own subnet never to a device whose
 * prefix is merely wider. The hop limit is decremented in a copy. Where it ran out, an ICMP Time Exceeded goes back to S
 * if the hub was given a source address for it, 100 a second at most for each port; without one the hub stays silent.
 *
 * <p>Broadcasts and multicasts go to all ports but S with the hop limit as it is, since NDP and routing protocols check
 * it. The directed broadcast of a subnet goes to the other devices of that subnet; from outside of it it is dropped, as
 * RFC 2644 wants. Loopback, link-local and other addresses that must not leave their link are never forwarded.
 *
 * <p>All methods are for any thread, also from within handlers. See the package description for what holds for all hubs.
 */
public final class L3Hub implements L3Connector, AutoCloseable {

    private static final FailureLog FAILURES = new FailureLog(L3Hub.class, "device behind a port");

    private final Timers timers;
    private final HubStats stats = new HubStats();
    private final Object lock = new Object();

    /** Replaced as a whole, under the lock. */
    private volatile L3HubPort[] ports = new L3HubPort[0];

    private volatile RouteTable routes = RouteTable.STALE;
    private volatile @Nullable L3HubPort defaultPort;
    private volatile @Nullable IpAddress icmpSource4;
    private volatile @Nullable IpAddress icmpSource6;

    /** Creates a hub without ports, on the clock of the system. */
    public L3Hub() {
        this(SystemTimers.shared());
    }

    /**
     * Creates a hub without ports.
     *
     * @param timers the clock by which it limits ICMP errors
     */
    public L3Hub(Timers timers) {
        this.timers = timers;
    }

    /**
     * Attaches a device and takes over its handler. Close the port when the device is done; what is sent to it until then
     * counts as refused.
     *
     * @param device the device, which stays the caller's to close; its addresses are its own, also where another device's
     *     are the same
     * @return its port
     * @throws IllegalArgumentException if the device is attached here already
     */
    @Override
    public L3HubPort connect(L3Device device) {
        L3HubPort port = new L3HubPort(this, device);
        synchronized (lock) {
            if (find(device) != null) {
                throw new IllegalArgumentException("device is attached already: device=" + device);
            }
            L3HubPort[] more = Arrays.copyOf(ports, ports.length + 1);
            more[more.length - 1] = port;
            ports = more;
        }
        device.setHandler(port::onPacket);
        return port;
    }

    /**
     * Names the device that gets what no other is for.
     *
     * @param device an attached device, or null for none
     * @return false if the device is not attached here; the default route is then as before
     */
    public boolean setDefaultRoute(@Nullable L3Device device) {
        synchronized (lock) {
            L3HubPort port = device == null ? null : find(device);
            if (device != null && port == null) {
                return false;
            }
            defaultPort = port;
            return true;
        }
    }

    /**
     * Names the address that ICMP errors of its family come from. Without one the hub sends none.
     *
     * @param source a unicast address
     */
    public void setIcmpSource(IpAddress source) {
        if (!RoutableAddress.isForwardable(source.isIpv4(), source.high(), source.low())) {
            throw new IllegalArgumentException("source must be a unicast address that can be routed: source=" + source);
        }
        if (source.isIpv4()) {
            icmpSource4 = source;
        } else {
            icmpSource6 = source;
        }
    }

    /**
     * Lets the hub send no more ICMP errors of a family.
     *
     * @param family the family
     */
    public void clearIcmpSource(IpFamily family) {
        if (family == IpFamily.IPV4) {
            icmpSource4 = null;
        } else {
            icmpSource6 = null;
        }
    }

    /** Detaches all devices, which stay open. The hub can be used again. */
    @Override
    public void close() {
        for (L3HubPort port : ports) {
            port.close();
        }
    }

    /** {@return the live counters, the same object on each call} */
    public HubStats stats() {
        return stats;
    }

    /** {@return how many devices are attached} */
    public int portCount() {
        return ports.length;
    }

    void disconnect(L3HubPort port) {
        synchronized (lock) {
            if (port.isClosed()) {
                return;
            }
            port.markClosed();
            if (defaultPort == port) {
                defaultPort = null;
            }
            ports = Arrays.stream(ports).filter(other -> other != port).toArray(L3HubPort[]::new);
        }
    }

    void receive(L3HubPort in, Packet packet) {
        ThreadState thread = ThreadState.current();
        if (!packet.isComplete()) {
            stats.countDropped(thread, DropReason.TRUNCATED);
        } else if (in.isClosed()) {
            stats.countDropped(thread, DropReason.CLOSED);
        } else if (!thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
            stats.countDropped(thread, DropReason.LOOP);
        } else {
            try {
                forward(thread, in, packet);
            } finally {
                thread.leave();
            }
        }
    }

    private void forward(ThreadState thread, L3HubPort in, Packet packet) {
        boolean v4 = packet.isIpv4();
        long high = packet.destinationHigh();
        long low = packet.destinationLow();
        FamilyRoutes family = routes().of(v4);
        if (packet.isMulticast() || packet.isBroadcast()) {
            if (!RoutableAddress.isGroupSource(v4, packet.sourceHigh(), packet.sourceLow())
                    || RoutableAddress.isInterfaceLocalGroup(v4, high)) {
                stats.countDropped(thread, DropReason.MARTIAN);
            } else if (in.hasReversePathCheck() && !isGroupSourceOf(in, family, packet)) {
                stats.countDropped(thread, DropReason.REVERSE_PATH);
            } else {
                flood(thread, in, ports, packet);
            }
            return;
        }
        if (!RoutableAddress.isForwardable(v4, high, low)
                || !RoutableAddress.isForwardable(v4, packet.sourceHigh(), packet.sourceLow())) {
            stats.countDropped(thread, DropReason.MARTIAN);
            return;
        }
        if (in.hasReversePathCheck() && !leadsTo(in, family, packet.sourceHigh(), packet.sourceLow())) {
            stats.countDropped(thread, DropReason.REVERSE_PATH);
            return;
        }
        L3HubPort owner = family.owner(high, low);
        Route broadcast = owner == null ? family.broadcast(high, low) : null;
        if (broadcast != null) {
            directedBroadcast(thread, in, broadcast, packet);
            return;
        }
        L3HubPort out = owner != null ? owner : route(in, family, high, low);
        if (out == null || out == in) {
            stats.countDropped(thread, DropReason.NO_ROUTE);
            return;
        }
        unicast(thread, in, out, packet);
    }

    private @Nullable L3HubPort route(L3HubPort in, FamilyRoutes family, long high, long low) {
        Route longest = family.longest(high, low);
        return longest == null || longest.has(in) ? defaultPort : longest.first();
    }

    /** Whether the hub would send a packet to this address out of the given port. */
    private boolean leadsTo(L3HubPort port, FamilyRoutes family, long high, long low) {
        L3HubPort owner = family.owner(high, low);
        if (owner != null) {
            return owner == port;
        }
        Route longest = family.longest(high, low);
        return longest != null ? longest.has(port) : defaultPort == port;
    }

    private boolean isGroupSourceOf(L3HubPort in, FamilyRoutes family, Packet packet) {
        long high = packet.sourceHigh();
        long low = packet.sourceLow();
        return RoutableAddress.isLocalOrNone(packet.isIpv4(), high, low) || leadsTo(in, family, high, low);
    }

    private void unicast(ThreadState thread, L3HubPort in, L3HubPort out, Packet packet) {
        if (packet.hopLimit() <= 1) {
            stats.countDropped(thread, DropReason.TTL_EXPIRED);
            sendTimeExceeded(thread, in, packet);
            return;
        }
        int length = packet.totalLength();
        Scratch scratch = thread.scratch();
        ByteBuffer copy = scratch.buffer(Scratch.ROUTED, length);
        copy.put(0, packet.buffer(), packet.offset(), length);
        Packet routed = scratch.packet(Scratch.ROUTED).wrap(copy, 0, length);
        routed.decrementHopLimit();
        routed.segmentSize(packet.segmentSize()).checksumPending(packet.checksumPending());
        stats.countForwarded(thread);
        transmit(thread, out, routed);
    }

    private void directedBroadcast(ThreadState thread, L3HubPort in, Route first, Packet packet) {
        for (Route route = first; route != null; route = route.sameBroadcast) {
            if (route.has(in)) {
                flood(thread, in, route.ports(), packet);
                return;
            }
        }
        stats.countDropped(thread, DropReason.FILTERED);
    }

    private void flood(ThreadState thread, L3HubPort in, L3HubPort[] to, Packet packet) {
        int copies = 0;
        for (L3HubPort out : to) {
            if (out != in && !out.isClosed()) {
                copies++;
                transmit(thread, out, packet);
            }
        }
        if (copies == 0) {
            stats.countDropped(thread, DropReason.NO_RECEIVER);
        } else {
            stats.countFlooded(thread, packet.isMulticast(), !packet.isMulticast());
        }
    }

    private void sendTimeExceeded(ThreadState thread, L3HubPort to, Packet packet) {
        IpAddress source = packet.isIpv4() ? icmpSource4 : icmpSource6;
        if (source == null || packet.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            return;
        }
        Scratch scratch = thread.scratch();
        ByteBuffer error = scratch.buffer(Scratch.ERROR, IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(packet, source, IcmpError.timeExceeded(), error, 0);
        // The limiter is asked last, so that what must not be answered uses up nothing.
        if (length > 0 && to.errorLimit().tryAcquire(timers.nowNanos())) {
            stats.countError(thread);
            transmit(thread, to, scratch.packet(Scratch.ERROR).wrap(error, 0, length));
        }
    }

    /** A port that refuses or throws costs itself the packet and starves no other. */
    private void transmit(ThreadState thread, L3HubPort out, Packet packet) {
        try {
            if (!OffloadFinisher.send(out.device(), packet, thread)) {
                stats.countRefused(thread);
            }
        } catch (Throwable failure) {
            stats.countRefused(thread);
            FAILURES.record(failure);
        }
    }

    /** The routes to the present ports and addresses. They are built without the lock, because devices are asked. */
    private RouteTable routes() {
        RouteTable now = routes;
        L3HubPort[] snapshot = ports;
        if (!now.isCurrent(snapshot)) {
            now = new RouteTable(snapshot);
            routes = now;
        }
        return now;
    }

    @SuppressWarnings("ReferenceEquality") // the very device: what equals it is another cable
    private @Nullable L3HubPort find(L3Device device) {
        for (L3HubPort port : ports) {
            if (port.device() == device) {
                return port;
            }
        }
        return null;
    }
}
