// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.L2Connector;
import io.pktkit.device.L2Device;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.RateLimiter;
import java.util.Arrays;

/**
 * An Ethernet switch: it learns which station is behind which port, and sends each frame there or to all.
 *
 * <p>A frame for a known station goes to its port; one for a group or for an unknown station goes to all ports of its
 * VLAN but the one that it came from. Stations are known by VLAN and address, for five minutes after they were last seen.
 * At most 8192 are known, and 1024 behind one port; the frames of more are flooded. {@link HubPort} has the settings of
 * one port: VLANs, limits, security.
 *
 * <p>There is no spanning tree. A frame that runs in a circle is cut at a depth, see {@link #setMaxForwardDepth}, and
 * counted; the bridge group addresses {@code 01-80-C2-00-00-0x} are flooded as other groups are, so that the spanning
 * tree of real switches sees a circle through this one.
 *
 * <p>All methods are for any thread, also from within handlers. See the package description for what holds for all hubs.
 */
public final class L2Hub implements L2Connector, AutoCloseable {

    static final VlanRules TRANSPARENT = new VlanRules(PortMode.transparent());

    private static final FailureLog FAILURES = new FailureLog(L2Hub.class, "device behind a port");

    private final Timers timers;
    private final HubStats stats = new HubStats();
    private final ForwardingTable table;

    /** Replaced as a whole, under the table's monitor, so that a flood goes over the ports of one moment. */
    private volatile HubPort[] ports = new HubPort[0];

    private volatile int maxDepth = ForwardingDepth.DEFAULT_LIMIT;

    /** Creates a hub without ports that ages its stations by the clock of the system. */
    public L2Hub() {
        this(SystemTimers.shared());
    }

    /**
     * Creates a hub without ports.
     *
     * @param timers the clock by which it ages its stations
     */
    public L2Hub(Timers timers) {
        this.timers = timers;
        this.table = new ForwardingTable(timers, stats);
    }

    /**
     * Attaches a device and takes over its handler. Close the port when the device is done; what is sent to it until then
     * counts as refused.
     *
     * @param device the device, which stays the caller's to close
     * @return its port, transparent for VLANs
     * @throws IllegalArgumentException if the device is attached here already
     */
    @Override
    @SuppressWarnings("ReferenceEquality") // the very device: what equals it is another cable
    public HubPort connect(L2Device device) {
        HubPort port = new HubPort(this, device);
        synchronized (table) {
            for (HubPort other : ports) {
                if (other.device() == device) {
                    throw new IllegalArgumentException("device is attached already: device=" + device);
                }
            }
            HubPort[] more = Arrays.copyOf(ports, ports.length + 1);
            more[more.length - 1] = port;
            ports = more;
        }
        device.setHandler(port::onFrame);
        return port;
    }

    /**
     * Limits how many hubs and links a frame may pass that comes by here. Within a chain the highest limit of its members
     * holds.
     *
     * @param depth 1 to {@link ForwardingDepth#MAX_LIMIT}; a new hub has {@link ForwardingDepth#DEFAULT_LIMIT}
     */
    public void setMaxForwardDepth(int depth) {
        if (depth < 1 || depth > ForwardingDepth.MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "depth must be in [1, " + ForwardingDepth.MAX_LIMIT + "]: depth=" + depth);
        }
        maxDepth = depth;
    }

    /** Detaches all devices, which stay open. The hub can be used again. */
    @Override
    public void close() {
        for (HubPort port : ports) {
            port.close();
        }
    }

    /** {@return the live counters, the same object on each call} */
    public HubStats stats() {
        return stats;
    }

    /** {@return how many stations are known} */
    public int macTableSize() {
        return table.size();
    }

    /** {@return how many devices are attached} */
    public int portCount() {
        return ports.length;
    }

    ForwardingTable table() {
        return table;
    }

    void disconnect(HubPort port) {
        synchronized (table) {
            if (port.isClosed()) {
                return;
            }
            port.markClosed();
            table.hold(port, null);
            HubPort[] now = ports;
            HubPort[] fewer = new HubPort[now.length - 1];
            int kept = 0;
            for (HubPort other : now) {
                if (other != port) {
                    fewer[kept] = other;
                    kept++;
                }
            }
            ports = fewer;
        }
    }

    void receive(HubPort in, Frame frame) {
        ThreadState thread = ThreadState.current();
        if (!frame.isValid()) {
            stats.countDropped(thread, DropReason.TRUNCATED);
        } else if (in.isClosed()) {
            stats.countDropped(thread, DropReason.CLOSED);
        } else if (!thread.enter(maxDepth)) {
            stats.countDropped(thread, DropReason.LOOP);
        } else {
            try {
                forward(thread, in, frame);
            } finally {
                thread.leave();
            }
        }
    }

    private void forward(ThreadState thread, HubPort in, Frame frame) {
        VlanRules rules = in.rules();
        int vlan = rules.ingress(frame);
        if (vlan == VlanRules.DROP) {
            stats.countDropped(thread, DropReason.VLAN);
            return;
        }
        if (!table.see(in, rules, vlan, frame.sourceMac())) {
            stats.countDropped(thread, DropReason.PORT_SECURITY);
            return;
        }
        long destination = frame.destinationMac();
        if (!MacAddress.isMulticast(destination)) {
            HubPort out = table.find(vlan, destination);
            if (out != null && !out.isClosed()) {
                unicast(thread, in, out, vlan, frame);
                return;
            }
        }
        flood(thread, in, vlan, frame);
    }

    private void unicast(ThreadState thread, HubPort in, HubPort out, int vlan, Frame frame) {
        if (out == in || (in.isIsolated() && out.isIsolated())) {
            stats.countDropped(thread, DropReason.FILTERED);
            return;
        }
        VlanRules rules = out.rules();
        int form = rules.carries(vlan) ? rules.egress(vlan, frame) : VlanRules.DROP;
        if (form == VlanRules.DROP) {
            stats.countDropped(thread, DropReason.VLAN);
            return;
        }
        stats.countForwarded(thread);
        Frame shaped = frame;
        if (form == VlanRules.UNTAG) {
            shaped = VlanRewriter.untagged(thread.scratch(), frame);
        } else if (form == VlanRules.TAG) {
            shaped = VlanRewriter.tagged(thread.scratch(), frame, vlan);
        }
        transmit(thread, out, shaped);
    }

    private void flood(ThreadState thread, HubPort in, int vlan, Frame frame) {
        RateLimiter limit = in.floodLimit();
        if (limit != null && !limit.tryAcquire(timers.nowNanos())) {
            stats.countDropped(thread, DropReason.RATE_LIMITED);
            return;
        }
        boolean isolated = in.isIsolated();
        Frame untagged = null;
        Frame tagged = null;
        int copies = 0;
        for (HubPort out : ports) {
            VlanRules rules = out.rules();
            if (out == in || (isolated && out.isIsolated()) || !rules.carries(vlan)) {
                continue;
            }
            int form = rules.egress(vlan, frame);
            if (form == VlanRules.DROP) {
                continue;
            }
            copies++;
            if (form == VlanRules.UNTAG) {
                untagged = untagged == null ? VlanRewriter.untagged(thread.scratch(), frame) : untagged;
                transmit(thread, out, untagged);
            } else if (form == VlanRules.TAG) {
                tagged = tagged == null ? VlanRewriter.tagged(thread.scratch(), frame, vlan) : tagged;
                transmit(thread, out, tagged);
            } else {
                transmit(thread, out, frame);
            }
        }
        if (copies == 0) {
            stats.countDropped(thread, DropReason.NO_RECEIVER);
        } else {
            stats.countFlooded(thread, frame.isMulticast(), frame.isBroadcast());
        }
    }

    /** A port that refuses or throws costs itself the frame and starves no other. */
    private void transmit(ThreadState thread, HubPort out, Frame frame) {
        try {
            if (!OffloadFinisher.send(out.device(), frame, thread)) {
                stats.countRefused(thread);
            }
        } catch (Throwable failure) {
            stats.countRefused(thread);
            FAILURES.record(failure);
        }
    }
}
