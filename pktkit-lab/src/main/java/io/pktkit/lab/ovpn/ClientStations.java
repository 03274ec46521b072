// SPDX-License-Identifier: MIT
package io.pktkit.lab.ovpn;

import io.pktkit.device.Attachment;
import io.pktkit.device.L3Device;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanStation;
import io.pktkit.ovpn.client.ClientNetwork;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Makes each client a station of a LAN, on an isolated port unless they are to meet. Called by one thread at a time. */
final class ClientStations implements ClientNetwork {

    /** Of local addresses ("O", "V"), with the client's IPv4 address behind it: whose it is can be seen in a capture. */
    private static final long MAC_PREFIX = 0x02_56_0000_0000L;

    private final Lan lan;
    private final boolean together;
    private final ConcurrentMap<IpAddress, Place> places = new ConcurrentHashMap<>();

    ClientStations(Lan lan, boolean together) {
        this.lan = lan;
        this.together = together;
    }

    @Override
    public AutoCloseable connect(ConnectedClient client, L3Device device) throws IOException {
        IpPrefix own = client.settings().address(IpFamily.IPV4);
        if (own == null) {
            throw new IOException("a guest of the LAN needs an IPv4 address: client=" + client.identity());
        }
        if (!client.settings().clientNetworks().isEmpty()) {
            throw new IOException("the LAN has no route to networks behind a guest; take the iroute away: client="
                    + client.identity());
        }
        IpAddress address = own.address();
        // Its former session, if it has come back before that was noticed to be gone.
        Place before = places.get(address);
        if (before != null) {
            before.close();
        }
        for (IpFamily family : IpFamily.values()) {
            IpPrefix given = client.settings().address(family);
            if (given != null) {
                device.setPrefix(given);
            }
        }
        L2Adapter.Builder builder = L2Adapter.builder(device)
                .macAddress(MacAddress.of(MAC_PREFIX | (address.toIpv4Bits() & 0xffff_ffffL)))
                .gateway(lan.gatewayAddress())
                .timers(lan.timers())
                .mtu(device.mtu());
        lan.gatewayIpv6Address().ifPresent(builder::gateway);
        L2Adapter adapter = builder.build();
        Place place;
        try {
            LanStation station = new LanStation(client.identity().name(), address, !together);
            place = new Place(address, lan.connectStatic(adapter, station), adapter);
        } catch (IOException | RuntimeException | Error refused) {
            adapter.close();
            throw refused;
        }
        places.put(address, place);
        return place;
    }

    private final class Place implements AutoCloseable {

        private final IpAddress address;
        private final Attachment<Frame> port;
        private final L2Adapter adapter;

        Place(IpAddress address, Attachment<Frame> port, L2Adapter adapter) {
            this.address = address;
            this.port = port;
            this.adapter = adapter;
        }

        @Override
        public void close() {
            if (places.remove(address, this)) {
                port.close();
                adapter.close();
            }
        }
    }
}
