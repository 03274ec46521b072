// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import io.pktkit.device.L3Connector;
import io.pktkit.device.L3Device;
import io.pktkit.device.Mailbox;
import io.pktkit.device.Registration;
import io.pktkit.nat.engine.NatInside;
import io.pktkit.nat.engine.NatLink;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatObserver;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A NAT between devices. Each device that is {@linkplain #connect(L3Device) connected} has a namespace of its own: the same
 * inside addresses do not conflict, and nothing crosses. One device is the {@linkplain #outside(L3Device) outside}.
 *
 * <pre>{@code
 * Nat nat = new Nat(NatConfig.builder(IpAddress.parse("203.0.113.1")).build(), IpPrefix.parse("10.0.0.1/24"));
 * nat.outside(wan);
 * nat.connect(guest); // 10.0.0.2, whose gateway is 10.0.0.1
 * nat.connect(another); // 10.0.0.2 too
 * }</pre>
 *
 * <p>Any thread; what comes in is translated and sent on by the thread that brought it, and no lock is held while it is sent.
 */
public final class Nat implements L3Connector, AutoCloseable {

    private final IpPrefix[] networks;
    private final EngineGuard guard;
    private final Passage passage;
    private final NatMappings mappings;
    private final Mailbox mailbox;
    private final List<Runnable> outsideWatchers = new CopyOnWriteArrayList<>();

    volatile @Nullable NatPort outside;
    volatile @Nullable NatLocal local;

    /**
     * Creates a NAT on the clock of the system.
     *
     * @param config what it is made with
     * @param networks the NAT's own address and prefix in each namespace, one of a family at most
     */
    public Nat(NatConfig config, IpPrefix... networks) {
        this(config, SystemTimers.shared(), networks);
    }

    /**
     * Creates a NAT.
     *
     * @param config what it is made with
     * @param timers its clock
     * @param networks the NAT's own address and prefix in each namespace, one of a family at most
     */
    public Nat(NatConfig config, Timers timers, IpPrefix... networks) {
        this.networks = networks.clone();
        this.guard = new EngineGuard(config, timers, this::onAlarm);
        for (IpPrefix network : networks) {
            guard.engine.checkApart(network);
        }
        this.passage = new Passage(this, guard);
        this.mappings = new NatMappings(guard);
        this.mailbox = new Mailbox(timers.callbacks(), Nat.class);
    }

    /**
     * Attaches the device that leads outside.
     *
     * @param device the device, to which nobody is attached yet; it stays the caller's to close
     * @return its place
     * @throws IllegalStateException if there is one already, the NAT is closed, or somebody is attached to the device
     */
    public NatPort outside(L3Device device) {
        NatPort port = new NatPort(this, device, null, false);
        guard.lock();
        try {
            if (guard.closed || outside != null) {
                throw new IllegalStateException(
                        "closed, or has an outside already: closed=" + guard.closed + " outside=" + outside);
            }
            outside = port;
        } finally {
            guard.unlock();
        }
        return attached(port);
    }

    private NatPort attached(NatPort port) {
        try {
            port.attach();
        } catch (RuntimeException | Error refusal) {
            disconnect(port);
            throw refusal;
        }
        return port;
    }

    /**
     * Connects a device as a namespace of its own, which ends with its place or with the device, and its other links with it.
     *
     * @param device the device, which stays the caller's to close
     * @return its place
     * @throws IOException if the NAT is closed
     */
    @Override
    public NatPort connect(L3Device device) throws IOException {
        return connect(device, null);
    }

    /**
     * Connects a device as one of the links of a namespace. Of several links, a host is where its latest packet came from.
     *
     * @param device the device, which stays the caller's to close
     * @param namespace the number of a namespace of this NAT
     * @return its place
     * @throws IOException if the NAT or the namespace is closed
     */
    public NatPort connect(L3Device device, int namespace) throws IOException {
        return connect(device, Integer.valueOf(namespace));
    }

    private NatPort connect(L3Device device, @Nullable Integer namespace) throws IOException {
        NatPort port;
        guard.lock();
        try {
            NatInside inside = guard.closed ? null : namespace == null ? newInside() : guard.find(namespace);
            if (inside == null) {
                throw new IOException("the NAT or the namespace is closed: namespace=" + namespace);
            }
            NatLink link = guard.engine.addLink(inside);
            port = new NatPort(this, device, link, namespace == null);
            link.attach(port);
        } finally {
            guard.unlock();
        }
        try {
            attached(port);
        } catch (IllegalStateException refusal) {
            if (!port.isClosed()) {
                throw refusal;
            }
            throw new IOException("the NAT or the namespace was closed meanwhile: namespace=" + namespace, refusal);
        }
        NatLocal host = local;
        if (host != null) {
            port.tellOpened(host);
        }
        return port;
    }

    /**
     * Makes a namespace that devices can be connected to by its number, and that stays without any.
     *
     * @param prefixes the NAT's own address and prefix in it, one of a family at most
     * @return its number
     * @throws IllegalArgumentException if an outside address is in one of them
     */
    public int addNamespace(IpPrefix... prefixes) {
        guard.lock();
        try {
            return newInside(prefixes).id();
        } finally {
            guard.unlock();
        }
    }

    private NatInside newInside(IpPrefix... prefixes) {
        IpPrefix[] own = prefixes.length == 0 ? networks : prefixes;
        NatInside inside = guard.engine.addInside();
        try {
            for (IpPrefix prefix : own) {
                inside.prefix(prefix);
            }
        } catch (IllegalArgumentException refusal) {
            guard.engine.removeInside(inside, guard.nowNanos());
            throw refusal;
        }
        return inside;
    }

    /**
     * Says what other networks are behind a namespace. Their hosts may send too.
     *
     * @param namespace its number
     * @param prefixes all of them
     * @throws IllegalArgumentException if an outside address is in one of them (RFC 4787 REQ-7)
     */
    public void routes(int namespace, List<IpPrefix> prefixes) {
        guard.lock();
        try {
            guard.required(namespace).routes(prefixes);
        } finally {
            guard.unlock();
        }
    }

    /**
     * Changes the addresses outside; see {@link io.pktkit.nat.engine.NatEngine#outside(List, long)}. Who {@linkplain
     * #watchOutside watches} them is told, such as the services that inside hosts ask for ports.
     *
     * @param addresses all of them
     * @throws IllegalArgumentException if one is of an inside network, of those to come too; nothing is changed then
     */
    public void outside(List<IpAddress> addresses) {
        for (IpPrefix network : networks) {
            if (addresses.stream().anyMatch(network::contains)) {
                throw new IllegalArgumentException(
                        "outside is in the inside network: outside=" + addresses + " network=" + network);
            }
        }
        boolean changed;
        guard.lock();
        try {
            List<IpAddress> before = guard.engine.outside();
            guard.engine.outside(addresses, guard.nowNanos());
            changed = !guard.engine.outside().equals(before);
            guard.arm();
        } finally {
            guard.unlock();
        }
        if (changed) {
            outsideWatchers.forEach(Runnable::run);
        }
    }

    /**
     * Names who is told that the addresses outside have changed, when what was mapped on those that went is gone.
     *
     * @param watcher called without a lock by whoever changed them; it must not block
     * @return what ends it
     */
    public Registration watchOutside(Runnable watcher) {
        outsideWatchers.add(watcher);
        return () -> outsideWatchers.remove(watcher);
    }

    /** {@return its mappings, to forward ports and to look them up} */
    public NatMappings mappings() {
        return mappings;
    }

    /** {@return the addresses outside} */
    public List<IpAddress> outsideAddresses() {
        guard.lock();
        try {
            return guard.engine.outside();
        } finally {
            guard.unlock();
        }
    }

    /** {@return those of the addresses outside that no host has for itself alone, so that ports of them can be forwarded} */
    public List<IpAddress> sharedOutsideAddresses() {
        guard.lock();
        try {
            return guard.engine.sharedOutside();
        } finally {
            guard.unlock();
        }
    }

    /** {@return the place of the device that leads outside; null if there is none} */
    public @Nullable NatPort outsidePort() {
        return outside;
    }

    /**
     * Tells the NAT's own address in a namespace.
     *
     * @param namespace the number of the namespace
     * @param family the family
     * @return the address and its prefix; unset if there is none
     */
    public IpPrefix prefix(int namespace, IpFamily family) {
        guard.lock();
        try {
            NatInside inside = guard.find(namespace);
            return inside == null ? IpPrefix.unset(family) : inside.prefix(family);
        } finally {
            guard.unlock();
        }
    }

    /**
     * Puts a host at the NAT's own addresses inside. It is told of the links that there are.
     *
     * @param host the only one
     * @throws IllegalStateException if there is one already, or the NAT is closed
     */
    public void local(NatLocal host) {
        List<NatPort> present = new ArrayList<>();
        guard.lock();
        try {
            if (guard.closed || local != null) {
                throw new IllegalStateException(
                        "closed, or has a host already: closed=" + guard.closed + " local=" + local);
            }
            guard.engine.hosted(true);
            local = host;
            for (NatInside inside : guard.engine.insides()) {
                for (NatLink link : inside.links()) {
                    if (link.attachment() instanceof NatPort port) {
                        present.add(port);
                    }
                }
            }
        } finally {
            guard.unlock();
        }
        // One that is being attached is told of by who attaches it.
        present.stream().filter(NatPort::isAttached).forEach(port -> port.tellOpened(host));
    }

    /**
     * Tells how many packets went no further in the NAT.
     *
     * @param why for this reason
     * @return the count
     */
    public long drops(NatDrop why) {
        guard.lock();
        try {
            return guard.engine.drops(why);
        } finally {
            guard.unlock();
        }
    }

    /** {@return how many translated packets the device that they were for did not take, or were in a loop} */
    public long refused() {
        return passage.refused();
    }

    /**
     * Names who hears of mappings: through a mailbox, on a thread for callbacks. What does not fit into it is lost.
     *
     * @param listener the observer, or null for none
     */
    public void observer(@Nullable NatObserver listener) {
        guard.lock();
        try {
            guard.engine.observer(listener == null ? null : new PostedObserver(mailbox, listener));
        } finally {
            guard.unlock();
        }
    }

    /** Detaches all devices, which stay open, and forgets everything. Idempotent. */
    @Override
    public void close() {
        List<NatInside> all;
        NatPort out;
        guard.lock();
        try {
            guard.closed = true;
            all = guard.engine.insides();
            out = outside;
        } finally {
            guard.unlock();
        }
        guard.stop();
        if (out != null) {
            out.close();
        }
        for (NatInside inside : all) {
            for (NatLink link : inside.links()) {
                if (link.attachment() instanceof NatPort port) {
                    port.close();
                }
            }
            guard.lock();
            try {
                guard.engine.removeInside(inside, guard.nowNanos());
            } finally {
                guard.unlock();
            }
        }
        mailbox.close();
    }

    Passage passage() {
        return passage;
    }

    void disconnect(NatPort port) {
        NatLink link = port.link();
        List<NatLink> others = List.of();
        guard.lock();
        try {
            if (link == null) {
                outside = outside == port ? null : outside;
            } else if (port.isAlone()) {
                others = link.inside().links();
                guard.engine.removeInside(link.inside(), guard.nowNanos());
            } else {
                guard.engine.removeLink(link);
            }
        } finally {
            guard.arm();
            guard.unlock();
        }
        NatLocal host = local;
        if (link != null && host != null) {
            port.tellClosed(host);
        }
        for (NatLink other : others) {
            if (other != link && other.attachment() instanceof NatPort also) {
                also.close();
            }
        }
    }

    /** Asks a device for its MTU, without a lock, since it is somebody else's code. */
    void refresh(NatPort port) {
        int mtu = port.device().mtu();
        NatLink link = port.link();
        guard.lock();
        try {
            if (link == null && outside == port) {
                guard.engine.outsideMtu(mtu);
            } else if (link != null) {
                link.mtu(mtu);
            }
        } finally {
            guard.unlock();
        }
    }

    private void onAlarm() {
        passage.onAlarm();
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "Nat[outside=" + outside + "]";
    }
}
