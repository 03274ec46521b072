// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client is given: its addresses, and what else is pushed to it. Immutable. */
public final class ClientSettings {

    private final @Nullable IpPrefix ipv4;
    private final @Nullable IpPrefix ipv6;
    private final @Nullable IpAddress gateway4;
    private final @Nullable IpAddress gateway6;
    private final Topology topology;
    private final List<IpPrefix> routes;
    private final List<IpPrefix> clientNetworks;
    private final List<IpAddress> dnsServers;
    private final List<String> searchDomains;
    private final String redirectGateway;
    private final int mtu;
    private final List<String> options;

    private ClientSettings(Builder builder) {
        ipv4 = builder.ipv4;
        ipv6 = builder.ipv6;
        gateway4 = builder.gateway4;
        gateway6 = builder.gateway6;
        topology = builder.topology;
        routes = List.copyOf(builder.routes);
        clientNetworks = List.copyOf(builder.clientNetworks);
        dnsServers = List.copyOf(builder.dnsServers);
        searchDomains = List.copyOf(builder.searchDomains);
        redirectGateway = builder.redirectGateway;
        mtu = builder.mtu;
        options = List.copyOf(builder.options);
    }

    /** {@return a builder of settings in which nothing is set} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return a builder of settings like these} */
    public Builder toBuilder() {
        Builder copy = new Builder();
        copy.ipv4 = ipv4;
        copy.ipv6 = ipv6;
        copy.gateway4 = gateway4;
        copy.gateway6 = gateway6;
        copy.topology = topology;
        copy.routes.addAll(routes);
        copy.clientNetworks.addAll(clientNetworks);
        copy.dnsServers.addAll(dnsServers);
        copy.searchDomains.addAll(searchDomains);
        copy.redirectGateway = redirectGateway;
        copy.mtu = mtu;
        copy.options.addAll(options);
        return copy;
    }

    /**
     * The client's address and subnet.
     *
     * @param family of which family
     * @return the address with the length of its subnet; null if it has none
     */
    public @Nullable IpPrefix address(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    /**
     * The server's address on the client's subnet, which routes go over.
     *
     * @param family of which family
     * @return the address; null if none is told
     */
    public @Nullable IpAddress gateway(IpFamily family) {
        return family == IpFamily.IPV4 ? gateway4 : gateway6;
    }

    /** {@return how the client's tun device is addressed} */
    public Topology topology() {
        return topology;
    }

    /** {@return networks that the client is told to reach through the tunnel} */
    public List<IpPrefix> routes() {
        return routes;
    }

    /** {@return networks behind the client: packets from and to them belong to it ({@code iroute})} */
    public List<IpPrefix> clientNetworks() {
        return clientNetworks;
    }

    /** {@return the name servers} */
    public List<IpAddress> dnsServers() {
        return dnsServers;
    }

    /** {@return domains to complete names with} */
    public List<String> searchDomains() {
        return searchDomains;
    }

    /** {@return the flags of {@code redirect-gateway}, such as {@code def1}; empty if all else stays outside the tunnel} */
    public String redirectGateway() {
        return redirectGateway;
    }

    /** {@return the MTU to push; 0 to push the server's} */
    public int mtu() {
        return mtu;
    }

    /** {@return further options, pushed as they are} */
    public List<String> options() {
        return options;
    }

    /** Collects settings. Not for several threads. */
    public static final class Builder {

        private @Nullable IpPrefix ipv4;
        private @Nullable IpPrefix ipv6;
        private @Nullable IpAddress gateway4;
        private @Nullable IpAddress gateway6;
        private Topology topology = Topology.SUBNET;
        private final List<IpPrefix> routes = new ArrayList<>();
        private final List<IpPrefix> clientNetworks = new ArrayList<>();
        private final List<IpAddress> dnsServers = new ArrayList<>();
        private final List<String> searchDomains = new ArrayList<>();
        private String redirectGateway = "";
        private int mtu;
        private final List<String> options = new ArrayList<>();

        private Builder() {}

        /**
         * Gives an address.
         *
         * @param address with the length of its subnet
         * @param gateway the server's address on it
         * @return this
         */
        public Builder address(IpPrefix address, IpAddress gateway) {
            if (address.family() != gateway.family() || !address.contains(gateway)) {
                throw new IllegalArgumentException(
                        "the gateway must be on the client's subnet: address=" + address + " gateway=" + gateway);
            }
            if (address.family() == IpFamily.IPV4) {
                ipv4 = address;
                gateway4 = gateway;
            } else {
                ipv6 = address;
                gateway6 = gateway;
            }
            return this;
        }

        /**
         * Chooses how a tun device is addressed. Default {@link Topology#SUBNET}.
         *
         * @param choice the topology
         * @return this
         */
        public Builder topology(Topology choice) {
            topology = choice;
            return this;
        }

        /**
         * Tells the client to reach a network through the tunnel.
         *
         * @param network the network
         * @return this
         */
        public Builder route(IpPrefix network) {
            routes.add(network.masked());
            return this;
        }

        /**
         * Says that a network is behind the client.
         *
         * @param network the network
         * @return this
         */
        public Builder clientNetwork(IpPrefix network) {
            clientNetworks.add(network.masked());
            return this;
        }

        /**
         * Adds a name server.
         *
         * @param server its address
         * @return this
         */
        public Builder dnsServer(IpAddress server) {
            dnsServers.add(server);
            return this;
        }

        /**
         * Adds a domain to complete names with.
         *
         * @param domain the domain
         * @return this
         */
        public Builder searchDomain(String domain) {
            searchDomains.add(word("domain", domain));
            return this;
        }

        /**
         * Sends all that has no better route through the tunnel.
         *
         * @param flags such as {@code def1} or {@code def1 ipv6}; empty to take it back
         * @return this
         */
        public Builder redirectGateway(String flags) {
            redirectGateway = option("flags", flags);
            return this;
        }

        /**
         * Pushes an MTU.
         *
         * @param bytes 576 to 65535; 0 for the server's
         * @return this
         */
        public Builder mtu(int bytes) {
            if (bytes != 0 && (bytes < 576 || bytes > 65_535)) {
                throw new IllegalArgumentException("an MTU is 576 to 65535: mtu=" + bytes);
            }
            mtu = bytes;
            return this;
        }

        /**
         * Pushes an option as it is.
         *
         * @param line such as {@code block-outside-dns}; without comma and quote, which a push cannot carry
         * @return this
         */
        public Builder option(String line) {
            options.add(option("option", line));
            return this;
        }

        /** {@return the settings} */
        public ClientSettings build() {
            return new ClientSettings(this);
        }

        private static String word(String name, String value) {
            if (value.isEmpty() || value.chars().anyMatch(Character::isWhitespace)) {
                throw new IllegalArgumentException("one word is needed: " + name + "=" + value);
            }
            return option(name, value);
        }

        private static String option(String name, String value) {
            if (value.chars().anyMatch(c -> c == ',' || c == '"' || c < ' ' || c > '~') || value.length() > 512) {
                throw new IllegalArgumentException(
                        "plain ASCII without comma and quote, at most 512 of it: " + name + "=" + value);
            }
            return value;
        }
    }
}
