// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.device.Attachment;
import io.pktkit.device.L2Connector;
import io.pktkit.device.L2Device;
import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpServerConfigBuilder;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.PortSecurity;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.lab.internal.Closers;
import io.pktkit.lab.internal.DnsForwarder;
import io.pktkit.lab.internal.DnsRelay;
import io.pktkit.lab.internal.NameTable;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.slirp.SlirpSnapshot;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import io.pktkit.vclient.dns.DnsName;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

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
 * <p>The subnet's first address is the gateway's. It answers ping and DNS, and stands for the host: a connection to one of
 * the ports opened by {@code allowHost} goes to the host's loopback. It is also called {@code gateway.DOMAIN} and
 * {@code host.DOMAIN}; guests are called {@code HOSTNAME.DOMAIN}. The second address is the DHCP server's.
 *
 * <p>Any thread may call any method. {@link #close()} takes everything down; devices that were attached stay their owner's
 * to close.
 */
public final class Lan implements L2Connector, AutoCloseable {
    private static final int DNS_PORT = 53;

    private final LanConfig config;
    private final L2Hub hub;
    private final AddressBindings bindings;
    private final Slirp slirp;
    private final DhcpServer dhcp;
    private final Closers closers = new Closers();

    private Lan(LanConfig config) throws IOException {
        this.config = config;
        this.hub = new L2Hub(config.timers);
        this.bindings = AddressBindings.create(config.timers);
        try {
            closers.add(hub);
            bindings.protect(gatewayAddress());
            bindings.protect(dhcpAddress());
            NameTable names = names(config);
            slirp = closers.add(Slirp.open(slirpConfig(config)));
            DnsRelay relay = closers.add(
                    new DnsRelay(config.timers, config.resolvConf, Set.of(gatewayAddress(), dhcpAddress())));
            closers.add(slirp.bindUdp(gatewayAddress(), DNS_PORT, new DnsForwarder(names, relay)));
            openGateway();
            dhcp = closers.add(new DhcpServer(dhcpConfig(config, names), config.timers));
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

    private void openGateway() throws IOException {
        L2Adapter gateway = closers.add(L2Adapter.builder()
                .macAddress(MacAddress.of(0x02_DD_00_00_00_01L))
                .mtu(config.mtu)
                .timers(config.timers)
                .build());
        gateway.ip().setPrefix(gatewayPrefix());
        closers.add(slirp.connect(gateway.ip()));
        addInfrastructure(gateway);
    }

    /** The station of such a port is nobody else's, whatever a guest says. */
    private void addInfrastructure(L2Device device) {
        closers.add(hub.connect(device, port -> port.setSecurity(PortSecurity.only(device.macAddress()))));
    }

    private static SlirpConfig slirpConfig(LanConfig config) {
        SlirpConfig.Builder builder = SlirpConfig.builder()
                .address(IpPrefix.of(host(config.subnet, 1), config.subnet.length()))
                .mtu(config.mtu)
                .egress(config.egress)
                .timers(config.timers);
        config.hostPorts.forEach(builder::allowHost);
        config.hostTargets.forEach(builder::allowHost);
        return builder.build();
    }

    private DhcpServerConfig dhcpConfig(LanConfig config, NameTable names) {
        IpPrefix subnet = config.subnet;
        IpAddress last = IpAddress.ofIpv4(subnet.broadcast().toIpv4Bits() - 1);
        IpAddress cap = host(subnet, 2 + 0xFFFF);
        boolean large = Integer.compareUnsigned(cap.toIpv4Bits(), last.toIpv4Bits()) < 0;
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(IpPrefix.of(host(subnet, 2), subnet.length()))
                .range(host(subnet, 3), large ? cap : last)
                .router(host(subnet, 1))
                .dnsServers(List.of(host(subnet, 1)))
                .domainName(config.domain)
                .mtu(config.mtu)
                .pathObserver((lease, event) -> onLease(
                        names, lease, event)); // so that its name and its address are a guest's when its lease is
        if (config.leases != null) {
            builder.observer(config.leases);
        }
        return builder.build();
    }

    private void onLease(NameTable names, ServerLease lease, LeaseEvent event) {
        if (event == LeaseEvent.GRANTED || event == LeaseEvent.RENEWED) {
            names.guestJoined(lease.hostname(), lease.address());
            MacAddress station = lease.station().equals(MacAddress.ZERO) ? lease.mac() : lease.station();
            bindings.bindLease(lease.address(), station);
        } else {
            names.guestLeft(lease.address());
            bindings.release(lease.address());
        }
    }

    private static NameTable names(LanConfig config) {
        Map<DnsName, List<IpAddress>> configured = new HashMap<>();
        List<IpAddress> gateway = List.of(host(config.subnet, 1));
        configured.put(DnsName.parse("gateway." + config.domain), gateway);
        configured.put(DnsName.parse("host." + config.domain), gateway);
        config.names.forEach((name, addresses) -> configured.put(DnsName.parse(name), List.copyOf(addresses)));
        return new NameTable(DnsName.parse(config.domain), configured);
    }

    private static IpAddress host(IpPrefix subnet, int number) {
        return IpAddress.ofIpv4(subnet.network().toIpv4Bits() + number);
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
     * Makes a TAP interface of the host and attaches it; it goes with the network. Needs root or CAP_NET_ADMIN.
     *
     * @param name of 1 to 15 bytes
     * @return the device, whose interface is up, without an address and with the network's MTU
     * @throws IOException if it cannot be had: the name is in use, or the permission is missing
     * @throws IllegalArgumentException if the name cannot be an interface's
     */
    public Tap addTap(String name) throws IOException {
        Tap tap = closers.add(
                Tap.open(TapConfig.builder().name(name).mtu(config.mtu).build()));
        closers.add(connect(tap));
        return tap;
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
        return host(config.subnet, 1);
    }

    private IpPrefix gatewayPrefix() {
        return IpPrefix.of(gatewayAddress(), config.subnet.length());
    }

    /** {@return the DHCP server's address} */
    public IpAddress dhcpAddress() {
        return host(config.subnet, 2);
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

    /**
     * Takes the network down: connections are reset, devices are off the switch, sockets and threads are gone when this returns.
     * Idempotent.
     */
    @Override
    public void close() {
        closers.close();
    }
}
