// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import io.pktkit.dhcp.LeaseObserver;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a {@link NatGateway} is made with. Immutable. */
@SuppressWarnings("exports") // who uses this requires io.pktkit.nat, which nobody else needs
public final class NatGatewayConfig {

    /** Room for the gateway, the DHCP server and a guest. */
    private static final int LONGEST_INSIDE = 29;

    private static final int LINK_PREFIX = 64;

    final IpPrefix inside;
    final @Nullable IpPrefix insideIpv6;
    final IpPrefix outside;
    final IpAddress outsideGateway;
    final Filtering filtering;
    final boolean reassemble;
    final List<NatHelper> helpers;
    final List<NatForward> forwards;
    final @Nullable Prefix64 prefix64;
    final @Nullable UUID upnp;
    final List<DnsServer> dnsServers;
    final Path resolvConf;
    final int mtu;
    final Timers timers;
    final @Nullable LeaseObserver leases;

    private NatGatewayConfig(Builder from) {
        inside = from.inside;
        insideIpv6 = from.insideIpv6;
        outside = from.outside;
        outsideGateway = from.outsideGateway;
        filtering = from.filtering;
        reassemble = from.reassemble;
        helpers = List.copyOf(from.helpers);
        forwards = List.copyOf(from.forwards);
        prefix64 = from.prefix64;
        upnp = from.upnp;
        dnsServers = List.copyOf(from.dnsServers);
        resolvConf = from.resolvConf;
        mtu = from.mtu;
        timers = from.timers;
        leases = from.leases;
    }

    /**
     * Begins a configuration.
     *
     * @param inside the gateway's own IPv4 address inside, with its network
     * @param outside its own IPv4 address outside, with its network
     * @param outsideGateway the router of that network
     * @return a builder
     * @throws IllegalArgumentException if one of them cannot be; the message names it
     */
    public static Builder builder(IpPrefix inside, IpPrefix outside, IpAddress outsideGateway) {
        return new Builder(inside, outside, outsideGateway);
    }

    private static void checkHost(String what, IpPrefix prefix) {
        IpAddress address = prefix.address();
        boolean ends = prefix.length() < 31 && (address.equals(prefix.network()) || address.equals(prefix.broadcast()));
        if (!prefix.isSet() || ends || address.isMulticast() || address.isLoopback() || address.isUnspecified()) {
            throw new IllegalArgumentException(
                    what + " needs an address of a host with its length, such as 10.0.0.1/24: " + prefix);
        }
    }

    /** Collects a configuration. Not thread-safe. */
    public static final class Builder {
        private final IpPrefix inside;
        private final IpPrefix outside;
        private final IpAddress outsideGateway;
        private @Nullable IpPrefix insideIpv6;
        private Filtering filtering = Filtering.ENDPOINT_INDEPENDENT;
        private boolean reassemble;
        private final List<NatHelper> helpers = new ArrayList<>();
        private final List<NatForward> forwards = new ArrayList<>();
        private @Nullable Prefix64 prefix64;
        private @Nullable UUID upnp;
        private final List<DnsServer> dnsServers = new ArrayList<>();
        private Path resolvConf = Path.of("/etc/resolv.conf");
        private int mtu = 1500;
        private Timers timers = SystemTimers.shared();
        private @Nullable LeaseObserver leases;

        private Builder(IpPrefix inside, IpPrefix outside, IpAddress outsideGateway) {
            if (inside.family() != IpFamily.IPV4 || inside.length() > LONGEST_INSIDE) {
                throw new IllegalArgumentException(
                        "the inside needs an IPv4 network of /" + LONGEST_INSIDE + " or larger: " + inside);
            }
            checkHost("the inside", inside);
            if (outside.family() != IpFamily.IPV4) {
                throw new IllegalArgumentException("the outside needs an IPv4 address: " + outside);
            }
            checkHost("the outside", outside);
            if (!outside.contains(outsideGateway) || outside.address().equals(outsideGateway)) {
                throw new IllegalArgumentException(
                        "the outside gateway is another host of " + outside + ": " + outsideGateway);
            }
            if (inside.contains(outside.address()) || outside.contains(inside.address())) {
                throw new IllegalArgumentException("the networks overlap: inside " + inside + ", outside " + outside);
            }
            this.inside = inside;
            this.outside = outside;
            this.outsideGateway = outsideGateway;
        }

        /**
         * Gives the inside IPv6 too. With {@link #nat64} it has a random prefix unless this is said.
         *
         * @param prefix the gateway's own address in a /64
         * @return this
         */
        public Builder insideIpv6(IpPrefix prefix) {
            if (prefix.family() != IpFamily.IPV6
                    || prefix.length() != LINK_PREFIX
                    || prefix.address().low() == 0) {
                throw new IllegalArgumentException("it needs an address of a /64, such as fd00::1/64: " + prefix);
            }
            insideIpv6 = prefix;
            return this;
        }

        /**
         * Decides who may come in.
         *
         * @param mode for TCP, UDP and ICMP
         * @return this
         */
        public Builder filtering(Filtering mode) {
            filtering = mode;
            return this;
        }

        /**
         * Decides whether fragments are put together before they are translated, so that helpers see all of a datagram.
         *
         * @param whole whether they are; not unless asked for
         * @return this
         */
        public Builder reassemble(boolean whole) {
            reassemble = whole;
            return this;
        }

        /**
         * Adds an application layer gateway. There is none unless asked for.
         *
         * @param helper see {@link NatHelpers}
         * @return this
         */
        public Builder helper(NatHelper helper) {
            helpers.add(helper);
            return this;
        }

        /**
         * Forwards a port for ever.
         *
         * @param forward to a host of the inside
         * @return this
         */
        public Builder forward(NatForward forward) {
            checkForward(inside, forward);
            for (NatForward other : forwards) {
                boolean samePort =
                        other.protocol() == forward.protocol() && other.outsidePort() == forward.outsidePort();
                if (samePort && !other.equals(forward)) {
                    throw new IllegalArgumentException("the port leads to " + other + " already");
                }
            }
            forwards.add(forward);
            return this;
        }

        /**
         * Lets IPv6 hosts inside reach IPv4 outside, by addresses of a prefix, which the name server makes for names
         * that have none (DNS64).
         *
         * @param prefix such as {@link Prefix64#WELL_KNOWN}
         * @return this
         */
        public Builder nat64(Prefix64 prefix) {
            prefix64 = prefix;
            return this;
        }

        /**
         * Lets hosts inside forward ports to themselves, by UPnP, NAT-PMP and PCP.
         *
         * @param uuid who this gateway is to them, the same whenever it is brought up
         * @return this
         */
        public Builder upnp(UUID uuid) {
            upnp = uuid;
            return this;
        }

        /**
         * Asks a name server, in place of those of the host.
         *
         * @param server which the host can reach
         * @return this
         */
        public Builder dnsServer(DnsServer server) {
            dnsServers.add(server);
            return this;
        }

        /**
         * Says where the host's name servers are listed.
         *
         * @param file need not exist
         * @return this
         */
        public Builder resolvConf(Path file) {
            resolvConf = file;
            return this;
        }

        /**
         * Sets the MTU of both sides.
         *
         * @param bytes 1280 to 9000
         * @return this
         */
        public Builder mtu(int bytes) {
            if (bytes < 1280 || bytes > 9000) {
                throw new IllegalArgumentException("mtu must be in [1280, 9000]: mtu=" + bytes);
            }
            mtu = bytes;
            return this;
        }

        /**
         * Sets the clock.
         *
         * @param clock of everything but the host's sockets
         * @return this
         */
        public Builder timers(Timers clock) {
            timers = clock;
            return this;
        }

        /**
         * Names who hears of DHCP leases.
         *
         * @param observer called on a thread for callbacks
         * @return this
         */
        public Builder leases(LeaseObserver observer) {
            leases = observer;
            return this;
        }

        /** {@return the configuration} */
        public NatGatewayConfig build() {
            return new NatGatewayConfig(this);
        }
    }

    static void checkForward(IpPrefix inside, NatForward forward) {
        if (forward.host().isIpv4()) {
            boolean host = inside.contains(forward.host())
                    && !forward.host().equals(inside.address())
                    && !forward.host().equals(inside.network())
                    && !forward.host().equals(inside.broadcast());
            if (!host) {
                throw new IllegalArgumentException(forward.host() + " is no host of the inside, " + inside.masked());
            }
        }
    }
}
