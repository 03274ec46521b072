// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.dhcp.LeaseObserver;
import io.pktkit.dhcp.LeaseStore;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.slirp.EgressPolicy;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a {@link Lan} is set up. Immutable; made by {@link #builder()}, which checks each value. */
public final class LanConfig {
    /** Small enough that every protocol fits: what IPv6 asks of each link. */
    private static final int MIN_MTU = 1280;

    /** The longest IP packet, less what rounds an Ethernet frame down to a multiple of 16: as user-mode networks have it. */
    private static final int MAX_MTU = 65_520;

    private static final int MIN_LENGTH = 8;
    private static final int MAX_LENGTH = 29; // gateway, DHCP server, and four guests

    final IpPrefix subnet;
    final @Nullable IpPrefix ipv6;
    final @Nullable IpPrefix uniqueLocal;
    final boolean ula;
    final @Nullable Boolean ipv6Router;
    final int mtu;
    final String domain;
    final Map<DnsName, List<IpAddress>> names;
    final List<Integer> hostPorts;
    final Map<Integer, InetSocketAddress> hostTargets;
    final EgressPolicy egress;
    final Path resolvConf;
    final List<DnsServer> dnsServers;
    final Timers timers;
    final @Nullable LeaseObserver leases;
    final @Nullable LeaseStore leaseStore;
    final @Nullable GuestProfile guests;
    final int staticAddresses;
    final OffloadMode offload;

    private LanConfig(Builder builder) {
        subnet = builder.subnet;
        ipv6 = builder.ipv6;
        uniqueLocal = builder.uniqueLocal;
        ula = builder.ula;
        ipv6Router = builder.ipv6Router;
        mtu = builder.mtu;
        domain = builder.domain;
        names = Map.copyOf(builder.names);
        hostPorts = List.copyOf(builder.hostPorts);
        hostTargets = Map.copyOf(builder.hostTargets);
        egress = builder.egress;
        resolvConf = builder.resolvConf;
        dnsServers = List.copyOf(builder.dnsServers);
        timers = builder.timers;
        leases = builder.leases;
        leaseStore = builder.leaseStore;
        guests = builder.guests;
        staticAddresses = builder.staticAddresses;
        offload = builder.offload;
    }

    /**
     * Starts from the defaults: 10.0.2.0/24 and a unique local prefix of its own, MTU 1500, the domain {@code pktkit}, guests reach
     * public addresses only.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the parts of a configuration. Not for several threads. */
    public static final class Builder {
        private IpPrefix subnet = IpPrefix.parse("10.0.2.0/24");
        private @Nullable IpPrefix ipv6;
        private @Nullable IpPrefix uniqueLocal;
        private boolean ula = true;
        private @Nullable Boolean ipv6Router;
        private int mtu = 1500;
        private String domain = "pktkit";
        private final Map<DnsName, List<IpAddress>> names = new LinkedHashMap<>();
        private final List<Integer> hostPorts = new ArrayList<>();
        private final Map<Integer, InetSocketAddress> hostTargets = new LinkedHashMap<>();
        private EgressPolicy egress = EgressPolicy.publicInternet();
        private Path resolvConf = Path.of("/etc/resolv.conf");
        private final List<DnsServer> dnsServers = new ArrayList<>();
        private Timers timers = SystemTimers.shared();
        private @Nullable LeaseObserver leases;
        private @Nullable LeaseStore leaseStore;
        private @Nullable GuestProfile guests = GuestProfile.DEFAULT;

        private int staticAddresses;
        private OffloadMode offload = OffloadMode.AUTO;

        private Builder() {}

        /**
         * The IPv4 subnet. Its first address is the gateway's, the second the DHCP server's, the others are the guests'.
         *
         * @param prefix a unicast subnet with a length of 8 to 29, and no bit set beyond it: {@code 172.16.0.0/8} would be a network
         *     that nobody means
         * @return this
         * @throws IllegalArgumentException if it is not such a subnet
         */
        public Builder subnet(IpPrefix prefix) {
            IpAddress network = prefix.network();
            boolean unicast = !network.isMulticast()
                    && !network.isLoopback()
                    && !network.isLinkLocal()
                    && !network.isUnspecified()
                    && Integer.compareUnsigned(network.toIpv4Bits(), 0xE000_0000) < 0;
            if (!network.isIpv4() || prefix.length() < MIN_LENGTH || prefix.length() > MAX_LENGTH || !unicast) {
                throw new IllegalArgumentException("subnet must be an IPv4 unicast subnet with a length of 8 to 29,"
                        + " such as 10.0.2.0/24: subnet=" + prefix);
            }
            if (!prefix.equals(prefix.masked())) {
                throw new IllegalArgumentException(
                        prefix + " has bits set beyond its length; the network with that length is " + prefix.masked()
                                + ": subnet=" + prefix);
            }
            subnet = prefix;
            return this;
        }

        /**
         * The prefix that is used in place of a random one, unless {@link #ipv6} gives another or there is no IPv6: one that
         * this network had before, for guests whose addresses last.
         *
         * @param prefix a /64 of unicast addresses
         * @return this
         * @throws IllegalArgumentException if it is no such prefix
         */
        public Builder uniqueLocal(IpPrefix prefix) {
            uniqueLocal = checkedIpv6(prefix);
            return this;
        }

        /**
         * The IPv6 prefix of which guests make themselves addresses; its address 1 is the gateway's. By default each network
         * makes itself a random one (RFC 4193).
         *
         * @param prefix a /64 of unicast addresses
         * @return this
         * @throws IllegalArgumentException if it is no such prefix
         */
        public Builder ipv6(IpPrefix prefix) {
            ipv6 = checkedIpv6(prefix);
            ula = false;
            return this;
        }

        private static IpPrefix checkedIpv6(IpPrefix prefix) {
            IpAddress network = prefix.address();
            if (prefix.length() != 64
                    || network.isIpv4()
                    || !prefix.equals(prefix.masked())
                    || network.isMulticast()
                    || network.isLinkLocal()
                    || network.high() == 0) {
                throw new IllegalArgumentException(
                        "ipv6 must be a /64 of unicast addresses, such as fd12:3456:789a:1::/64: ipv6=" + prefix);
            }
            return prefix;
        }

        /**
         * Leaves IPv6 out: guests are told of none.
         *
         * @return this
         */
        public Builder withoutIpv6() {
            ipv6 = null;
            ula = false;
            return this;
        }

        /**
         * Says whether the gateway is a default router for IPv6. By default it is if the host has a route to public addresses: a guest
         * that has a default route and no way behind it waits for a time-out with each connection.
         *
         * @param isDefault whether it is
         * @return this
         */
        public Builder ipv6Router(boolean isDefault) {
            ipv6Router = isDefault;
            return this;
        }

        /**
         * The largest IP packet on the network, which guests are told by DHCP.
         *
         * @param bytes 1280 to 65520
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder mtu(int bytes) {
            if (bytes < MIN_MTU || bytes > MAX_MTU) {
                throw new IllegalArgumentException("mtu must be in [" + MIN_MTU + ", " + MAX_MTU + "]: mtu=" + bytes);
            }
            mtu = bytes;
            return this;
        }

        /**
         * The domain that the names of guests end in.
         *
         * @param name a domain name, with or without a dot at the end; not the root, in which all names are
         * @return this
         * @throws IllegalArgumentException if it is none, or too long for the names in it
         */
        public Builder domain(String name) {
            DnsName parsed = DnsName.parse(name);
            if (parsed.isRoot()) {
                throw new IllegalArgumentException("the root cannot be one network's own: domain=" + name);
            }
            DnsName.parse("gateway." + name);
            domain = parsed.toString();
            return this;
        }

        /**
         * Gives an address a name that guests can resolve.
         *
         * @param name a whole domain name, in upper or lower case
         * @param address what it stands for; called again for a name, one more
         * @return this
         * @throws IllegalArgumentException if it is no domain name
         */
        public Builder name(String name, IpAddress address) {
            names.computeIfAbsent(DnsName.parse(name), unused -> new ArrayList<>())
                    .add(address);
            return this;
        }

        /**
         * Opens a port of the host's loopback to guests, at the same port of the gateway's address.
         *
         * @param port 1 to 65535
         * @return this
         * @throws IllegalArgumentException if it is out of range, or leads elsewhere already
         */
        public Builder allowHost(int port) {
            checkPort(port);
            InetSocketAddress target = hostTargets.get(port);
            if (target != null) {
                throw taken(port, "the host's loopback", target.toString());
            }
            if (!hostPorts.contains(port)) {
                hostPorts.add(port);
            }
            return this;
        }

        /**
         * Opens one service that the host can reach to guests, at a port of the gateway's address.
         *
         * @param port the port that guests use, 1 to 65535
         * @param target what it leads to
         * @return this
         * @throws IllegalArgumentException if the port is out of range or leads elsewhere already, or the target is not resolved
         */
        public Builder allowHost(int port, InetSocketAddress target) {
            checkPort(port);
            if (target.isUnresolved() || target.getAddress().isAnyLocalAddress() || target.getPort() == 0) {
                throw new IllegalArgumentException("target must be a resolved address with a port: target=" + target);
            }
            InetSocketAddress other = hostTargets.get(port);
            if (hostPorts.contains(port) || (other != null && !other.equals(target))) {
                throw taken(port, target.toString(), other == null ? "the host's loopback" : other.toString());
            }
            hostTargets.put(port, target);
            return this;
        }

        private static IllegalArgumentException taken(int port, String wanted, String has) {
            return new IllegalArgumentException("port " + port + " leads to " + has + " already, and cannot lead to "
                    + wanted + " as well: port=" + port);
        }

        /**
         * Which other destinations guests reach; by default public addresses only.
         *
         * @param policy the policy
         * @return this
         */
        public Builder egress(EgressPolicy policy) {
            egress = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * Where the host's name servers are listed.
         *
         * @param file in the form of {@code resolv.conf}; read again when it changes, and need not exist
         * @return this
         */
        public Builder resolvConf(Path file) {
            resolvConf = Objects.requireNonNull(file, "file");
            return this;
        }

        /**
         * Adds a name server for names that are not the network's own. Without one it is the host's.
         *
         * @param server the server
         * @return this
         */
        public Builder dnsServer(DnsServer server) {
            dnsServers.add(Objects.requireNonNull(server, "server"));
            return this;
        }

        /**
         * The clock of everything but the real sockets.
         *
         * @param clock the timers
         * @return this
         */
        public Builder timers(Timers clock) {
            timers = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Who hears which guests join and leave.
         *
         * @param observer called for each lease
         * @return this
         */
        public Builder leases(LeaseObserver observer) {
            leases = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Where the leases are kept, so that guests have their addresses and names again when the network comes up again; those
         * of {@link Lan#isolatedGuests} end with the process.
         *
         * @param store a store of no other network's, such as a {@link io.pktkit.dhcp.FileLeaseStore}
         * @return this
         */
        public Builder leaseStore(LeaseStore store) {
            leaseStore = Objects.requireNonNull(store, "store");
            return this;
        }

        /**
         * What a guest may do; {@link GuestProfile#DEFAULT} unless told otherwise. A port with more stations than a virtual
         * machine has, such as a bridge, needs a profile that says so.
         *
         * @param profile the profile of every guest's port
         * @return this
         */
        public Builder guests(GuestProfile profile) {
            guests = Objects.requireNonNull(profile, "profile");
            return this;
        }

        /**
         * Whether the kernel hands over and is given super-segments and pending checksums at the interfaces of {@link
         * Lan#addTap}; {@link OffloadMode#AUTO} unless told otherwise.
         *
         * @param mode the choice
         * @return this
         */
        public Builder offload(OffloadMode mode) {
            offload = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /**
         * Keeps the last addresses of the subnet from the DHCP server, for guests that do without it, see {@link
         * Lan#connectStatic}. Set the subnet first.
         *
         * @param count how many, 0 unless told otherwise; at least one address is left to the DHCP server
         * @return this
         * @throws IllegalArgumentException if there are not as many
         */
        public Builder staticAddresses(int count) {
            int most = size() - 5; // two of the subnet, gateway, DHCP server, a guest
            if (count < 0 || count > most) {
                throw new IllegalArgumentException(
                        "of " + subnet + " at most " + most + " addresses can be kept: staticAddresses=" + count);
            }
            staticAddresses = count;
            return this;
        }

        /**
         * Keeps the last quarter of the subnet's addresses from the DHCP server, at most 1024 of them, as {@link
         * #staticAddresses(int)} does.
         *
         * @return this
         */
        public Builder staticAddresses() {
            return staticAddresses(Math.min(1024, (size() - 2) / 4));
        }

        private int size() {
            return 1 << (32 - subnet.length());
        }

        /**
         * Trusts every guest: any may use any address but those of the gateway and the DHCP server.
         *
         * @return this
         */
        public Builder trustGuests() {
            guests = null;
            return this;
        }

        /**
         * Makes the configuration.
         *
         * @return an immutable copy of what was set
         */
        public LanConfig build() {
            return new LanConfig(this);
        }

        private static int checkPort(int port) {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("port must be in [1, 65535]: port=" + port);
            }
            return port;
        }
    }
}
