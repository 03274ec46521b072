// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.device.Attachment;
import io.pktkit.device.L2Connector;
import io.pktkit.device.L2Device;
import io.pktkit.device.L3Connector;
import io.pktkit.device.Registration;
import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpServerConfigBuilder;
import io.pktkit.dhcp.ra.InterfaceIdentifier;
import io.pktkit.dhcp.ra.Ipv6Offer;
import io.pktkit.dhcp.v6.Ipv6Services;
import io.pktkit.dns.server.ForwarderCounters;
import io.pktkit.dns.server.NameTable;
import io.pktkit.dns.server.RebindingGuard;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.PortSecurity;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.lab.internal.Closers;
import io.pktkit.lab.internal.JoinedDevice;
import io.pktkit.lab.internal.LanNameServer;
import io.pktkit.lab.internal.ServiceFence;
import io.pktkit.qemu.IsolatedGuests;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpAttachment;
import io.pktkit.slirp.SlirpSnapshot;
import io.pktkit.time.Timers;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A virtual LAN with everything that a guest expects of one: a switch, addresses by DHCP, a name server, and a gateway that
 * leads through a NAT onto the sockets of this process. No root, and no interface of the host.
 *
 * <pre>{@code
 * LanConfig config = LanConfig.builder().allowHost(8080).build();
 * try (Lan lan = Lan.open(config); LanHost alice = lan.addHost("alice")) {
 *     alice.awaitLease(Duration.ofSeconds(5));
 *     alice.client()...
 * }
 * }</pre>
 *
 * <p>Guests get an IPv4 address by DHCP, and make themselves an IPv6 address of the prefix that the gateway advertises; it is
 * their default router for IPv6 if the host has a way there.
 *
 * <p>The subnet's first address is the gateway's, and address 1 of the IPv6 prefix. It answers ping and DNS, and stands for the host: a connection to one of
 * the ports opened by {@code allowHost} goes to the host's loopback. It is also called {@code gateway.DOMAIN} and
 * {@code host.DOMAIN}; guests are called {@code HOSTNAME.DOMAIN}. The second address is the DHCP server's.
 *
 * <p>Any thread may call any method. {@link #close()} takes everything down; devices that were attached stay their owner's
 * to close.
 */
public final class Lan implements L2Connector, AutoCloseable {
    private static final MacAddress GATEWAY_MAC = MacAddress.of(0x02_DD_00_00_00_01L);

    private final LanConfig config;
    private final LanPlan plan;
    private final L2Hub hub;
    private final AddressBindings bindings;
    private final Slirp slirp;
    private final DhcpServer dhcp;
    private final GuestAddresses guests;
    private final LanNameServer nameServer;
    private final Closers closers = new Closers();

    private Lan(LanConfig config) throws IOException {
        this.config = config;
        this.plan = new LanPlan(config);
        this.hub = new L2Hub(config.timers);
        this.bindings = AddressBindings.create(config.timers);
        try {
            closers.add(hub);
            plan.ownAddresses().forEach(bindings::protect);
            bindings.protect(InterfaceIdentifier.linkLocal(GATEWAY_MAC));
            NameTable names = plan.names();
            guests = new GuestAddresses(plan, bindings, names);
            slirp = closers.add(Slirp.open(plan.slirp()));
            nameServer = closers.add(nameServer(names));
            for (IpAddress address : plan.gatewayAddresses()) {
                nameServer.serve(slirp, address);
            }
            openGateway();
            dhcp = closers.add(new DhcpServer(dhcpConfig(), config.timers));
            addInfrastructure(dhcp);
        } catch (IOException | RuntimeException | Error e) {
            closers.closeAfter(e);
            throw e;
        }
    }

    /**
     * Brings a network up.
     *
     * @param config what it is like
     * @return the network, running
     * @throws IOException if no socket can be had
     */
    public static Lan open(LanConfig config) throws IOException {
        return new Lan(config);
    }

    private LanNameServer nameServer(NameTable names) throws IOException {
        RebindingGuard guard = RebindingGuard.of(plan.prefixes());
        return config.dnsServers.isEmpty()
                ? new LanNameServer(
                        config.timers, config.resolvConf, plan.ownAddresses(), names, guard, guests::isProven)
                : new LanNameServer(config.timers, config.dnsServers, names, guard, guests::isProven, null);
    }

    private void openGateway() throws IOException {
        L2Adapter gateway = closers.add(L2Adapter.builder()
                .macAddress(GATEWAY_MAC)
                .router(true)
                .mtu(config.mtu)
                .timers(config.timers)
                .build());
        plan.gatewayPrefixes().forEach(gateway.ip()::setPrefix);
        SlirpAttachment place = closers.add(slirp.connect(gateway.ip()));
        addInfrastructure(gateway);
        Ipv6Offer offer = plan.offer();
        if (offer != null) {
            closers.add(new Ipv6Services(place, GATEWAY_MAC, offer, config.timers));
        }
    }

    /** The station of such a port is nobody else's, whatever a guest says. */
    private void addInfrastructure(L2Device device) {
        closers.add(hub.connect(device, port -> port.setSecurity(PortSecurity.only(device.macAddress()))));
    }

    private DhcpServerConfig dhcpConfig() {
        DhcpServerConfigBuilder builder = plan.dhcp()
                .pathObserver(guests::onLease); // so that its name and its address are a guest's when its lease is
        if (config.leaseStore != null) {
            builder.leaseStore(config.leaseStore);
        }
        return builder.build();
    }

    /**
     * Attaches a guest's device, a TAP or an adapter. The guest is not trusted: it uses its own addresses only, and is no
     * DHCP server and no router, see {@link LanConfig.Builder#guests}.
     *
     * @param device whose frames enter the network from now on
     * @return what takes it off again, and counts what its guard dropped; the device stays the caller's to close
     */
    @Override
    public HubPort connect(L2Device device) {
        GuestProfile profile = config.guests;
        return profile == null ? hub.connect(device) : hub.connect(device, port -> port.setGuest(profile, bindings));
    }

    /**
     * Attaches a guest that does without DHCP. Its address is its device's alone for as long as it is attached, with that of
     * {@link #staticIpv6}, and its name resolves.
     *
     * @param device whose frames enter the network from now on
     * @param station who it is
     * @return what takes it off again, and frees address and name; the device stays the caller's to close
     * @throws IOException if the address is taken
     * @throws IllegalArgumentException if the address is none of {@link #isStatic}
     */
    public Attachment<Frame> connectStatic(L2Device device, LanStation station) throws IOException {
        Registration claim = guests.claim(station, device.macAddress());
        GuestProfile profile = config.guests;
        try {
            HubPort port = hub.connect(device, fresh -> {
                fresh.setIsolated(station.isolated());
                if (profile != null) {
                    fresh.setGuest(profile, bindings);
                }
            });
            return new StaticPlace(port, claim);
        } catch (RuntimeException | Error refused) {
            claim.close();
            throw refused;
        }
    }

    /**
     * The IPv6 address of a guest without DHCP: its IPv4 address after the prefix of the network, which no host makes itself
     * (RFC 7217) but by chance.
     *
     * @param address its IPv4 address
     * @return the address, if the network has IPv6
     */
    public Optional<IpAddress> staticIpv6(IpAddress address) {
        return plan.staticIpv6(address);
    }

    /**
     * Tells whether an address is kept from the DHCP server.
     *
     * @param address the address
     * @return whether it is one of the last {@link LanConfig.Builder#staticAddresses} of the subnet
     */
    public boolean isStatic(IpAddress address) {
        return plan.isStatic(address);
    }

    /**
     * Tells whether an address is kept from the DHCP server and is nobody's.
     *
     * @param address the address
     * @return whether {@link #connectStatic} would give it to anybody
     */
    public boolean isFree(IpAddress address) {
        return guests.isFree(address);
    }

    /** {@return how many addresses are kept from the DHCP server} */
    public int staticAddresses() {
        return config.staticAddresses;
    }

    /** {@return the MTU} */
    public int mtu() {
        return config.mtu;
    }

    /** {@return the clock of everything but the real sockets} */
    public Timers timers() {
        return config.timers;
    }

    /**
     * Attaches a device behind which there is more than a guest: another switch, a router, a server. What comes from it is
     * not judged, but for the stations of the gateway and the DHCP server, which nobody else is.
     *
     * @param device whose frames enter the network from now on
     * @return what takes it off again; the device stays the caller's to close
     */
    public HubPort connectTrusted(L2Device device) {
        return hub.connect(device);
    }

    /**
     * Attaches a network that is there already, such as an interface of the host. It is not judged but as {@link
     * #connectTrusted} says; what its DHCP servers and routers say does not come in.
     *
     * @param device whose frames enter the network from now on
     * @param serve whether the stations there get this network's DHCP, router advertisements and name server; if not, none
     *     of these leaves, and no question for them comes in
     * @return what takes it off again; the device stays the caller's to close
     */
    public HubPort join(L2Device device, boolean serve) {
        return hub.connect(new JoinedDevice(device, new ServiceFence(plan.ownAddresses(), serve)));
    }

    /**
     * Gives each guest that is connected to it a switch, a gateway and a DHCP server of its own, with the addresses, the names,
     * the NAT and the egress policy of this network: all have the same address, and none sees another or a guest of the
     * switch. Needs {@code pktkit-qemu}.
     *
     * @return the network of such guests; their places are to be closed before this one
     */
    public L2Connector isolatedGuests() {
        return IsolatedGuests.builder(slirp, plan.gatewayPrefix())
                .dhcp(plan.dhcp().build())
                .mtu(config.mtu)
                .timers(config.timers)
                .build();
    }

    /**
     * Gives each device that is connected to it the NAT, the names and the egress policy of this network, with the addresses of
     * its gateway, and nobody beside: {@link #isolatedGuests} for devices of IP.
     *
     * @return the network of such devices; their places are to be closed before this one
     */
    public L3Connector isolatedTenants() {
        return slirp;
    }

    /**
     * Makes a TAP interface of the host and attaches it; it goes with the network. Needs root or CAP_NET_ADMIN.
     *
     * @param name of 1 to 15 bytes
     * @return the device, whose interface is up, without an address and with the network's MTU
     * @throws IOException if it cannot be had: the name is in use, or the permission is missing
     * @throws IllegalArgumentException if the name cannot be an interface's
     */
    public Tap addTap(String name) throws IOException {
        TapConfig tapConfig = TapConfig.builder()
                .name(name)
                .mtu(config.mtu)
                .offload(config.offload)
                .build();
        return adopt(Tap.open(tapConfig));
    }

    /** Attaches a device that goes with the network, or at once if it cannot be attached. */
    <D extends L2Device> D adopt(D device) {
        HubPort port;
        try {
            port = connect(device);
        } catch (RuntimeException | Error refused) {
            device.close();
            throw refused;
        }
        closers.add(() -> {
            try {
                port.close();
            } finally {
                device.close();
            }
        });
        return device;
    }

    /**
     * Adds a host that lives in this process, and starts to get it an address.
     *
     * @param name its host name: letters, digits and hyphens
     * @return the host; to be closed before the network
     */
    public LanHost addHost(String name) {
        return addHost(name, link -> {});
    }

    /**
     * Adds a host that lives in this process, behind a link that is made worse, captured or filtered before its first frame:
     * {@code addHost("alice", link -> ImpairedLink.on(link, Impairment.none().loss(0.01)))}.
     *
     * @param name its host name: letters, digits and hyphens
     * @param link is given the place between the host and the network, also to be had later from {@link LanHost#link()}
     * @return the host; to be closed before the network
     */
    public LanHost addHost(String name, Consumer<? super Attachment<Frame>> link) {
        return new LanHost(this, name, config.timers, config.mtu, link);
    }

    /** {@return the gateway's address, which stands for the host and answers ping and DNS} */
    public IpAddress gatewayAddress() {
        return plan.gateway();
    }

    /**
     * Gives the prefix of which guests make themselves IPv6 addresses.
     *
     * @return a /64, or null if the network has no IPv6
     */
    public @Nullable IpPrefix ipv6() {
        return plan.ipv6();
    }

    /** {@return whether the gateway is a default router for IPv6} */
    public boolean isIpv6Router() {
        return plan.isIpv6Router();
    }

    /** {@return the gateway's IPv6 address, which stands for the host as the other one does; empty without IPv6} */
    public Optional<IpAddress> gatewayIpv6Address() {
        return plan.gatewayIpv6();
    }

    /** {@return the DHCP server's address} */
    public IpAddress dhcpAddress() {
        return plan.dhcpServer();
    }

    /** {@return the subnet} */
    public IpPrefix subnet() {
        return config.subnet;
    }

    /** {@return the domain that the names of guests end in} */
    public String domain() {
        return config.domain;
    }

    /** {@return who has which address, to bind those of guests that do without DHCP} */
    public AddressBindings bindings() {
        return bindings;
    }

    /** {@return the switch, for port modes, limits and counters} */
    public L2Hub hub() {
        return hub;
    }

    /** {@return what the NAT holds and has counted} */
    public SlirpSnapshot nat() {
        return slirp.snapshot();
    }

    /** {@return what the name server has counted} */
    public ForwarderCounters dns() {
        return nameServer.counters();
    }

    /**
     * Takes the network down: connections are reset, devices are off the switch, sockets and threads are gone when this returns.
     * Idempotent.
     */
    @Override
    public void close() {
        closers.close();
    }
}
