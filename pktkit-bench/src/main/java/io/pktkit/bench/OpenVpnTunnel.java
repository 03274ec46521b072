// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.link.Links;
import io.pktkit.ovpn.OvpnServer;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.tuntap.Tun;
import io.pktkit.tuntap.TunConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Path;

/** An OpenVPN server whose clients share a tun interface of Linux, as those of openvpn's do. Run by {@code e2e/openvpn}. */
public final class OpenVpnTunnel {

    private OpenVpnTunnel() {}

    /**
     * Makes a PKI, or serves by it until it is killed.
     *
     * @param args {@code init}, the folder and the server's address; or {@code serve}, the folder, the address and the
     *     interface's name
     * @throws IOException naming what cannot be had
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Path.of(args[1]);
        if (args[0].equals("init")) {
            OvpnPki.init(folder, OvpnEndpoint.of(args[2])).addClient("bench");
            return;
        }
        OvpnServerConfig config = OvpnPki.open(folder)
                .serverConfig()
                .udp(DatagramConfig.builder()
                        .address(IpAddress.parse(args[2]))
                        .port(OvpnServerConfig.DEFAULT_PORT)
                        .build())
                .subnet(IpPrefix.parse("10.8.0.1/24"))
                .build();
        try (OvpnServer server = OvpnServer.shared(config);
                Tun tun = Tun.open(TunConfig.builder()
                        .name(args[3])
                        .mtu(server.device().mtu())
                        .build())) {
            Links.connect(tun, server.device());
            System.out.println(
                    "ready: " + server.describe() + ", JDK " + Runtime.version().feature());
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
