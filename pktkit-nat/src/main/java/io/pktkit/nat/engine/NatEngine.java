// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.device.FailureLog;
import io.pktkit.nat.internal.address.Addresses;
import io.pktkit.nat.internal.map.CoreListener;
import io.pktkit.nat.internal.map.CoreSettings;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.OutsideAddress;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatObserver;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A NAT without thread, clock or device. It is given packets and the time; what it wants sent is in a {@link NatOutput}
 * afterwards. See the package description for how it works.
 *
 * <p>Not thread-safe: one thread at a time, as under a lock of the owner's, who sends after releasing it.
 */
public final class NatEngine {

    /** What a timer looks at in one go. */
    private static final int EXPIRED_BY_TIMER = 4096;

    private static final FailureLog FAILURES = new FailureLog(NatEngine.class, "observer");

    private final MappingCore core;
    private final Shared shared;
    private final Outbound outbound;
    private final EngineMappings mappings;
    private final Inbound inbound;
    private final List<NatInside> insides = new ArrayList<>();
    private final long[] drops = new long[NatDrop.values().length];
    private final Probes probes = new Probes();
    private @Nullable NatObserver observer;
    private int lastInside;

    /**
     * Creates an engine without namespaces.
     *
     * @param config what it is made with
     */
    public NatEngine(NatConfig config) {
        this.core = new MappingCore(settings(config), new Listener());
        for (IpAddress address : config.outside()) {
            core.outsides().add(address.toIpv4Bits());
        }
        this.shared = new Shared(config, core);
        ErrorRelay64 errors64 = new ErrorRelay64(shared);
        ErrorRelay errors = new ErrorRelay(shared, errors64);
        this.inbound = new Inbound(shared, errors, insides);
        Outbound64 outbound64 = new Outbound64(shared, inbound, errors64);
        this.outbound = new Outbound(shared, inbound, errors, outbound64);
        this.mappings = new EngineMappings(shared, outbound64);
        errors.connect(inbound);
        errors64.connect(inbound);
    }

    private static CoreSettings settings(NatConfig config) {
        Filtering[] filtering = new Filtering[Kind.COUNT];
        Arrays.fill(filtering, Filtering.ENDPOINT_INDEPENDENT);
        // Without ports anybody else's packets would be taken for the remote's.
        filtering[Kind.GRE] = Filtering.ADDRESS_AND_PORT_DEPENDENT;
        filtering[Kind.OTHER] = Filtering.ADDRESS_AND_PORT_DEPENDENT;
        filtering[Kind.TCP] = config.filtering(IpProtocol.TCP);
        filtering[Kind.UDP] = config.filtering(IpProtocol.UDP);
        filtering[Kind.ICMP] = config.filtering(IpProtocol.ICMP);
        return new CoreSettings(
                config.limits(),
                config.timeouts(),
                List.of(filtering),
                config.firstPort(),
                config.lastPort(),
                config.preservePorts(),
                config.hostPrefixIpv6(),
                config.random());
    }

    /**
     * Makes a namespace, which has neither networks nor links yet.
     *
     * @return the namespace
     */
    public NatInside addInside() {
        NatInside inside = new NatInside(this, ++lastInside);
        insides.add(inside);
        return inside;
    }

    /**
     * Removes a namespace with its links and all that was kept for it.
     *
     * @param inside the namespace; may be removed already
     * @param nowNanos the time
     */
    public void removeInside(NatInside inside, long nowNanos) {
        inside.closed = true;
        for (NatLink link : inside.links) {
            link.closed = true;
        }
        inside.links.clear();
        insides.remove(inside);
        core.close(inside.tenant, nowNanos);
        shared.helpers.forget(inside.tenant.id());
        shared.reassembly.forget(inside);
    }

    /**
     * Makes a link of a namespace.
     *
     * @param inside the namespace
     * @return the link
     * @throws IllegalStateException if the namespace is removed
     */
    public NatLink addLink(NatInside inside) {
        if (inside.closed) {
            throw new IllegalStateException("the namespace is removed: inside=" + inside);
        }
        NatLink link = new NatLink(inside);
        inside.links.add(link);
        return link;
    }

    /**
     * Removes a link. Mappings of hosts behind it stay, and lead nowhere until the host is seen again, from whichever port.
     *
     * @param link the link; may be removed already
     */
    public void removeLink(NatLink link) {
        link.closed = true;
        link.inside.links.remove(link);
    }

    /** {@return all namespaces at this moment} */
    public List<NatInside> insides() {
        return List.copyOf(insides);
    }

    /** {@return the longest packet that the outside takes, in bytes} */
    public int outsideMtu() {
        return shared.outsideMtu;
    }

    /**
     * Says what the outside takes.
     *
     * @param bytes the longest packet, 68 to 65 535
     */
    public void outsideMtu(int bytes) {
        if (bytes < 68 || bytes > 65_535) {
            throw new IllegalArgumentException("mtu must be in [68, 65535]: mtu=" + bytes);
        }
        shared.outsideMtu = bytes;
    }

    /** {@return the addresses outside} */
    public List<IpAddress> outside() {
        return core.outsides().all().stream()
                .map(each -> IpAddress.ofIpv4(each.address()))
                .toList();
    }

    /** {@return those of the addresses outside that no host has for itself alone, so that ports of them can be forwarded} */
    public List<IpAddress> sharedOutside() {
        return core.outsides().all().stream()
                .filter(each -> each.owner() == null)
                .map(each -> IpAddress.ofIpv4(each.address()))
                .toList();
    }

    /**
     * Changes the addresses outside, as when a lease ends. Mappings on those that go are removed, and the hosts that were
     * paired with them get another one; a host that had one of its own shares like any other from then on.
     *
     * @param addresses all of them
     * @param nowNanos the time
     * @throws IllegalArgumentException if one is of an inside network (RFC 4787 REQ-7) or no unicast IPv4 address;
     *     nothing is changed then
     */
    public void outside(List<IpAddress> addresses, long nowNanos) {
        for (IpAddress address : addresses) {
            if (!Addresses.isForwardable(address)) {
                throw new IllegalArgumentException("outside must be a unicast IPv4 address: outside=" + address);
            }
            for (NatInside inside : insides) {
                if (inside.isInside(address.toIpv4Bits())) {
                    throw new IllegalArgumentException(
                            "outside is in an inside network: outside=" + address + " inside=" + inside);
                }
            }
        }
        for (OutsideAddress present : List.copyOf(core.outsides().all())) {
            if (!addresses.contains(IpAddress.ofIpv4(present.address()))) {
                core.close(present, nowNanos);
                core.outsides().remove(present);
            }
        }
        for (IpAddress address : addresses) {
            if (core.outsides().find(address.toIpv4Bits()) == null) {
                core.outsides().add(address.toIpv4Bits());
            }
        }
    }

    /**
     * Refuses an inside network that holds an address of ours outside (RFC 4787 REQ-7).
     *
     * @param network the network
     * @throws IllegalArgumentException if it does
     */
    public void checkApart(IpPrefix network) {
        for (OutsideAddress each : core.outsides().all()) {
            if (network.contains(IpAddress.ofIpv4(each.address()))) {
                throw new IllegalArgumentException("an outside address is in the inside network: outside="
                        + IpAddress.ofIpv4(each.address()) + " inside=" + network);
            }
        }
    }

    /**
     * Takes a packet from inside.
     *
     * @param link where it came from
     * @param packet the packet, which stays as it is
     * @param nowNanos the time
     * @param output what is to be sent is added to it
     * @return why the packet went no further; null if it was translated, kept or answered
     */
    public @Nullable NatDrop fromInside(NatLink link, Packet packet, long nowNanos, NatOutput output) {
        probes.begin(output);
        try {
            core.tick(nowNanos);
            return counted(link.closed ? NatDrop.CLOSED : outbound.take(link, packet, nowNanos, output));
        } finally {
            probes.end();
        }
    }

    /**
     * Takes a packet from outside.
     *
     * @param packet the packet, which stays as it is
     * @param nowNanos the time
     * @param output what is to be sent is added to it
     * @return why the packet went no further; null if it was translated, kept or answered
     */
    public @Nullable NatDrop fromOutside(Packet packet, long nowNanos, NatOutput output) {
        probes.begin(output);
        try {
            core.tick(nowNanos);
            return counted(inbound.take(packet, nowNanos, output));
        } finally {
            probes.end();
        }
    }

    @SuppressWarnings("EnumOrdinal") // an index into an array of this process
    private @Nullable NatDrop counted(@Nullable NatDrop drop) {
        if (drop != null) {
            drops[drop.ordinal()]++;
        }
        return drop;
    }

    /**
     * {@return when to call {@link #onTimer}, or {@link Timers#NEVER}} Any call may change it, a look at the mappings too: what that
     * wants sent is sent by the next call that has an output.
     */
    public long nextDeadlineNanos() {
        long first = Timers.earlier(core.nextDeadlineNanos(), shared.heldSyns.nextDeadlineNanos());
        long fragments = Timers.earlier(shared.fragments.nextDeadlineNanos(), shared.reassembly.nextDeadlineNanos());
        return Timers.earlier(probes.nextDeadlineNanos(), Timers.earlier(first, fragments));
    }

    /**
     * Removes what is over and answers what has waited long enough. Of very much some may be left, and then the next
     * deadline is not later than now.
     *
     * @param nowNanos the time
     * @param output what is to be sent is added to it
     */
    public void onTimer(long nowNanos, NatOutput output) {
        probes.begin(output);
        try {
            core.expire(nowNanos, EXPIRED_BY_TIMER);
            shared.heldSyns.expire(core.outsides(), shared.answers, nowNanos, output);
            shared.fragments.expire(nowNanos);
            shared.reassembly.expire(nowNanos);
        } finally {
            probes.end();
        }
    }

    /** {@return its mappings, to forward ports and to look them up} */
    public EngineMappings mappings() {
        return mappings;
    }

    /**
     * Says whether there is a host at the NAT's own inside addresses. What is for it is told by {@link NatOutput#isLocal};
     * without one it is dropped, but for pings.
     *
     * @param is whether there is
     */
    public void hosted(boolean is) {
        shared.hosted = is;
    }

    /** {@return how many mappings there are} */
    public int size() {
        return core.size();
    }

    /** {@return how many remotes are remembered} */
    public int sessions() {
        return core.sessions().size();
    }

    /**
     * Tells how many packets went no further.
     *
     * @param why for this reason
     * @return the count
     */
    @SuppressWarnings("EnumOrdinal") // an index into an array of this process
    public long drops(NatDrop why) {
        return drops[why.ordinal()];
    }

    /**
     * Names who hears of mappings.
     *
     * @param listener the observer, or null for none
     */
    public void observer(@Nullable NatObserver listener) {
        observer = listener;
    }

    /** How much work the latest new mapping was, for tests of constant work. */
    int steps() {
        return shared.maker.steps();
    }

    MappingCore core() {
        return core;
    }

    Shared shared() {
        return shared;
    }

    private final class Listener implements CoreListener {

        @Override
        public void created(Mapping mapping) {
            tell(mapping, true);
        }

        @Override
        public void removed(Mapping mapping) {
            shared.greCalls.removed(mapping);
            tell(mapping, false);
        }

        private void tell(Mapping mapping, boolean created) {
            NatObserver listener = observer;
            if (listener == null) {
                return;
            }
            try {
                if (created) {
                    listener.created(EngineMappings.view(mapping));
                } else {
                    listener.removed(EngineMappings.view(mapping));
                }
            } catch (RuntimeException failure) {
                FAILURES.record(failure);
            }
        }

        @Override
        public void ended(Session session) {
            shared.helpers.ended(session);
        }

        @Override
        public void idle(Session session, long now) {
            probes.send(session, now);
        }
    }
}
