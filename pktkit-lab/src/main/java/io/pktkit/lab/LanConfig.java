// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.dhcp.LeaseObserver;
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

    private static final int MAX_MTU = 9000;
    private static final int MIN_LENGTH = 8;
    private static final int MAX_LENGTH = 29; // gateway, DHCP server, and four guests

    final IpPrefix subnet;
    final int mtu;
    final String domain;
    final Map<String, List<IpAddress>> names;
    final List<Integer> hostPorts;
    final Map<Integer, InetSocketAddress> hostTargets;
    final EgressPolicy egress;
    final Path resolvConf;
    final Timers timers;
    final @Nullable LeaseObserver leases;
    final @Nullable GuestProfile guests;

    private LanConfig(Builder builder) {
        subnet = builder.subnet;
        mtu = builder.mtu;
        domain = builder.domain;
        names = Map.copyOf(builder.names);
        hostPorts = List.copyOf(builder.hostPorts);
        hostTargets = Map.copyOf(builder.hostTargets);
        egress = builder.egress;
        resolvConf = builder.resolvConf;
        timers = builder.timers;
        leases = builder.leases;
        guests = builder.guests;
    }

    /**
     * Starts from the defaults: 10.0.2.0/24, MTU 1500, the domain {@code pktkit}, guests reach public addresses only.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the parts of a configuration. Not for several threads. */
    public static final class Builder {
        private IpPrefix subnet = IpPrefix.parse("10.0.2.0/24");
        private int mtu = 1500;
        private String domain = "pktkit";
        private final Map<String, List<IpAddress>> names = new LinkedHashMap<>();
        private final List<Integer> hostPorts = new ArrayList<>();
        private final Map<Integer, InetSocketAddress> hostTargets = new LinkedHashMap<>();
        private EgressPolicy egress = EgressPolicy.publicInternet();
        private Path resolvConf = Path.of("/etc/resolv.conf");
        private Timers timers = SystemTimers.shared();
        private @Nullable LeaseObserver leases;
        private @Nullable GuestProfile guests = GuestProfile.DEFAULT;

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
         * The largest IP packet on the network, which guests are told by DHCP.
         *
         * @param bytes 1280 to 9000
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
         * @param name a domain name
         * @return this
         */
        public Builder domain(String name) {
            domain = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Gives an address a name that guests can resolve.
         *
         * @param name a whole domain name
         * @param address what it stands for; called again for a name, one more
         * @return this
         */
        public Builder name(String name, IpAddress address) {
            names.computeIfAbsent(name, unused -> new ArrayList<>()).add(address);
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
