// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.ovpn.client.ClientNetwork;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.rules.Addresses;
import io.pktkit.ovpn.internal.rules.MssClamp;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A client that is a tenant: a device of its own, whom nobody else's packets come from or go to, connected to a network of
 * IP.
 */
final class TunFace extends AbstractL3Device implements ClientFace {

    private final ServerCore core;
    private final ClientLink link;
    private final ClientSettings settings;
    private final ClientNetwork network;
    private final TunnelSender sender;
    private final MssClamp clamp;
    private final boolean clientToClient;
    private final IpPrefix subnet4;
    private final IpPrefix subnet6;
    private final Packet view = new Packet();
    private final Receiver<Packet> toNetwork = delivering();
    private final AtomicReference<@Nullable AutoCloseable> place = new AtomicReference<>();

    TunFace(ServerCore core, ClientLink link, ClientSettings settings, ClientNetwork network, int mtu, MssClamp clamp) {
        this.core = core;
        this.link = link;
        this.clientToClient = core.config().hasClientToClient();
        this.subnet4 = core.config().own(IpFamily.IPV4);
        this.subnet6 = core.config().own(IpFamily.IPV6);
        this.settings = settings;
        this.network = network;
        this.clamp = clamp;
        this.sender = new TunnelSender(core, mtu, clamp);
        changeMtu(mtu);
        for (IpFamily family : IpFamily.values()) {
            IpPrefix address = settings.address(family);
            if (address != null) {
                // The address alone: the others of the subnet are not behind this device.
                setPrefix(IpPrefix.of(address.address(), family.maxPrefixLength()));
            }
        }
    }

    @Override
    public void open() throws IOException {
        place.set(network.connect(link, this));
        if (isClosed()) {
            // By who took it in, or meanwhile: the close did not find the place yet.
            leave();
        }
    }

    @Override
    protected void onClose() {
        leave();
    }

    private void leave() {
        AutoCloseable its = place.getAndSet(null);
        if (its == null) {
            return;
        }
        try {
            its.close();
        } catch (Exception failure) {
            core.failed(failure);
        }
    }

    @Override
    public boolean arrived(ByteBuffer buffer, int offset, int length, Joined joined) {
        Packet packet = view.wrap(buffer, offset, length);
        if (!packet.isComplete() || !Addresses.isFrom(settings, packet)) {
            stats().receiveDropped(DropReason.REVERSE_PATH);
            return false;
        }
        if (isForAnotherClient(packet)) {
            stats().receiveDropped(DropReason.FILTERED);
            sender.report(packet, IcmpError.adminProhibited(), own(packet), this::backToClient);
            return true;
        }
        clamp.inPlace(packet);
        joined.add(toNetwork, packet);
        return true;
    }

    /** Whether a packet would go to another client, where that is not asked for. */
    private boolean isForAnotherClient(Packet packet) {
        IpFamily family = packet.family();
        if (clientToClient || family == null) {
            return false;
        }
        IpPrefix subnet = family == IpFamily.IPV4 ? subnet4 : subnet6;
        IpAddress server = subnet.address();
        return subnet.isSet()
                && subnet.contains(family, packet.destinationHigh(), packet.destinationLow())
                && (server.high() != packet.destinationHigh() || server.low() != packet.destinationLow());
    }

    private void backToClient(Packet packet) {
        TunnelSender.sendTo(core, link, packet.buffer(), packet.offset(), packet.length(), 0);
    }

    /** {@return all there are: what comes unfinished is finished here} */
    @Override
    public Set<Offload> offloads() {
        return OffloadFinisher.ALL;
    }

    @Override
    public boolean send(Packet packet) {
        if (packet.isUnfinished()) {
            return OffloadFinisher.sendPieces(this, stats(), packet);
        }
        int length = packet.length();
        DropReason reason = isClosed()
                ? DropReason.CLOSED
                : sender.send(packet, Addresses.isTo(settings, packet) ? link : null, own(packet), this::dispatch);
        if (reason != null) {
            stats().sendDropped(reason);
            return false;
        }
        stats().sent(length);
        return true;
    }

    private IpPrefix own(Packet packet) {
        return prefix(packet.isIpv4() ? IpFamily.IPV4 : IpFamily.IPV6);
    }

    /** {@return whose device it is} */
    @Override
    public String toString() {
        return "OpenVPN client " + link;
    }
}
