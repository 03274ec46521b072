// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.device.Attachment;
import io.pktkit.device.Device;
import io.pktkit.device.Interposer;
import io.pktkit.device.L2Connector;
import io.pktkit.device.L2Device;
import io.pktkit.device.L3Connector;
import io.pktkit.device.Registration;
import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A network on which each guest is alone: with a switch, a gateway and a DHCP server of its own, behind which an
 * {@link L3Connector} such as a NAT gives it a namespace of its own. All guests get the same first address, and none can see
 * another. Closing a guest's attachment takes all of it down; a guest that cannot be connected costs no other.
 *
 * <p>Needs {@code pktkit-l2adapter}, which comes with {@code pktkit-dhcp}. Any thread.
 */
public final class IsolatedGuests implements L2Connector {

    private final L3Connector network;
    private final IpPrefix gateway;
    private final @Nullable DhcpServerConfig dhcp;
    private final MacAddress gatewayMac;
    private final int mtu;
    private final Timers timers;

    private IsolatedGuests(Builder builder) {
        this.network = builder.network;
        this.gateway = builder.gateway;
        this.dhcp = builder.dhcp;
        this.gatewayMac = builder.gatewayMac;
        this.mtu = builder.mtu;
        this.timers = builder.timers;
    }

    /**
     * Begins to describe such a network.
     *
     * @param network where the gateways lead to; it is given a device for each guest
     * @param gateway the address of every gateway, and the subnet
     * @return a builder without DHCP
     */
    public static Builder builder(L3Connector network, IpPrefix gateway) {
        return new Builder(network, gateway);
    }

    /**
     * Gives a guest its network.
     *
     * @param guest its device, which stays the caller's to close
     * @return its place, which takes its network down
     * @throws IOException if the network behind it refuses
     */
    @Override
    public Attachment<Frame> connect(L2Device guest) throws IOException {
        Place place = new Place();
        try {
            L2Hub hub = place.add(new L2Hub(timers));
            L2Adapter adapter = place.add(L2Adapter.builder()
                    .macAddress(gatewayMac)
                    .mtu(mtu)
                    .timers(timers)
                    .build());
            adapter.ip().setPrefix(gateway);
            place.add(network.connect(adapter.ip()));
            place.add(hub.connect(adapter));
            if (dhcp != null) {
                DhcpServer server = place.add(new DhcpServer(dhcp, timers));
                place.add(hub.connect(server));
            }
            place.guest = place.add(hub.connect(guest)); // the last, so that its first frame finds all of it
            return place;
        } catch (IOException | RuntimeException | Error failure) {
            place.closeAll(failure);
            throw failure;
        }
    }

    /** A guest's place and what was made for it, the latest first. */
    private static final class Place implements Attachment<Frame> {

        private static final System.Logger LOG = System.getLogger(IsolatedGuests.class.getName());

        private final Deque<AutoCloseable> parts = new ArrayDeque<>();
        private @Nullable HubPort guest;

        private <T extends AutoCloseable> T add(T part) {
            parts.push(part);
            return part;
        }

        private HubPort guest() {
            HubPort port = guest;
            if (port == null) {
                throw new IllegalStateException("not connected yet");
            }
            return port;
        }

        @Override
        public Device<Frame> device() {
            return guest().device();
        }

        @Override
        public boolean send(Frame frame) {
            return guest().send(frame);
        }

        @Override
        public Registration interpose(Interposer<Frame> interposer) {
            return guest().interpose(interposer);
        }

        @Override
        public void close() {
            closeAll(null);
        }

        /** Failures are added to what was thrown before, or logged. */
        private void closeAll(@Nullable Throwable before) {
            for (AutoCloseable part = next(); part != null; part = next()) {
                try {
                    part.close();
                } catch (Throwable failure) {
                    if (before != null) {
                        before.addSuppressed(failure);
                    } else {
                        LOG.log(System.Logger.Level.WARNING, "closing " + part, failure);
                    }
                }
            }
        }

        private @Nullable AutoCloseable next() {
            synchronized (parts) {
                return parts.poll();
            }
        }
    }

    /** Describes the network. One thread. */
    public static final class Builder {

        private final L3Connector network;
        private final IpPrefix gateway;
        private @Nullable DhcpServerConfig dhcp;
        private MacAddress gatewayMac = MacAddress.of(0x02_DD_00_00_00_01L);
        private int mtu = 1500;
        private Timers timers = SystemTimers.shared();

        private Builder(L3Connector network, IpPrefix gateway) {
            this.network = network;
            this.gateway = gateway;
        }

        /**
         * Gives each guest a DHCP server, all alike, each with leases of its own.
         *
         * @param config with an address other than the gateway's, and the gateway as its router
         * @return this
         */
        @SuppressWarnings("exports") // whoever calls it has the module; nobody else is to need it
        public Builder dhcp(DhcpServerConfig config) {
            dhcp = config;
            return this;
        }

        /**
         * Chooses the station of the gateways, the same for all guests.
         *
         * @param address not a group's
         * @return this
         */
        public Builder gatewayMac(MacAddress address) {
            gatewayMac = address;
            return this;
        }

        /**
         * Chooses the MTU of the gateways.
         *
         * @param bytes 1280 or more
         * @return this
         */
        public Builder mtu(int bytes) {
            mtu = bytes;
            return this;
        }

        /**
         * Chooses the clock.
         *
         * @param clock the clock
         * @return this
         */
        public Builder timers(Timers clock) {
            timers = clock;
            return this;
        }

        /** {@return the network} */
        public IsolatedGuests build() {
            return new IsolatedGuests(this);
        }
    }
}
