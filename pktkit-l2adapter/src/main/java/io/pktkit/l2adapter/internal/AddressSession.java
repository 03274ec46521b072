// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.AddressState;
import io.pktkit.l2adapter.DuplicateDetection;
import io.pktkit.l2adapter.internal.link.AddressProbes;
import io.pktkit.l2adapter.internal.link.MulticastListener;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks the host's IPv6 addresses, tells the host what came of it, and the link which groups the host listens to. Any thread; what
 * is sent and told is so without the lock.
 */
public final class AddressSession {
    private static final IpAddress NOBODY = IpAddress.ofIpv6(0, 0);

    private final HostAddresses addresses;
    private final IpSide host;
    private final PacketSender packets;
    private final Timers timers;
    private final Alarm alarm;

    // Guarded by this.
    private final AddressProbes probes;
    private final MulticastListener listener;
    private Map<IpAddress, AddressState> known = Map.of();
    private Map<IpAddress, AddressState> told = Map.of();
    private boolean telling;
    private boolean closed;

    /**
     * Makes a session of a link that is down.
     *
     * @param mode how addresses are checked
     * @param addresses of the host
     * @param host told of their states
     * @param packets sends solicitations and reports
     * @param timers the clock
     */
    public AddressSession(
            DuplicateDetection mode, HostAddresses addresses, IpSide host, PacketSender packets, Timers timers) {
        SecureRandom random = new SecureRandom();
        this.addresses = addresses;
        this.host = host;
        this.packets = packets;
        this.timers = timers;
        this.probes = new AddressProbes(mode, random);
        this.listener = new MulticastListener(random);
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /** Somebody is attached to the adapter: from now on frames get somewhere. */
    public void up() {
        synchronized (this) {
            probes.start(timers.nowNanos());
            listener.start(timers.nowNanos());
        }
        hostChanged();
    }

    /** Nobody is attached any more. */
    public synchronized void down() {
        probes.stop();
        listener.stop();
    }

    /** Looks what addresses and groups the host has now. */
    public void hostChanged() {
        step();
    }

    /** Hears of somebody else who has one of the host's addresses, or means to. Returns whether that address is lost. */
    boolean conflict(IpAddress address) {
        boolean lost;
        synchronized (this) {
            lost = probes.conflict(address);
        }
        if (lost) {
            step();
        }
        return lost;
    }

    /** Looks at what goes up to the host. */
    void onPacket(Packet packet) {
        if (!MulticastListener.mayBeQuery(packet)) {
            return;
        }
        boolean moved;
        synchronized (this) {
            moved = !closed && listener.onPacket(packet, timers.nowNanos());
        }
        if (moved) {
            step();
        }
    }

    private void onAlarm() {
        step();
    }

    /** Does what is due, and tells of it. */
    private void step() {
        List<ByteBuffer> out = new ArrayList<>(0);
        synchronized (this) {
            if (closed) {
                return;
            }
            long now = timers.nowNanos();
            probes.set(hostAddresses(), now);
            List<IpAddress> solicited = probes.onTick(now);
            addresses.limits(probes.limits());
            listener.set(groups(), now);
            out.addAll(listener.onTick(
                    addresses.usableLinkLocal(), now)); // before what is solicited, RFC 4862 section 5.4.2
            for (IpAddress address : solicited) {
                out.add(solicitation(address));
            }
            known = probes.states();
            alarm.arm(Timers.earlier(probes.nextDeadlineNanos(), listener.nextDeadlineNanos()));
        }
        tell();
        for (ByteBuffer packet : out) {
            packets.send(new Packet().wrap(packet), true);
        }
    }

    private Set<IpAddress> hostAddresses() {
        Set<IpAddress> all = new LinkedHashSet<>();
        all.add(addresses.linkLocal());
        IpPrefix prefix = host.prefix(IpFamily.IPV6);
        if (prefix.isSet() && !prefix.address().isUnspecified()) {
            all.add(prefix.address());
        }
        return all;
    }

    private Set<IpAddress> groups() {
        Set<IpAddress> groups = new HashSet<>(host.groups());
        for (IpAddress address : probes.listening()) {
            groups.add(NdpMessage.solicitedNode(address.low()));
        }
        return groups;
    }

    private static ByteBuffer solicitation(IpAddress address) {
        ByteBuffer packet = ByteBuffer.allocate(NdpMessage.BARE_LENGTH);
        NdpMessage.writeBare(packet, 0, NOBODY, NdpMessage.solicitedNode(address.low()), address);
        return packet;
    }

    /** One thread tells the host, always the latest; others leave it to it. */
    private void tell() {
        while (true) {
            Map<IpAddress, AddressState> before;
            Map<IpAddress, AddressState> now;
            synchronized (this) {
                if (telling || known.equals(told)) {
                    return;
                }
                telling = true;
                before = told;
                now = known;
            }
            try {
                tell(before, now);
            } finally {
                synchronized (this) {
                    told = now;
                    telling = false;
                }
            }
        }
    }

    private void tell(Map<IpAddress, AddressState> before, Map<IpAddress, AddressState> now) {
        for (IpAddress address : before.keySet()) {
            if (!now.containsKey(address)) {
                host.addressState(address, null);
            }
        }
        now.forEach((address, state) -> {
            // An address of its own the host takes for good until it hears otherwise.
            boolean isAssumed = state == AddressState.GOOD
                    && !before.containsKey(address)
                    && !address.equals(addresses.linkLocal());
            if (!isAssumed && state != before.get(address)) {
                host.addressState(address, state);
            }
        });
    }

    /** {@return the IPv6 addresses with what was found out about each} */
    public synchronized Map<IpAddress, AddressState> states() {
        return probes.found();
    }

    /** Ends it: what the host has of the adapter is taken back, and what it has itself is its own business again. */
    public void close() {
        synchronized (this) {
            closed = true;
            probes.stop();
            listener.stop();
            IpAddress main = host.prefix(IpFamily.IPV6).address();
            known = told.containsKey(main) ? Map.of(main, AddressState.GOOD) : Map.of();
        }
        alarm.close();
        tell();
    }
}
