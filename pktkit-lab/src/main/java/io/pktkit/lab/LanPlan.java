// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpServerConfigBuilder;
import io.pktkit.dhcp.ra.Ipv6Offer;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.server.NameTable;
import io.pktkit.lab.internal.HostIpv6;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who has which address in a LAN, and what its services are told of it: all that follows from the configuration. Nothing here
 * runs. Immutable.
 */
final class LanPlan {
    private static final int LINK_PREFIX = 64;

    private final LanConfig config;
    private final @Nullable IpPrefix ipv6;
    private final boolean ipv6Router;

    LanPlan(LanConfig config) {
        this.config = config;
        this.ipv6 = config.ula ? uniqueLocal(config) : config.ipv6;
        Boolean told = config.ipv6Router;
        this.ipv6Router = ipv6 != null && (told == null ? HostIpv6.hasRoute() : told);
    }

    private static IpPrefix uniqueLocal(LanConfig config) {
        return config.uniqueLocal == null ? HostIpv6.uniqueLocal() : config.uniqueLocal;
    }

    // -- addresses

    IpAddress gateway() {
        return host(1);
    }

    IpAddress dhcpServer() {
        return host(2);
    }

    @Nullable
    IpPrefix ipv6() {
        return ipv6;
    }

    boolean isIpv6Router() {
        return ipv6Router;
    }

    Optional<IpAddress> gatewayIpv6() {
        return Optional.ofNullable(ipv6)
                .map(prefix -> IpAddress.ofIpv6(prefix.address().high(), 1));
    }

    List<IpAddress> gatewayAddresses() {
        List<IpAddress> addresses = new ArrayList<>(List.of(gateway()));
        gatewayIpv6().ifPresent(addresses::add);
        return addresses;
    }

    IpPrefix gatewayPrefix() {
        return IpPrefix.of(gateway(), config.subnet.length());
    }

    List<IpPrefix> gatewayPrefixes() {
        List<IpPrefix> own = new ArrayList<>(List.of(gatewayPrefix()));
        gatewayIpv6().ifPresent(address -> own.add(IpPrefix.of(address, LINK_PREFIX)));
        return own;
    }

    List<IpPrefix> prefixes() {
        return ipv6 == null ? List.of(config.subnet) : List.of(config.subnet, ipv6);
    }

    Set<IpAddress> ownAddresses() {
        Set<IpAddress> own = new HashSet<>(gatewayAddresses());
        own.add(dhcpServer());
        return own;
    }

    boolean isStatic(IpAddress address) {
        int fromEnd = config.subnet.broadcast().toIpv4Bits() - (address.isIpv4() ? address.toIpv4Bits() : 0);
        return config.subnet.contains(address) && fromEnd >= 1 && fromEnd <= config.staticAddresses;
    }

    void requireStatic(IpAddress address) {
        if (!isStatic(address)) {
            throw new IllegalArgumentException("only the last " + config.staticAddresses + " addresses of "
                    + config.subnet + " are not the DHCP server's: address=" + address);
        }
    }

    Optional<IpAddress> staticIpv6(IpAddress address) {
        return Optional.ofNullable(ipv6)
                .map(prefix -> IpAddress.ofIpv6(prefix.address().high(), address.toIpv4Bits() & 0xFFFF_FFFFL));
    }

    private IpAddress host(int number) {
        return IpAddress.ofIpv4(config.subnet.network().toIpv4Bits() + number);
    }

    // -- services

    NameTable names() {
        Map<DnsName, List<IpAddress>> configured = new HashMap<>();
        configured.put(DnsName.parse("gateway." + config.domain), gatewayAddresses());
        configured.put(DnsName.parse("host." + config.domain), gatewayAddresses());
        config.names.forEach((name, addresses) -> configured.put(name, List.copyOf(addresses)));
        return new NameTable(DnsName.parse(config.domain), prefixes(), configured);
    }

    SlirpConfig slirp() {
        SlirpConfig.Builder builder =
                SlirpConfig.builder().mtu(config.mtu).egress(config.egress).timers(config.timers);
        gatewayPrefixes().forEach(builder::address);
        config.hostPorts.forEach(builder::allowHost);
        config.hostTargets.forEach(builder::allowHost);
        return builder.build();
    }

    DhcpServerConfigBuilder dhcp() {
        IpAddress last = IpAddress.ofIpv4(config.subnet.broadcast().toIpv4Bits() - 1 - config.staticAddresses);
        IpAddress cap = host(2 + 0xFFFF);
        boolean large = Integer.compareUnsigned(cap.toIpv4Bits(), last.toIpv4Bits()) < 0;
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(IpPrefix.of(dhcpServer(), config.subnet.length()))
                .range(host(3), large ? cap : last)
                .router(gateway())
                .dnsServers(List.of(gateway()))
                .domainName(config.domain)
                .mtu(config.mtu);
        if (config.leases != null) {
            builder.observer(config.leases);
        }
        return builder;
    }

    /** What the gateway advertises; null without IPv6. */
    @Nullable
    Ipv6Offer offer() {
        return ipv6 == null
                ? null
                : new Ipv6Offer(
                        ipv6,
                        ipv6Router ? Ipv6Offer.USUAL_ROUTER_LIFETIME : Duration.ZERO,
                        config.mtu,
                        gatewayIpv6().stream().toList(),
                        List.of(config.domain),
                        null);
    }
}
