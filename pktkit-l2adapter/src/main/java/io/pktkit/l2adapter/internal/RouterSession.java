// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.Mailbox;
import io.pktkit.dhcp.ra.InterfaceIdentifier;
import io.pktkit.dhcp.ra.RouterAdvertisement;
import io.pktkit.dhcp.ra.RouterDiscovery;
import io.pktkit.l2adapter.RouterListener;
import io.pktkit.l2adapter.internal.link.AddressUse;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Router discovery with its timer: what it learns is put in place, in order and with no lock held. Any thread. */
public final class RouterSession {
    private static final int SOLICITATION_LENGTH = 16;
    private static final int BARE_SOLICITATION_LENGTH = 8;
    private static final IpAddress NOBODY = IpAddress.ofIpv6(0, 0);
    private static final int LOCAL_HOP_LIMIT = 255;
    private static final RouterDiscovery.State NOTHING = new RouterDiscovery.State(null, null, List.of());

    private final MacAddress mac;
    private final IpSide host;
    private final LinkLayer link;
    private final HostAddresses addresses;
    private final PacketSender packets;
    private final Timers timers;
    private final Notice notice;
    private final Alarm alarm;

    // Guarded by this.
    private @Nullable RouterDiscovery discovery;
    private @Nullable RouterListener listener;
    private RouterDiscovery.State known = NOTHING;
    private RouterDiscovery.State applied = NOTHING;
    private boolean applying;
    private boolean closed;

    /** What was told last. Touched by the task only. */
    private RouterDiscovery.State told = NOTHING;

    /**
     * Makes a session that does not run.
     *
     * @param mac the host's station
     * @param host gets the address
     * @param link gets the gateway
     * @param addresses tells whether the link-local one may be used
     * @param packets sends solicitations
     * @param timers the clock
     * @param mailbox where the listener is called
     */
    public RouterSession(
            MacAddress mac,
            IpSide host,
            LinkLayer link,
            HostAddresses addresses,
            PacketSender packets,
            Timers timers,
            Mailbox mailbox) {
        this.mac = mac;
        this.host = host;
        this.link = link;
        this.addresses = addresses;
        this.packets = packets;
        this.timers = timers;
        this.notice = new Notice(mailbox, this::tell);
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /**
     * Begins to ask.
     *
     * @param heard told of changes
     */
    public void start(RouterListener heard) {
        synchronized (this) {
            if (closed || discovery != null) {
                return;
            }
            listener = heard;
            discovery = new RouterDiscovery(InterfaceIdentifier.of(mac), new SecureRandom(), timers.nowNanos());
        }
        rearm();
    }

    /** Somebody is attached to the adapter: this may be another link. */
    public void up() {
        synchronized (this) {
            RouterDiscovery running = discovery;
            if (running == null || closed) {
                return;
            }
            running.onLinkUp(timers.nowNanos());
        }
        rearm();
    }

    /** Whether it runs, for which each packet need not be looked at otherwise. */
    private synchronized boolean isRunning() {
        return discovery != null && !closed;
    }

    /** Looks at what goes up to the host. */
    void onPacket(Packet packet) {
        IcmpMessage message = packet.isIpv6() && packet.protocol() == IpProtocol.ICMPV6 ? packet.icmp() : null;
        if (message == null || message.type() != IcmpMessage.V6_ROUTER_ADVERTISEMENT || !isRunning()) {
            return;
        }
        RouterAdvertisement said = RouterAdvertisement.parse(packet);
        if (said == null) {
            return;
        }
        IpAddress source = packet.source();
        synchronized (this) {
            RouterDiscovery running = discovery;
            if (running == null || closed) {
                return;
            }
            running.onAdvertisement(source, said, timers.nowNanos());
            known = running.state();
        }
        apply();
        rearm();
    }

    private void onAlarm() {
        boolean solicit;
        synchronized (this) {
            RouterDiscovery running = discovery;
            if (running == null || closed) {
                return;
            }
            solicit = running.onTick(timers.nowNanos());
            known = running.state();
        }
        apply();
        if (solicit) {
            packets.send(new Packet().wrap(solicitation()), true);
        }
        rearm();
    }

    /** Without our station while the address is being checked (RFC 4429 section 3.2), from nobody while it may not be used. */
    private ByteBuffer solicitation() {
        int header = IpHeader.length(IpFamily.IPV6);
        AddressUse use = addresses.use(addresses.linkLocal());
        int length = use == AddressUse.FULL ? SOLICITATION_LENGTH : BARE_SOLICITATION_LENGTH;
        ByteBuffer packet = ByteBuffer.allocate(header + length);
        IpAddress source = use == AddressUse.BARRED ? NOBODY : addresses.linkLocal();
        IpHeader.write(
                packet,
                0,
                source,
                RouterAdvertisement.ALL_ROUTERS,
                IpProtocol.ICMPV6,
                length,
                LOCAL_HOP_LIMIT,
                0,
                0,
                false);
        packet.put(header, (byte) IcmpMessage.V6_ROUTER_SOLICITATION);
        if (use == AddressUse.FULL) {
            packet.putLong(header + 8, 1L << 56 | 1L << 48 | mac.toLong()); // the source link-layer address
        }
        new Packet().wrap(packet).recomputeTransportChecksum();
        return packet;
    }

    /** One thread puts states in place, always the latest; others leave it to it. */
    private void apply() {
        while (true) {
            RouterDiscovery.State before;
            RouterDiscovery.State now;
            synchronized (this) {
                if (applying || known.equals(applied)) {
                    return;
                }
                applying = true;
                before = applied;
                now = known;
            }
            try {
                put(before, now);
            } finally {
                synchronized (this) {
                    applied = now;
                    applying = false;
                }
            }
            notice.post();
        }
    }

    /** The user may configure the host too, so what is cleared is only what was set here. */
    private void put(RouterDiscovery.State before, RouterDiscovery.State now) {
        IpPrefix address = now.address();
        if (address != null && !Objects.equals(address, before.address())) {
            link.forget(IpFamily.IPV6, true);
            host.setPrefix(address);
        }
        IpAddress router = now.router();
        boolean isOurs = Objects.equals(addresses.gateway(IpFamily.IPV6), before.router());
        if (!Objects.equals(router, before.router()) && (router != null || isOurs)) {
            link.gateway(IpFamily.IPV6, router);
        }
        if (address == null && Objects.equals(host.prefix(IpFamily.IPV6), before.address())) {
            host.setPrefix(IpPrefix.unset(IpFamily.IPV6));
        }
    }

    /** Tells the listener what is in place, if that is not what it heard last. */
    private void tell() {
        RouterDiscovery.State now;
        RouterListener heard;
        synchronized (this) {
            now = applied;
            heard = listener;
        }
        if (heard != null && !now.equals(told)) {
            told = now;
            heard.onChanged(now);
        }
    }

    private synchronized void rearm() {
        RouterDiscovery running = discovery;
        alarm.arm(running == null || closed ? Timers.NEVER : running.nextDeadlineNanos());
    }

    /** Ends it, without taking back what was put in place. */
    public void close() {
        synchronized (this) {
            closed = true;
        }
        alarm.close();
    }
}
