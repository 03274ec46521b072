// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.L2Connector;
import io.pktkit.device.L2Device;
import io.pktkit.device.Registration;
import io.pktkit.hub.guard.internal.PortGuard;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.RateLimiter;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An Ethernet switch: it learns which station is behind which port, and sends each frame there or to all.
 *
 * <p>A frame for a known station goes to its port; one for a group or for an unknown station goes to all ports of its
 * VLAN but the one that it came from. Stations are known by VLAN and address, for five minutes after they were last seen.
 * At most 8192 are known, and 1024 behind one port; the frames of more are flooded. {@link HubPort} has the settings of
 * one port: VLANs, limits, security, and the guard of a port to a guest that is not trusted.
 *
 * <p>A station that shows up behind another port moves there once it has been silent behind the present one for half a
 * second after the first frame there. One that goes on talking stays, so that nobody takes a busy station's address;
 * see {@link HubStats#movesDamped()}. Addresses that must not move at all, such as those of a gateway, are held by
 * {@link PortSecurity#only}: frames for them go to the port that holds them and nowhere else, even before the station has
 * said a word, and frames from them are dropped on all other ports.
 *
 * <p>There is no spanning tree. A frame that runs in a circle is cut at a depth, see {@link #setMaxForwardDepth}, and
 * counted; the bridge group addresses {@code 01-80-C2-00-00-0x} are flooded as other groups are, so that the spanning
 * tree of real switches sees a circle through this one.
 *
 * <p>All methods are for any thread, also from within handlers. See the package description for what holds for all hubs.
 */
public final class L2Hub implements L2Connector, AutoCloseable {

    static final VlanRules TRANSPARENT = new VlanRules(PortMode.transparent(), null);

    static final FailureLog FAILURES = new FailureLog(L2Hub.class, "device behind a port");

    private final Timers timers;
    private final HubStats stats = new HubStats();
    private final ForwardingTable table;

    /** Replaced as a whole, under the table's monitor, so that a flood goes over the ports of one moment. */
    private volatile HubPort[] ports = new HubPort[0];

    private final PortWatchers<HubPort> watchers = new PortWatchers<>(FAILURES);

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
     * Attaches a device. Close the port when the device is done; what is sent to it until then counts as refused.
     *
     * @param device the device, which stays the caller's to close
     * @return its port, transparent for VLANs
     * @throws IllegalStateException if somebody is attached to the device already, or it is closed
     */
    @Override
    public HubPort connect(L2Device device) {
        return connect(device, port -> {});
    }

    /**
     * Attaches a device to a port that has its settings from the first frame on.
     *
     * @param device the device, which stays the caller's to close
     * @param settings applied to the port before the device is attached; what it throws is thrown, and nothing is attached
     * @return its port
     * @throws IllegalStateException if somebody is attached to the device already, or it is closed
     */
    public HubPort connect(L2Device device, Consumer<? super HubPort> settings) {
        HubPort port = new HubPort(this, device);
        synchronized (table) {
            HubPort[] more = Arrays.copyOf(ports, ports.length + 1);
            more[more.length - 1] = port;
            ports = more;
        }
        try {
            settings.accept(port);
            port.attach(() -> watchers.tell(port));
        } catch (RuntimeException | Error refused) {
            disconnect(port);
            throw refused;
        }
        return port;
    }

    /**
     * Tells of each port: of those that are there at once, and of each that comes just before its first frame. A capture
     * puts itself on all ports this way, and misses nothing. A port that comes at the very moment of the call may be told
     * twice, and one is told in vain whose device is closed at that moment.
     *
     * @param watcher told on the thread that connects, with no lock held; what it throws is contained and logged
     * @return what ends it
     */
    public Registration watchPorts(Consumer<? super HubPort> watcher) {
        return watchers.add(
                watcher, Arrays.stream(ports).filter(HubPort::isAttached).toList());
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

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "L2Hub[ports=" + ports.length + "]";
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
        port.clearGuest();
    }

    void receive(HubPort in, Frame frame) {
        ThreadState thread = ThreadState.current();
        if (!frame.isValid()) {
            drop(thread, in, DropReason.TRUNCATED);
        } else if (in.isClosed()) {
            drop(thread, in, DropReason.CLOSED);
        } else if (!thread.enter(maxDepth)) {
            drop(thread, in, DropReason.LOOP);
        } else {
            try {
                forward(thread, in, frame);
            } finally {
                thread.leave();
            }
        }
    }

    /** Sends what a guard asks the stations behind a port. */
    void ask(HubPort out, int heard, Frame question) {
        ThreadState thread = ThreadState.current();
        VlanRules rules = out.rules();
        int vlan = rules.guestVlan(heard);
        if (out.isClosed() || !rules.carries(vlan) || !thread.enter(maxDepth)) {
            return;
        }
        try {
            boolean tag = rules.egress(vlan, question) == VlanRules.TAG;
            transmit(thread, out, tag ? VlanRewriter.tagged(thread.scratch(), question, vlan) : question);
        } finally {
            thread.leave();
        }
    }

    private void forward(ThreadState thread, HubPort in, Frame frame) {
        VlanRules rules = in.rules();
        int vlan = rules.ingress(frame);
        if ((vlan & ~VlanRules.MAX_VLAN) != 0) {
            forwardGuest(thread, in, rules, vlan, frame);
            return;
        }
        DropReason refusal = table.see(in, rules, vlan, frame.sourceMac());
        if (refusal == null) {
            relay(thread, in, vlan, frame);
        } else {
            drop(thread, in, refusal);
        }
    }

    /** For what is not of a VLAN, or must be judged. Apart, because other frames must not pay for it. */
    private void forwardGuest(ThreadState thread, HubPort in, VlanRules rules, int vlanOrDrop, Frame frame) {
        PortGuard guard = rules.guard();
        if (vlanOrDrop == VlanRules.DROP || guard == null) {
            drop(thread, in, DropReason.VLAN);
            return;
        }
        int vlan = vlanOrDrop & VlanRules.MAX_VLAN;
        DropReason refusal = seeGuest(thread, guard, in, rules, vlan, frame);
        if (refusal == null) {
            relay(thread, in, vlan, frame);
        } else {
            drop(thread, in, refusal);
        }
    }

    private void relay(ThreadState thread, HubPort in, int vlan, Frame frame) {
        long destination = frame.destinationMac();
        if (!MacAddress.isMulticast(destination)) {
            HubPort out = table.find(vlan, destination);
            if (out != null && !out.isClosed()) {
                unicast(thread, in, out, vlan, frame);
                return;
            }
            HubPort holder = table.holder(destination);
            if (holder != null) {
                unicast(thread, in, holder, vlan, frame);
                return;
            }
        }
        flood(thread, in, vlan, frame);
    }

    /** A frame that plainly lies teaches nothing, and one whose station may not be here claims no address. */
    private @Nullable DropReason seeGuest(
            ThreadState thread, PortGuard guard, HubPort in, VlanRules rules, int vlan, Frame frame) {
        PortGuard.Verdict verdict = guard.judge(thread, frame);
        if (verdict == PortGuard.Verdict.DROP) {
            return DropReason.GUARDED;
        }
        long station = frame.sourceMac();
        DropReason refusal = table.see(in, rules, vlan, station);
        if (refusal == DropReason.MOVE_DAMPED) {
            HubPort owner = table.find(vlan, station);
            PortGuard ownGuard = owner == null ? null : owner.rules().guard();
            if (ownGuard != null) {
                ownGuard.rouse(station); // a station that answers has not moved
            }
        }
        if (refusal != null || verdict == PortGuard.Verdict.PASS) {
            return refusal;
        }
        boolean granted = verdict == PortGuard.Verdict.CLAIM && guard.claim(thread, vlan, frame);
        return granted ? null : DropReason.GUARDED;
    }

    private void drop(ThreadState thread, HubPort in, DropReason reason) {
        stats.countDropped(thread, reason);
        in.countDropped(thread, reason);
    }

    private void unicast(ThreadState thread, HubPort in, HubPort out, int vlan, Frame frame) {
        if (out == in || (in.isIsolated() && out.isIsolated())) {
            drop(thread, in, DropReason.FILTERED);
            return;
        }
        VlanRules rules = out.rules();
        int form = rules.carries(vlan) ? rules.egress(vlan, frame) : VlanRules.DROP;
        if (form == VlanRules.DROP) {
            drop(thread, in, DropReason.VLAN);
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
            drop(thread, in, DropReason.RATE_LIMITED);
            return;
        }
        frame.keep();
        boolean isolated = in.isIsolated();
        Frame untagged = null;
        Frame tagged = null;
        boolean reached = false;
        for (HubPort out : ports) {
            VlanRules rules = out.rules();
            if (out == in || (isolated && out.isIsolated()) || !rules.carries(vlan)) {
                continue;
            }
            int form = rules.egress(vlan, frame);
            if (form == VlanRules.DROP) {
                continue;
            }
            reached = true;
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
        if (reached) {
            stats.countFlooded(thread, frame.isMulticast(), frame.isBroadcast());
        } else {
            drop(thread, in, DropReason.NO_RECEIVER);
        }
    }

    /** A port that refuses or throws costs itself the frame and starves no other. */
    private void transmit(ThreadState thread, HubPort out, Frame frame) {
        try {
            if (!OffloadFinisher.send(out, frame, thread)) {
                stats.countRefused(thread);
            }
        } catch (Throwable failure) {
            stats.countRefused(thread);
            FAILURES.record(failure);
        }
    }
}
