// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.device.Interposer;
import io.pktkit.device.L2Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.hub.guard.internal.BindingTable;
import io.pktkit.hub.guard.internal.PortGuard;
import io.pktkit.internal.DropCounters;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Frame;
import io.pktkit.wire.RateLimiter;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A device's place on an {@link L2Hub}. Any thread; what is changed here holds for frames that come in from then on. */
public final class HubPort implements Attachment<Frame> {

    private final L2Hub hub;
    private final L2Device device;

    /** Null while the port is being made. */
    private volatile @Nullable Attachment<Frame> attachment;

    private volatile VlanRules rules = L2Hub.TRANSPARENT;
    private volatile @Nullable PortSecurity security;
    private volatile @Nullable RateLimiter floodLimit;
    private volatile int macLimit = ForwardingTable.MAX_ENTRIES_PER_PORT;
    private volatile boolean isolated;
    private volatile boolean closed;

    /** What came in here and went nowhere. */
    private final DropCounters drops = new DropCounters();

    /** How many stations the table has for this port. Written under the table's monitor. */
    private volatile int learned;

    /** How many of them the port's settings name. Guarded by the table's monitor. */
    private int learnedFixed;

    HubPort(L2Hub hub, L2Device device) {
        this.hub = hub;
        this.device = device;
    }

    /** Last, when the port is in its place: when the hub has told of it frames come, whose answers find it. */
    void attach(Runnable tell) {
        device.attach(new FromDevice(), place -> {
            attachment = place;
            tell.run();
        });
    }

    /** Whether the port is in its place, or was. */
    boolean isAttached() {
        return attachment != null;
    }

    /** {@return the device that is attached here} */
    @Override
    public L2Device device() {
        return device;
    }

    /** Sends into the device past the hub: nothing is learned, and the frame leaves as it is. */
    @Override
    public boolean send(Frame frame) {
        Attachment<Frame> place = attachment;
        return place != null && place.send(frame);
    }

    @Override
    public Registration interpose(Interposer<Frame> interposer) {
        return Objects.requireNonNull(attachment).interpose(interposer);
    }

    /** {@return which VLANs the port carries} */
    public PortMode mode() {
        return rules.mode();
    }

    /**
     * Changes which VLANs the port carries, and forgets the stations that were learned here.
     *
     * @param mode the mode; a new port has {@link PortMode#transparent()}
     */
    public void setMode(PortMode mode) {
        synchronized (hub.table()) {
            rules = rules(mode, rules.guard());
            hub.table().forget(this);
        }
    }

    /** {@return how many stations are learned on this port at most} */
    public int macLimit() {
        return macLimit;
    }

    /**
     * Limits how many stations are learned here. What the port has already learned stays until it ages.
     *
     * @param limit 0 or more; the whole table, 8192, is a limit in any case. A new port has 1024.
     */
    public void setMacLimit(int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit must not be negative: limit=" + limit);
        }
        macLimit = limit;
    }

    /** {@return how many stations are learned on this port} */
    public int macCount() {
        return learned;
    }

    /** {@return the settings that say which addresses may be used here, or null if any may} */
    public @Nullable PortSecurity security() {
        return security;
    }

    /**
     * Says which addresses may be used here, and forgets what was learned on this port.
     *
     * @param security the settings, or null to let any address in
     * @throws IllegalArgumentException if another port holds one of the fixed addresses; nothing changes then
     */
    public void setSecurity(@Nullable PortSecurity security) {
        synchronized (hub.table()) {
            if (!closed) {
                hub.table().hold(this, security);
            }
            this.security = security;
        }
    }

    /**
     * Makes this a port to a guest that is not trusted: what comes in is judged as {@link GuestProfile} says, by the
     * addresses that are bound to this port. It also sets the port's security, to as many stations as the profile allows,
     * and its flood limit; change them afterwards if need be. What an earlier profile had found out is forgotten.
     *
     * @param profile what the guest may do
     * @param bindings who has which address; one for all ports of a network
     */
    public void setGuest(GuestProfile profile, AddressBindings bindings) {
        PortGuard next =
                new PortGuard((BindingTable) bindings, profile, (vlan, question) -> hub.ask(this, vlan, question));
        setSecurity(new PortSecurity(profile.maxStations(), false, Set.of(), PortSecurity.Violation.DROP));
        setFloodLimit(profile.floodsPerSecond(), profile.floodBurst());
        replaceGuard(next);
    }

    /** Trusts what comes in here again, as a new port does. Security and flood limit stay. Idempotent. */
    public void clearGuest() {
        replaceGuard(null);
    }

    /** {@return whether what comes in here is judged as that of a guest} */
    public boolean isGuest() {
        return rules.guard() != null;
    }

    /**
     * Messages from this port that its guard dropped for one reason. All of them together are
     * {@link #dropped dropped(GUARDED)}.
     *
     * @param reason why
     * @return the count since the port became a guest's; 0 if it is none
     */
    public long guarded(GuardReason reason) {
        PortGuard judge = rules.guard();
        return judge == null ? 0 : judge.dropped(reason);
    }

    /**
     * Messages from this port that went nowhere for one reason.
     *
     * @param reason why
     * @return the count
     */
    public long dropped(DropReason reason) {
        return drops.get(reason);
    }

    /** {@return whether the port exchanges nothing with other isolated ports} */
    public boolean isIsolated() {
        return isolated;
    }

    /**
     * Keeps stations apart that share a network, as a private VLAN does: no frame goes from an isolated port to an isolated
     * port. They all reach the ports that are not isolated, such as the one of the gateway.
     *
     * @param isolated whether the port is isolated; a new port is not
     */
    public void setIsolated(boolean isolated) {
        this.isolated = isolated;
    }

    /**
     * Limits how many frames from this port are flooded: broadcasts, multicasts, and those for unknown stations.
     *
     * @param perSecond how many in a second
     * @param burst how many at once
     */
    public void setFloodLimit(int perSecond, int burst) {
        floodLimit = new RateLimiter(perSecond, burst);
    }

    /** Lets the port flood without a limit, as a new port does. */
    public void clearFloodLimit() {
        floodLimit = null;
    }

    /** Detaches the device, which stays open, and forgets the stations behind it. Idempotent. */
    @Override
    public void close() {
        hub.disconnect(this);
        Attachment<Frame> place = attachment;
        if (place != null) {
            place.close();
        }
    }

    boolean isClosed() {
        return closed;
    }

    void countDropped(ThreadState thread, DropReason reason) {
        drops.increment(thread, reason);
    }

    private void replaceGuard(@Nullable PortGuard next) {
        PortGuard before;
        synchronized (hub.table()) {
            before = rules.guard();
            rules = rules(rules.mode(), closed ? null : next);
        }
        if (before != null) {
            before.close();
        }
    }

    private static VlanRules rules(PortMode mode, @Nullable PortGuard guard) {
        boolean plain = guard == null && mode.equals(PortMode.transparent());
        return plain ? L2Hub.TRANSPARENT : new VlanRules(mode, guard);
    }

    VlanRules rules() {
        return rules;
    }

    @Nullable
    RateLimiter floodLimit() {
        return floodLimit;
    }

    // What follows is called under the table's monitor only.

    void markClosed() {
        closed = true;
    }

    int learned() {
        return learned;
    }

    int learnedFixed() {
        return learnedFixed;
    }

    void gained(boolean fixed) {
        synchronized (hub.table()) {
            learned++;
            learnedFixed += fixed ? 1 : 0;
        }
    }

    void lost() {
        synchronized (hub.table()) {
            learned--;
        }
    }

    void forgotten() {
        learned = 0;
        learnedFixed = 0;
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "HubPort[" + device + "]";
    }

    /** What comes out of the device. */
    private final class FromDevice implements Receiver<Frame> {

        @Override
        public void receive(Frame frame) {
            hub.receive(HubPort.this, frame);
        }

        @Override
        public Set<Offload> offloads() {
            return OffloadFinisher.ALL;
        }

        @Override
        public String toString() {
            return "port of " + hub;
        }
    }
}
