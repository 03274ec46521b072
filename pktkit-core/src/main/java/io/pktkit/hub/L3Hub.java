// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.L3Connector;
import io.pktkit.device.L3Device;
import io.pktkit.device.Registration;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.Scratch;
import io.pktkit.internal.ThreadState;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A router between devices: it sends each packet to the device whose address or subnet the destination is in.
 *
 * <p>For a unicast packet from port S to address D, in this order: the device whose own address is D; else the device
 * whose prefix is the longest that contains D, of several the one attached first; and if that prefix is S's own, or there
 * is none, the default route. A packet never goes back to S, and a packet to S's own subnet never to a device whose
 * prefix is merely wider. The hop limit is decremented in a copy, unless the packet may be
 * rewritten where it is. What is longer than the MTU of the device that it goes
 * to is cut into fragments where IPv4 allows it, and dropped else.
 *
 * <p>The header checksum of IPv4 is verified first (RFC 1812 section 5.2.2), and a packet for one receiver that came to all
 * or a group of its link goes no further (section 5.3.4). Broadcasts and multicasts go to all ports but S with the hop
 * limit as it is, since NDP and routing protocols check it. The directed broadcast of a subnet goes to the other devices
 * of that subnet; from outside of it it is dropped, as RFC 2644 wants. Loopback, link-local and other addresses that must
 * not leave their link are never forwarded.
 *
 * <p>Errors go back to S if the hub was given a source address for them, see {@link #setIcmpSource}: Time Exceeded and
 * Packet Too Big, or Fragmentation Needed in IPv4; and, where asked with {@link #setUnreachables}, that there is no route.
 *
 * <p>All methods are for any thread, also from within handlers. See the package description for what holds for all hubs.
 */
public final class L3Hub implements L3Connector, AutoCloseable {

    private static final FailureLog FAILURES = new FailureLog(L3Hub.class, "device behind a port");
    private static final L3HubPort[] NO_PORTS = {};

    private final HubStats stats = new HubStats();
    private final RouterErrors errors;
    private final Object lock = new Object();

    /** The numbers of the ports, guarded by the lock. */
    private final BitSet ids = new BitSet();

    /** Replaced as a whole, under the lock, and the routes with it. */
    private volatile L3HubPort[] ports = NO_PORTS;

    private final PortWatchers<L3HubPort> watchers = new PortWatchers<>(FAILURES);

    private volatile RouteTable routes = new RouteTable(NO_PORTS);
    private volatile @Nullable L3HubPort defaultPort;

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
        this.errors = new RouterErrors(timers, stats);
    }

    /**
     * Attaches a device. Close the port when the device is done; what is sent to it until then counts as refused.
     *
     * @param device the device, which stays the caller's to close; its addresses are its own, also where another device's
     *     are the same
     * @return its port
     * @throws IllegalStateException if somebody is attached to the device already, or it is closed
     */
    @Override
    public L3HubPort connect(L3Device device) {
        L3HubPort port;
        synchronized (lock) {
            port = new L3HubPort(this, device, ids.nextClearBit(0));
            ids.set(port.id());
            L3HubPort[] more = Arrays.copyOf(ports, ports.length + 1);
            more[more.length - 1] = port;
            ports = more;
            routes = new RouteTable(more);
        }
        try {
            port.attach(() -> watchers.tell(port));
        } catch (RuntimeException | Error refused) {
            port.close(); // the device is asked for its addresses when it is attached already
            throw refused;
        }
        return port;
    }

    /**
     * Tells of each port: of those that are there at once, and of each that comes just before its first packet. A capture
     * puts itself on all ports this way, and misses nothing. A port that comes at the very moment of the call may be told
     * twice, and one is told in vain whose device is closed at that moment.
     *
     * @param watcher told on the thread that connects, with no lock held; what it throws is contained and logged
     * @return what ends it
     */
    public Registration watchPorts(Consumer<? super L3HubPort> watcher) {
        return watchers.add(
                watcher, Arrays.stream(ports).filter(L3HubPort::isAttached).toList());
    }

    /**
     * Names the port that gets what no other is for.
     *
     * @param port a port of this hub, or null for none
     * @throws IllegalArgumentException if it is closed or of another hub; the default route is then as before
     */
    public void setDefaultRoute(@Nullable L3HubPort port) {
        synchronized (lock) {
            if (port != null && !Arrays.asList(ports).contains(port)) {
                throw new IllegalArgumentException("port must be an open one of this hub: port=" + port);
            }
            defaultPort = port;
        }
    }

    /** {@return the port that gets what no other is for, or null} */
    public @Nullable L3HubPort defaultRoute() {
        return defaultPort;
    }

    /**
     * Names the address that ICMP errors of its family come from. Without one the hub sends none. Each port has a limit of
     * 100 a second for the errors that go to it.
     *
     * @param source a unicast address
     */
    public void setIcmpSource(IpAddress source) {
        if (!RoutableAddress.isForwardable(source.isIpv4(), source.high(), source.low())) {
            throw new IllegalArgumentException("source must be a unicast address that can be routed: source=" + source);
        }
        errors.source(source.family(), source);
    }

    /**
     * Lets the hub send no more ICMP errors of a family.
     *
     * @param family the family
     */
    public void clearIcmpSource(IpFamily family) {
        errors.source(family, null);
    }

    /**
     * Says whether a sender hears that there is no route to a destination (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1).
     * It tells a stranger what exists, so a new hub is silent.
     *
     * @param send whether it does
     */
    public void setUnreachables(boolean send) {
        errors.unreachables(send);
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

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "L3Hub[ports=" + ports.length + "]";
    }

    void disconnect(L3HubPort port) {
        synchronized (lock) {
            if (port.isClosed()) {
                return;
            }
            port.markClosed();
            ids.clear(port.id());
            if (defaultPort == port) {
                defaultPort = null;
            }
            ports = Arrays.stream(ports).filter(other -> other != port).toArray(L3HubPort[]::new);
            routes = new RouteTable(ports);
        }
    }

    /** Changes what a port knows of its device, and the routes with it. */
    void update(Runnable change) {
        synchronized (lock) {
            change.run();
            routes = new RouteTable(ports);
        }
    }

    void receive(L3HubPort in, Packet packet) {
        ThreadState thread = ThreadState.current();
        if (!packet.isComplete()) {
            stats.countDropped(thread, DropReason.TRUNCATED);
        } else if (in.isClosed()) {
            stats.countDropped(thread, DropReason.CLOSED);
        } else if (packet.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            stats.countDropped(thread, DropReason.BAD_CHECKSUM);
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
        FamilyRoutes family = routes.of(v4);
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
            directedBroadcast(thread, in, family, broadcast, packet);
            return;
        }
        if (packet.linkCast() != LinkCast.UNICAST) {
            stats.countDropped(thread, DropReason.LINK_BROADCAST);
            return;
        }
        L3HubPort out = owner != null ? owner : route(in, family, high, low);
        if (out == null || out == in) {
            stats.countDropped(thread, DropReason.NO_ROUTE);
            if (out == null) {
                errors.noRoute(thread, in, packet);
            }
            return;
        }
        unicast(thread, in, out, packet);
    }

    private @Nullable L3HubPort route(L3HubPort in, FamilyRoutes family, long high, long low) {
        Route longest = family.longest(high, low);
        return longest == null || family.isIn(in, longest) ? defaultPort : longest.first();
    }

    /** Whether the hub would send a packet to this address out of the given port. */
    private boolean leadsTo(L3HubPort port, FamilyRoutes family, long high, long low) {
        L3HubPort owner = family.owner(high, low);
        if (owner != null) {
            return owner == port;
        }
        Route longest = family.longest(high, low);
        return longest != null ? family.isIn(port, longest) : defaultPort == port;
    }

    private boolean isGroupSourceOf(L3HubPort in, FamilyRoutes family, Packet packet) {
        long high = packet.sourceHigh();
        long low = packet.sourceLow();
        return RoutableAddress.isLocalOrNone(packet.isIpv4(), high, low) || leadsTo(in, family, high, low);
    }

    private void unicast(ThreadState thread, L3HubPort in, L3HubPort out, Packet packet) {
        if (packet.hopLimit() <= 1) {
            stats.countDropped(thread, DropReason.TTL_EXPIRED);
            errors.send(thread, in, packet, IcmpError.timeExceeded());
            return;
        }
        int length = packet.totalLength();
        boolean fits = length <= out.mtu() || packet.wireLength() <= out.mtu();
        if (fits && packet.isRewritable() && packet.length() == length) {
            packet.decrementHopLimit();
            stats.countForwarded(thread);
            transmit(thread, out, packet);
            return;
        }
        Scratch scratch = thread.scratch();
        ByteBuffer copy = scratch.buffer(Scratch.ROUTED, length);
        copy.put(0, packet.buffer(), packet.offset(), length);
        Packet routed = scratch.packet(Scratch.ROUTED).wrap(copy, 0, length);
        routed.decrementHopLimit();
        routed.segmentSize(packet.segmentSize()).checksumPending(packet.checksumPending());
        if (!fits) {
            fragment(thread, in, out, routed, packet);
            return;
        }
        stats.countForwarded(thread);
        transmit(thread, out, routed);
    }

    private void fragment(ThreadState thread, L3HubPort in, L3HubPort out, Packet routed, Packet packet) {
        Fragmenter.Result result = Fragments.make(thread, out, routed, piece -> transmit(thread, out, piece));
        if (result == Fragmenter.Result.FRAGMENTED) {
            stats.countForwarded(thread);
            return;
        }
        stats.countDropped(thread, DropReason.TOO_BIG);
        if (result == Fragmenter.Result.DONT_FRAGMENT) {
            errors.send(thread, in, packet, IcmpError.packetTooBig(out.mtu()));
        }
    }

    private void directedBroadcast(ThreadState thread, L3HubPort in, FamilyRoutes family, Route first, Packet packet) {
        for (Route route = first; route != null; route = route.sameBroadcast) {
            if (family.isIn(in, route)) {
                flood(thread, in, route.ports().toArray(NO_PORTS), packet);
                return;
            }
        }
        stats.countDropped(thread, DropReason.FILTERED);
    }

    private void flood(ThreadState thread, L3HubPort in, L3HubPort[] to, Packet packet) {
        packet.keep();
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

    /** A port that refuses or throws costs itself the packet and starves no other. */
    private void transmit(ThreadState thread, L3HubPort out, Packet packet) {
        try {
            if (!OffloadFinisher.send(out, packet, thread)) {
                stats.countRefused(thread);
            }
        } catch (Throwable failure) {
            stats.countRefused(thread);
            FAILURES.record(failure);
        }
    }
}
