// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.PrefixTable;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.rules.Addresses;
import io.pktkit.ovpn.internal.rules.MssClamp;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One device for all clients, as the tun interface of an OpenVPN server is: a packet goes to the client whose address its
 * destination is, or behind whom the longest network is that contains it.
 */
final class SharedDevice extends AbstractL3Device {

    private final ServerCore core;
    private final TunnelSender sender;
    private final MssClamp clamp;
    private final boolean clientToClient;
    private final PrefixTable<ClientLink> routes = new PrefixTable<>();

    SharedDevice(ServerCore core) {
        OvpnServerConfig config = core.config();
        this.core = core;
        this.clamp = config.clamp();
        this.sender = new TunnelSender(core, config.mtu(), clamp);
        this.clientToClient = config.hasClientToClient();
        changeMtu(config.mtu());
        for (IpFamily family : IpFamily.values()) {
            IpPrefix own = config.own(family);
            if (own.isSet()) {
                setPrefix(own);
            }
        }
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
                : sender.send(packet, route(packet), prefix(familyOf(packet)), this::dispatch);
        if (reason != null) {
            stats().sendDropped(reason);
            return false;
        }
        stats().sent(length);
        return true;
    }

    private @Nullable ClientLink route(Packet packet) {
        IpFamily family = packet.family();
        return family == null ? null : routes.find(family, packet.destinationHigh(), packet.destinationLow());
    }

    private static IpFamily familyOf(Packet packet) {
        return packet.isIpv4() ? IpFamily.IPV4 : IpFamily.IPV6;
    }

    /** {@return what it is} */
    @Override
    public String toString() {
        return "OpenVPN clients";
    }

    /** The place of one client. */
    final class Face implements ClientFace {

        private final ClientLink link;
        private final ClientSettings settings;
        private final Packet view = new Packet();
        private final Receiver<Packet> toNetwork = delivering();
        private final List<IpPrefix> own = new ArrayList<>();

        Face(ClientLink link, ClientSettings settings) {
            this.link = link;
            this.settings = settings;
            for (IpFamily family : IpFamily.values()) {
                IpPrefix address = settings.address(family);
                if (address != null) {
                    own.add(IpPrefix.of(address.address(), family.maxPrefixLength()));
                }
            }
            own.addAll(settings.clientNetworks());
        }

        /** An address has one owner. A network is its latest's, as upstream; who had it before has it no more. */
        @Override
        public void open() throws IOException {
            for (IpPrefix prefix : own) {
                routes.put(prefix, link);
            }
        }

        @Override
        public boolean arrived(ByteBuffer buffer, int offset, int length, Joined joined) {
            Packet packet = view.wrap(buffer, offset, length);
            if (!packet.isComplete() || !isFromHere(packet)) {
                stats().receiveDropped(DropReason.REVERSE_PATH);
                return false;
            }
            clamp.inPlace(packet);
            ClientLink other = route(packet);
            if (other == null) {
                joined.add(toNetwork, packet);
            } else if (clientToClient && other != link) {
                toClient(packet, other);
            } else {
                // Also what it sends to itself: it goes nowhere that it would not be sent back from.
                stats().receiveDropped(DropReason.FILTERED);
                sender.report(packet, IcmpError.adminProhibited(), prefix(familyOf(packet)), this::back);
            }
            return true;
        }

        /** Its own address, or one behind it that is not behind another since. */
        private boolean isFromHere(Packet packet) {
            IpFamily family = packet.family();
            return family != null
                    && Addresses.isFrom(settings, packet)
                    && routes.find(family, packet.sourceHigh(), packet.sourceLow()) == link;
        }

        private void toClient(Packet packet, ClientLink other) {
            DropReason reason = sender.send(packet, other, prefix(familyOf(packet)), this::back);
            if (reason != null) {
                stats().sendDropped(reason);
            }
        }

        private void back(Packet packet) {
            TunnelSender.sendTo(core, link, packet.buffer(), packet.offset(), packet.length(), 0);
        }

        @Override
        public void close() {
            own.forEach(prefix -> routes.remove(prefix, link));
        }
    }
}
