// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import io.pktkit.device.L2Device;
import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpServerConfigBuilder;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.dhcp.ra.InterfaceIdentifier;
import io.pktkit.dhcp.ra.Ipv6Offer;
import io.pktkit.dhcp.v6.Ipv6Services;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.server.Dns64;
import io.pktkit.dns.server.NameTable;
import io.pktkit.dns.server.RebindingGuard;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.PortSecurity;
import io.pktkit.hub.guard.AddressBinding;
import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.lab.internal.Closers;
import io.pktkit.lab.internal.HostIpv6;
import io.pktkit.lab.internal.LanNameServer;
import io.pktkit.link.Links;
import io.pktkit.nat.Nat;
import io.pktkit.nat.NatPort;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.pcp.PcpService;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.nat.service.NatService;
import io.pktkit.nat.service.NatServices;
import io.pktkit.nat.service.PortLeaseLimits;
import io.pktkit.nat.service.PortLeases;
import io.pktkit.nat.upnp.UpnpService;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A router with NAT between two Ethernet networks; see the package. Any thread. */
@SuppressWarnings("exports") // who uses this requires io.pktkit.nat, which nobody else needs
public final class NatGateway implements AutoCloseable {

    /** What guests' names end in, as in a {@link io.pktkit.lab.Lan}. */
    private static final String DOMAIN = "pktkit";

    private static final MacAddress INSIDE_MAC = MacAddress.of(0x02_DD_00_00_00_01L);
    private static final int LINK_PREFIX = 64;

    /** RFC 8925 section 3.4: hosts that can do without IPv4 ask again after it; those that cannot do not hear of it. */
    private static final Duration IPV6_ONLY_WAIT = Duration.ofMinutes(30);

    /** Behind a TAP there may be a bridge with many guests, who share what one port may do. */
    private static final GuestProfile GUESTS = new GuestProfile(256, GuestProfile.MOST_ADDRESSES, true, 4000, 8000);

    private final NatGatewayConfig config;
    private final @Nullable IpPrefix ipv6;
    private final IpAddress dhcpAddress;
    private final L2Hub hub;
    private final AddressBindings bindings;
    private final NameTable names;
    private final Nat nat;
    private final NatPort inside;
    private final CompletableFuture<String> gone = new CompletableFuture<>();
    private final Closers closers = new Closers();

    private NatGateway(NatGatewayConfig config) throws IOException {
        this.config = config;
        this.ipv6 = ipv6(config);
        this.dhcpAddress = beside(config.inside);
        this.hub = new L2Hub(config.timers);
        this.bindings = AddressBindings.create(config.timers);
        this.names = names();
        try {
            closers.add(hub);
            nat = closers.add(
                    new Nat(natConfig(config), config.timers, networks().toArray(new IpPrefix[0])));
            bindings.protect(config.inside.address());
            bindings.protect(dhcpAddress);
            bindings.protect(InterfaceIdentifier.linkLocal(INSIDE_MAC));
            if (ipv6 != null) {
                bindings.protect(ipv6.address());
            }
            inside = openInside();
            for (NatForward forward : config.forwards) {
                forward(forward);
            }
        } catch (IOException | RuntimeException | Error e) {
            closers.closeAfter(e);
            throw e;
        }
    }

    /**
     * Brings a gateway up between two devices, which stay the caller's to close.
     *
     * @param config what it is like
     * @param guests what leads to the hosts inside
     * @param upstream what leads to the network outside
     * @return the gateway, running
     * @throws IOException if no socket can be had for the name server, or a forward cannot be
     */
    public static NatGateway open(NatGatewayConfig config, L2Device guests, L2Device upstream) throws IOException {
        NatGateway made = new NatGateway(config);
        try {
            made.start(guests, upstream);
            return made;
        } catch (RuntimeException | Error e) {
            made.closers.closeAfter(e);
            throw e;
        }
    }

    /**
     * Brings a gateway up between two TAP interfaces, which it makes and which go with it. Needs root or CAP_NET_ADMIN.
     *
     * @param config what it is like
     * @param guests name of the interface for the hosts inside
     * @param upstream name of the interface for the network outside
     * @return the gateway, running
     * @throws IOException if an interface cannot be had, see {@link Tap#open}
     */
    public static NatGateway open(NatGatewayConfig config, String guests, String upstream) throws IOException {
        NatGateway made = new NatGateway(config);
        try {
            made.start(made.tap(guests), made.tap(upstream));
            return made;
        } catch (IOException | RuntimeException | Error e) {
            made.closers.closeAfter(e);
            throw e;
        }
    }

    private Tap tap(String name) throws IOException {
        try {
            Tap tap = closers.add(
                    Tap.open(TapConfig.builder().name(name).mtu(config.mtu).build()));
            var unused = tap.done().thenRun(() -> gone.complete(name));
            return tap;
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new IOException(name + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable IpPrefix ipv6(NatGatewayConfig config) {
        if (config.insideIpv6 != null || config.prefix64 == null) {
            return config.insideIpv6;
        }
        return IpPrefix.of(IpAddress.ofIpv6(HostIpv6.uniqueLocal().address().high(), 1), LINK_PREFIX);
    }

    /** The address after the gateway's, or before it if that is none of a host. */
    private static IpAddress beside(IpPrefix inside) {
        int own = inside.address().toIpv4Bits();
        IpAddress next = IpAddress.ofIpv4(own + 1);
        return next.equals(inside.broadcast()) ? IpAddress.ofIpv4(own - 1) : next;
    }

    private static NatConfig natConfig(NatGatewayConfig config) {
        NatConfig.Builder builder = NatConfig.builder(config.outside.address())
                .filtering(config.filtering)
                .reassemble(config.reassemble);
        config.helpers.forEach(builder::helper);
        if (config.prefix64 != null) {
            builder.prefix64(config.prefix64);
        }
        return builder.build();
    }

    private List<IpPrefix> networks() {
        return ipv6 == null ? List.of(config.inside) : List.of(config.inside, ipv6);
    }

    private NameTable names() {
        List<IpAddress> own = networks().stream().map(IpPrefix::address).toList();
        List<IpPrefix> prefixes = networks().stream().map(IpPrefix::masked).toList();
        return new NameTable(DnsName.parse(DOMAIN), prefixes, Map.of(DnsName.parse("gateway." + DOMAIN), own));
    }

    private NatPort openInside() throws IOException {
        L2Adapter adapter = closers.add(L2Adapter.builder()
                .macAddress(INSIDE_MAC)
                .router(true)
                .mtu(config.mtu)
                .timers(config.timers)
                .build());
        networks().forEach(adapter.ip()::setPrefix);
        NatPort port = closers.add(nat.connect(adapter.ip()));
        addInfrastructure(adapter);
        closers.add(NatServices.on(nat, config.timers, services()));
        if (ipv6 != null) {
            closers.add(new Ipv6Services(port, INSIDE_MAC, offer(ipv6), config.timers));
        }
        addInfrastructure(closers.add(new DhcpServer(dhcpConfig(), config.timers)));
        return port;
    }

    private List<NatService> services() throws IOException {
        List<NatService> services = new ArrayList<>();
        services.add(new NatNames(closers.add(nameServer())));
        if (config.upnp != null) {
            PortLeases leases = closers.add(new PortLeases(nat, config.timers, PortLeaseLimits.DEFAULT));
            services.add(
                    new UpnpService(leases, config.upnp, (int) Instant.now().getEpochSecond(), "pktkit NAT"));
            services.add(new PcpService(leases));
        }
        return services;
    }

    private LanNameServer nameServer() throws IOException {
        RebindingGuard guard =
                RebindingGuard.of(networks().stream().map(IpPrefix::masked).toList());
        return config.dnsServers.isEmpty()
                ? new LanNameServer(
                        config.timers, config.resolvConf, ownAddresses(), names, guard, this::isProven, dns64())
                : new LanNameServer(config.timers, config.dnsServers, names, guard, this::isProven, dns64());
    }

    /** No address is made that the NAT64 would not translate. */
    private @Nullable Dns64 dns64() {
        Prefix64 prefix = config.prefix64;
        if (prefix == null) {
            return null;
        }
        boolean global = prefix.equals(Prefix64.WELL_KNOWN); // RFC 6052 section 3.1
        return new Dns64(
                prefix.prefix(),
                ipv4 -> isReached(ipv4) && !(global && ipv4.isPrivate()) ? prefix.embed(ipv4) : null,
                prefix::extract);
    }

    private boolean isReached(IpAddress ipv4) {
        return !ipv4.isLoopback()
                && !ipv4.isUnspecified()
                && !ipv4.isLinkLocal()
                && !ipv4.isMulticast()
                && !config.inside.contains(ipv4);
    }

    private Set<IpAddress> ownAddresses() {
        Set<IpAddress> own = new HashSet<>();
        networks().forEach(prefix -> own.add(prefix.address()));
        own.add(config.outside.address());
        own.add(dhcpAddress);
        return own;
    }

    private boolean isProven(IpAddress address) {
        AddressBinding binding = bindings.find(address);
        return binding != null && binding.origin() != Origin.SNOOPED;
    }

    private Ipv6Offer offer(IpPrefix own) {
        Prefix64 prefix64 = config.prefix64;
        return new Ipv6Offer(
                own.masked(),
                prefix64 == null ? Duration.ZERO : Ipv6Offer.USUAL_ROUTER_LIFETIME,
                config.mtu,
                List.of(own.address()),
                List.of(DOMAIN),
                prefix64 == null ? null : prefix64.prefix());
    }

    private DhcpServerConfig dhcpConfig() {
        IpPrefix network = config.inside;
        int first = network.network().toIpv4Bits() + 1;
        int last = network.broadcast().toIpv4Bits() - 1;
        int cap = first + 0xFFFF;
        boolean large = Integer.compareUnsigned(cap, last) < 0;
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(IpPrefix.of(dhcpAddress, network.length()))
                .range(IpAddress.ofIpv4(first), IpAddress.ofIpv4(large ? cap : last))
                .router(network.address())
                .dnsServers(List.of(network.address()))
                .domainName(DOMAIN)
                .mtu(config.mtu)
                .pathObserver(this::onLease);
        if (config.prefix64 != null) {
            builder.ipv6Only(IPV6_ONLY_WAIT);
        }
        if (config.leases != null) {
            builder.observer(config.leases);
        }
        return builder.build();
    }

    private void onLease(ServerLease lease, LeaseEvent event) {
        if (event == LeaseEvent.GRANTED || event == LeaseEvent.RENEWED) {
            names.guestJoined(lease.hostname(), lease.address());
            MacAddress station = lease.station().equals(MacAddress.ZERO) ? lease.mac() : lease.station();
            bindings.bindLease(lease.address(), station);
        } else {
            names.guestLeft(lease.address());
            bindings.release(lease.address());
        }
    }

    /** The station of such a port is nobody else's, whatever a guest says. */
    private void addInfrastructure(L2Device device) {
        closers.add(hub.connect(device, port -> port.setSecurity(PortSecurity.only(device.macAddress()))));
    }

    private void start(L2Device guests, L2Device upstream) {
        L2Adapter adapter = closers.add(L2Adapter.builder()
                .gateway(config.outsideGateway)
                .router(true)
                .mtu(config.mtu)
                .timers(config.timers)
                .build());
        adapter.ip().setPrefix(config.outside);
        closers.add(nat.outside(adapter.ip()));
        closers.add(Links.connect(adapter, upstream));
        HubPort place = hub.connect(guests, port -> port.setGuest(GUESTS, bindings));
        closers.add(place);
    }

    /**
     * Forwards a port of the outside address to a host inside, for ever.
     *
     * @param forward what to
     * @return the mapping
     * @throws NatForwardException if the port is somebody else's, or the host has a forward of that port already
     * @throws IllegalArgumentException if it is no host of the inside
     */
    public NatMapping forward(NatForward forward) throws NatForwardException {
        NatGatewayConfig.checkForward(config.inside, forward);
        return nat.mappings()
                .forward(
                        inside.namespace(),
                        forward.protocol(),
                        config.outside.address(),
                        forward.outsidePort(),
                        forward.host(),
                        forward.hostPort(),
                        Duration.ZERO);
    }

    /** {@return the NAT} */
    public Nat nat() {
        return nat;
    }

    /** {@return the place of the hosts inside at the NAT} */
    public NatPort inside() {
        return inside;
    }

    /** {@return the gateway's address inside, with its network} */
    public IpPrefix insideAddress() {
        return config.inside;
    }

    /**
     * Tells the gateway's IPv6 address inside.
     *
     * @return the address with its network, or null if there is no IPv6
     */
    public @Nullable IpPrefix insideIpv6() {
        return ipv6;
    }

    /** {@return the gateway's address outside, with its network} */
    public IpPrefix outsideAddress() {
        return config.outside;
    }

    /** {@return the DHCP server's address} */
    public IpAddress dhcpAddress() {
        return dhcpAddress;
    }

    /** {@return completes with the name of an interface that was deleted, or that went with the gateway} */
    public CompletionStage<String> gone() {
        return gone.minimalCompletionStage();
    }

    /** Takes the gateway down, with its interfaces. Idempotent. */
    @Override
    public void close() {
        closers.close();
    }
}
