// SPDX-License-Identifier: MIT
package io.pktkit.lab.ovpn;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.hub.HubPort;
import io.pktkit.lab.Lan;
import io.pktkit.ovpn.OvpnServer;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.conf.ServerConf;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The OpenVPN server of a LAN, whose clients are its guests, or each alone with a gateway like the LAN's.
 *
 * <p>Any thread. To be closed before the LAN.
 */
@SuppressWarnings("exports") // who uses this requires io.pktkit.ovpn, which nobody else needs
public final class LanOvpn implements AutoCloseable {

    /** Clients of OpenVPN 2.6 take 1600; more would be more than what most ways outside carry. */
    private static final int MOST_MTU = 1500;

    private final @Nullable OvpnPki pki;
    private final LanOvpnConfig config;
    private final boolean tcp;
    private final OvpnServer server;

    private LanOvpn(Lan lan, LanOvpnConfig config) throws IOException {
        this.config = config;
        Path folder = config.folder();
        ServerConf file = config.file();
        this.pki = folder == null ? null : OvpnPki.open(folder);
        OvpnServerConfig.Builder settings;
        if (file != null) {
            settings = file.serverConfig(pki);
            tcp = file.isTcp();
            bind(settings, file.bound());
            check(lan, file);
        } else if (pki != null) {
            settings = pki.serverConfig();
            tcp = pki.endpoint().tcp();
            bind(settings, DatagramConfig.builder().port(pki.endpoint().port()).build());
            settings.mtu(Math.min(lan.mtu(), MOST_MTU)).push(pushed(lan));
        } else {
            throw new IllegalArgumentException("a folder or a file is needed: folder=null file=null");
        }
        settings.listener(config.listener());
        addresses(settings, lan);
        this.server = open(settings, lan, file != null && file.isTap(), file != null && file.isClientToClient());
    }

    private OvpnServer open(OvpnServerConfig.Builder settings, Lan lan, boolean tap, boolean clientToClient)
            throws IOException {
        if (tap) {
            return OvpnServer.bridged(
                    settings.build(),
                    config.isolated()
                            ? lan.isolatedGuests()
                            : device -> {
                                HubPort port = lan.connect(device);
                                port.setIsolated(!clientToClient);
                                return port;
                            });
        }
        if (config.isolated()) {
            return OvpnServer.tenants(settings.build(), lan.isolatedTenants());
        }
        // Whom one reaches is the switch's to decide.
        settings.clientToClient(true);
        return OvpnServer.tenants(settings.build(), new ClientStations(lan, clientToClient));
    }

    /**
     * Opens the server of a LAN.
     *
     * @param lan the LAN, which keeps addresses for clients unless they are isolated, see {@code
     *     LanConfig.Builder.staticAddresses}
     * @param config folder or file, and address
     * @return the server, which the caller closes before the LAN
     * @throws IOException naming what cannot be had, and the remedy: the folder, a file in it, the port
     * @throws IllegalArgumentException if the LAN keeps no addresses, or its subnet is not that of the file
     */
    public static LanOvpn open(Lan lan, LanOvpnConfig config) throws IOException {
        if (!config.isolated() && lan.staticAddresses() == 0) {
            throw new IllegalArgumentException("the LAN keeps no addresses for clients: staticAddresses=0");
        }
        return new LanOvpn(lan, config);
    }

    private void bind(OvpnServerConfig.Builder settings, DatagramConfig usual) {
        DatagramConfig.Builder where =
                DatagramConfig.builder().port(usual.port()).offload(config.offload());
        IpAddress listen = config.listen();
        if (listen == null) {
            usual.addresses().values().forEach(where::address);
        } else {
            where.address(listen);
        }
        DatagramConfig bound = where.build();
        settings.udp(tcp ? null : bound).tcp(tcp ? bound : null);
    }

    /** The subnet of clients is that of the LAN. */
    private static void check(Lan lan, ServerConf file) {
        IpPrefix ipv4 = file.subnet(IpFamily.IPV4);
        if (ipv4 != null && !ipv4.equals(gateway(lan))) {
            throw new IllegalArgumentException(
                    "clients are guests of the LAN " + lan.subnet() + ", and the file has server " + ipv4.network()
                            + ": bring the LAN up with the subnet " + ipv4.masked());
        }
        IpPrefix ipv6 = file.subnet(IpFamily.IPV6);
        IpPrefix own = lan.ipv6();
        if (ipv6 != null && (own == null || !ipv6.masked().equals(own.masked()))) {
            throw new IllegalArgumentException("clients are guests of the LAN, and the file has server-ipv6 "
                    + ipv6.masked() + ": bring the LAN up with that IPv6 prefix, a /64");
        }
    }

    private static IpPrefix gateway(Lan lan) {
        return IpPrefix.of(lan.gatewayAddress(), lan.subnet().length());
    }

    /** All of IPv4 goes through the tunnel, as that of WireGuard peers does, and IPv6 if the LAN leads somewhere. */
    private static ClientSettings pushed(Lan lan) {
        ClientSettings.Builder pushed = ClientSettings.builder()
                .dnsServer(lan.gatewayAddress())
                .searchDomain(lan.domain())
                .redirectGateway(lan.isIpv6Router() ? "def1 ipv6" : "def1");
        return pushed.build();
    }

    private void addresses(OvpnServerConfig.Builder settings, Lan lan) {
        settings.subnet(gateway(lan));
        IpPrefix ipv6 = lan.ipv6();
        if (ipv6 != null) {
            IpAddress gateway = lan.gatewayIpv6Address().orElseThrow();
            settings.subnet(IpPrefix.of(gateway, ipv6.length()));
        }
        if (!config.isolated()) {
            // Those of the file's ifconfig-pool that are kept from DHCP.
            int broadcast = lan.subnet().broadcast().toIpv4Bits();
            ServerConf file = config.file();
            if (file == null || file.pool().isEmpty()) {
                settings.pool(IpAddress.ofIpv4(broadcast - lan.staticAddresses()), IpAddress.ofIpv4(broadcast - 1));
            }
            settings.freeAddresses(address -> address.family() == IpFamily.IPV6 || lan.isFree(address));
        }
    }

    /** {@return the server: who is in, and what was dropped} */
    public OvpnServer server() {
        return server;
    }

    /** {@return the PKI, whose clients are let in; empty if a file names certificates alone} */
    public Optional<OvpnPki> pki() {
        return Optional.ofNullable(pki);
    }

    /** {@return whether clients come over TCP, rather than UDP} */
    public boolean isTcp() {
        return tcp;
    }

    /** {@return whether each client is alone with the gateway} */
    public boolean isIsolated() {
        return config.isolated();
    }

    /** Takes the server down, and its clients off the LAN. Idempotent. */
    @Override
    public void close() {
        server.close();
    }
}
