// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.FreePorts;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.LanHost;
import io.pktkit.lab.ovpn.LanOvpn;
import io.pktkit.lab.ovpn.LanOvpnConfig;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients as guests of a LAN: whom they reach and who reaches them, in both families. */
@NeedsPeer("openvpn")
class LanTest {

    @TempDir
    Path folder;

    @Test
    void shouldMakeClientsGuestsThatAreApart() throws Exception {
        int port = FreePorts.udp();
        OvpnPki pki = OvpnPki.init(folder.resolve("vpn"), new OvpnEndpoint("localhost", port, false));
        try (Wire wire = new Wire();
                Wire second = new Wire();
                Lan lan = Lan.open(LanConfig.builder().staticAddresses().build());
                LanHost host = lan.addHost("host1");
                LanOvpn server = LanOvpn.open(lan, LanOvpnConfig.of(pki.folder()))) {
            IpAddress ofHost = host.awaitLease(Rig.LIMIT).address();
            IpPrefix ofHost6 = host.awaitIpv6(Rig.LIMIT);
            try (StockClient alice = start(wire, pki, "alice");
                    StockClient bob = start(second, pki, "bob")) {
                alice.completed();
                bob.completed();
                assertEquals(2, server.server().clients().size());
                for (ConnectedClient client : server.server().clients()) {
                    IpAddress address = address(client, IpFamily.IPV4);
                    assertTrue(lan.isStatic(address), address.toString());
                    host.client().ping(address, Rig.LIMIT);
                    host.client().ping(address(client, IpFamily.IPV6), Rig.LIMIT);
                    assertEquals(
                            List.of(address),
                            host.client().resolve(client.identity().name() + ".pktkit"));
                }
                wire.run("ping -c 1 -W 60 " + ofHost);
                wire.run("ping -c 1 -W 60 " + ofHost6.address());
                wire.run("ping -c 1 -W 60 " + lan.gatewayAddress());
                ConnectedClient other = server.server().clients().stream()
                        .filter(client -> client.identity().name().equals("bob"))
                        .findFirst()
                        .orElseThrow();
                for (IpFamily family : IpFamily.values()) {
                    String lost = wire.run("ping -c 1 -W 2 " + address(other, family) + " || true");
                    assertTrue(lost.contains("100% packet loss"), lost);
                }
                bob.terminate();
                Rig.await("bob's address is free", () -> lan.isFree(address(other, IpFamily.IPV4)));
            }
        }
    }

    private static IpAddress address(ConnectedClient client, IpFamily family) {
        return Objects.requireNonNull(client.settings().address(family)).address();
    }

    private StockClient start(Wire wire, OvpnPki pki, String name) throws IOException {
        String text = Files.readString(pki.addClient(name));
        return new StockClient(
                wire.namespace(),
                folder,
                text.replace("remote localhost", "remote " + wire.outer(1)),
                "--explicit-exit-notify");
    }
}
