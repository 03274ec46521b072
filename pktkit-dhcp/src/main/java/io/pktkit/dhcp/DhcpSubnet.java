// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A subnet on which a {@link DhcpServer} has clients: which addresses there are, and how they reach others. The server's own is
 * described by {@link DhcpServerConfigBuilder}; further ones, whose clients come over a relay agent (RFC 1542), are added by
 * {@link DhcpServerConfigBuilder#subnet}. Immutable.
 *
 * <p><b>Who is believed.</b> A relay says on which subnet a client is (giaddr), and the server has to believe it; later the client
 * renews by unicast, and then its own address says it. Anybody who can send a packet to the server can do likewise, so name the
 * stations that such packets come from ({@link Builder#from}) unless everybody there may be a relay.
 */
public final class DhcpSubnet {
    private final IpPrefix prefix;
    private final IpAddress rangeStart;
    private final IpAddress rangeEnd;
    private final @Nullable IpAddress router;
    private final List<DhcpRoute> routes;
    private final List<Reservation> reservations;
    private final Set<IpAddress> relays;
    private final Set<MacAddress> stations;

    private DhcpSubnet(Builder builder, IpAddress rangeStart, IpAddress rangeEnd) {
        prefix = builder.prefix;
        this.rangeStart = rangeStart;
        this.rangeEnd = rangeEnd;
        router = builder.router;
        routes = List.copyOf(builder.routes);
        reservations = List.copyOf(builder.reservations);
        relays = Set.copyOf(builder.relays);
        stations = Set.copyOf(builder.stations);
    }

    /**
     * Starts a subnet behind relays, with all of it as the range.
     *
     * @param prefix the subnet, such as 10.0.9.0/24
     * @return a builder
     * @throws IllegalArgumentException if it is no IPv4 subnet
     */
    public static Builder builder(IpPrefix prefix) {
        if (!prefix.address().isIpv4() || !prefix.isSet() || prefix.length() == 0) {
            throw new IllegalArgumentException("prefix must be an IPv4 subnet such as 10.0.9.0/24: prefix=" + prefix);
        }
        return new Builder(prefix.masked(), null);
    }

    /** {@return the subnet} */
    public IpPrefix prefix() {
        return prefix;
    }

    /** {@return the first address that may be given to any client} */
    public IpAddress rangeStart() {
        return rangeStart;
    }

    /** {@return the last one, inclusive} */
    public IpAddress rangeEnd() {
        return rangeEnd;
    }

    /** {@return the default router, or null for none} */
    public @Nullable IpAddress router() {
        return router;
    }

    /** {@return the classless static routes (option 121) as they were given, immutable} */
    public List<DhcpRoute> routes() {
        return routes;
    }

    /** {@return addresses for known stations, immutable} */
    public List<Reservation> reservations() {
        return reservations;
    }

    /** {@return the relay agents that were named, immutable} */
    public Set<IpAddress> relays() {
        return relays;
    }

    /** {@return the stations that messages for this subnet come from, immutable; empty if from any} */
    public Set<MacAddress> stations() {
        return stations;
    }

    /** Collects a {@link DhcpSubnet}. Not for use by several threads. */
    public static final class Builder {
        static final int MAX_RANGE = 65536;
        private static final int MAX_ROUTES = 64;

        private final IpPrefix prefix;
        private final @Nullable IpAddress server; // if it is on the subnet
        private @Nullable IpAddress rangeStart;
        private @Nullable IpAddress rangeEnd;
        private @Nullable IpAddress router;
        private final List<DhcpRoute> routes = new ArrayList<>();
        private final List<Reservation> reservations = new ArrayList<>();
        private final Set<IpAddress> relays = new HashSet<>();
        private final Set<MacAddress> stations = new HashSet<>();

        Builder(IpPrefix prefix, @Nullable IpAddress server) {
            this.prefix = prefix;
            this.server = server;
        }

        /**
         * The addresses for clients without a reservation. By default all of the subnet, or the first 65536. The server, the
         * router, named relays, the reserved, the network and the broadcast address are left out by themselves.
         *
         * @param first the first address
         * @param last the last one, inclusive
         * @return this
         * @throws IllegalArgumentException if they are not on the subnet, in the wrong order or more than 65536
         */
        public Builder range(IpAddress first, IpAddress last) {
            requireOnSubnet("rangeStart", first);
            requireOnSubnet("rangeEnd", last);
            long size = ConfigChecks.size(first, last);
            if (size < 1 || size > MAX_RANGE) {
                throw new IllegalArgumentException("the range must hold 1 to " + MAX_RANGE
                        + " addresses, the lower end first: rangeStart=" + first + ", rangeEnd=" + last);
            }
            rangeStart = first;
            rangeEnd = last;
            return this;
        }

        /**
         * The default router.
         *
         * @param address a host on the subnet
         * @return this
         * @throws IllegalArgumentException if it is not on the subnet
         */
        public Builder router(IpAddress address) {
            requireHost("router", address);
            router = address;
            return this;
        }

        /**
         * Adds a classless static route (option 121). Clients that ask for routes ignore the router (RFC 3442), so the default
         * route over it is added to what they get unless a default route is given here.
         *
         * @param route over a host on the subnet, or on the clients' link
         * @return this
         * @throws IllegalArgumentException if its router is not on the subnet, or there are 64 already
         */
        public Builder route(DhcpRoute route) {
            if (!route.isOnLink()) {
                requireHost("route", route.router());
            }
            if (routes.size() >= MAX_ROUTES) {
                throw new IllegalArgumentException("there can be at most 64 routes: route=" + route);
            }
            routes.add(route);
            return this;
        }

        /**
         * Keeps an address for a station.
         *
         * @param reservation the station and its address
         * @return this
         * @throws IllegalArgumentException if the address is not a client's on this subnet, or station or address have one already
         */
        public Builder reservation(Reservation reservation) {
            ConfigChecks.requireStation(reservation.mac());
            requireHost("reservation", reservation.address());
            String hostname = reservation.hostname();
            if (hostname != null) {
                ConfigChecks.requireName("hostname", hostname);
            }
            for (Reservation other : reservations) {
                if (other.mac().equals(reservation.mac()) || other.address().equals(reservation.address())) {
                    throw new IllegalArgumentException(
                            "a station and an address can be in one reservation only: reservation=" + reservation
                                    + ", other=" + other);
                }
            }
            reservations.add(reservation);
            return this;
        }

        /**
         * Names a relay agent. Once one is named, others are not served on a subnet that the server is not on itself.
         *
         * @param address the relay's address (giaddr), on the subnet
         * @return this
         * @throws IllegalArgumentException if it is not on the subnet
         */
        public Builder relay(IpAddress address) {
            requireHost("relay", address);
            relays.add(address);
            return this;
        }

        /**
         * Names a station that messages for this subnet come from: the relay's or the router's, on the side of the server. Once
         * one is named, messages from others are dropped and counted as filtered.
         *
         * @param station the source of the frames
         * @return this
         * @throws IllegalArgumentException if it is zero or a group's
         */
        public Builder from(MacAddress station) {
            ConfigChecks.requireStation(station);
            stations.add(station);
            return this;
        }

        /**
         * Makes the subnet.
         *
         * @return what was collected
         * @throws IllegalArgumentException if no client could get an address
         */
        public DhcpSubnet build() {
            IpAddress first = rangeStart != null ? rangeStart : defaultRangeStart();
            IpAddress last = rangeEnd != null ? rangeEnd : defaultRangeEnd(first);
            if (!hasFreeAddress(first, last)) {
                throw new IllegalArgumentException(
                        "the range leaves no address for clients, widen it: rangeStart=" + first + ", rangeEnd=" + last
                                + (server == null ? "" : ", serverAddress=" + server) + ", prefix=" + prefix);
            }
            for (Reservation reservation : reservations) {
                if (isTaken(reservation.address())) {
                    throw new IllegalArgumentException(
                            "a reservation cannot have the address of the server, the router or a relay: reservation="
                                    + reservation);
                }
            }
            return new DhcpSubnet(this, first, last);
        }

        private IpAddress defaultRangeStart() {
            IpAddress network = prefix.network();
            return prefix.length() >= 31 ? network : IpAddress.ofIpv4(network.toIpv4Bits() + 1);
        }

        private IpAddress defaultRangeEnd(IpAddress first) {
            IpAddress broadcast = prefix.broadcast();
            int last = prefix.length() >= 31 ? broadcast.toIpv4Bits() : broadcast.toIpv4Bits() - 1;
            long size = Math.min(ConfigChecks.size(first, IpAddress.ofIpv4(last)), MAX_RANGE);
            return IpAddress.ofIpv4(first.toIpv4Bits() + (int) size - 1);
        }

        private boolean hasFreeAddress(IpAddress first, IpAddress last) {
            if (!reservations.isEmpty()) {
                return true;
            }
            for (int address = first.toIpv4Bits(); ; address++) {
                IpAddress candidate = IpAddress.ofIpv4(address);
                if (!isTaken(candidate) && isHost(candidate)) {
                    return true;
                }
                if (candidate.equals(last)) {
                    return false;
                }
            }
        }

        private boolean isTaken(IpAddress address) {
            boolean isServers = server != null && address.equals(server);
            boolean isRouters = router != null && address.equals(router);
            return isServers || isRouters || relays.contains(address);
        }

        private boolean isHost(IpAddress address) {
            return prefix.length() >= 31 || (!address.equals(prefix.network()) && !address.equals(prefix.broadcast()));
        }

        private void requireOnSubnet(String name, IpAddress address) {
            if (!prefix.contains(address)) {
                throw new IllegalArgumentException(
                        name + " must be on the subnet " + prefix + ": " + name + "=" + address);
            }
        }

        void requireHost(String name, IpAddress address) {
            requireOnSubnet(name, address);
            if (!isHost(address)) {
                throw new IllegalArgumentException(name + " must not be the network or broadcast address of " + prefix
                        + ": " + name + "=" + address);
            }
        }
    }
}
