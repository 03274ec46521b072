// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.ovpn.ControlSecurity;
import io.pktkit.ovpn.OvpnDrop;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NeedsPeer("openvpn")
class BasicTest {

    @TempDir
    Path folder;

    /** A client with nothing but the file that it was given gets the best of all, and has nothing to complain of. */
    @Test
    void shouldServeADefaultClient() throws Exception {
        try (Rig rig = new Rig(folder)) {
            StockClient client = rig.start("alice").completed();
            rig.exchange();
            assertEquals("alice", rig.only().identity().commonName());
            String log = client.log();
            assertTrue(log.contains("TLSv1.3"), log);
            assertTrue(log.contains("Data Channel: cipher 'AES-256-GCM', peer-id: 0"), log);
            assertTrue(log.contains("protocol-flags cc-exit tls-ekm dyn-tls-crypt"), log);
            assertFalse(log.contains("WARNING"), log);
            assertEquals(0, rig.server.drops(OvpnDrop.FORGED), rig.server.describe());
            assertEquals(0, rig.server.failures());
        }
    }

    @Test
    void shouldServeADefaultClientWithoutTlsCrypt() throws Exception {
        try (Rig rig = new Rig(folder, config -> config.controlSecurity(ControlSecurity.none()))) {
            StockClient client =
                    rig.startFrom(rig.fileWithout("alice", "tls-crypt-v2")).completed();
            rig.exchange();
            assertFalse(client.log().contains("WARNING"), client::log);
        }
    }

    @Test
    void shouldPushAllThatIsToBePushed() throws Exception {
        ClientSettings.Builder pushed = ClientSettings.builder()
                .dnsServer(IpAddress.parse("10.8.0.1"))
                .dnsServer(IpAddress.parse("fd08::1"))
                .searchDomain("example.test")
                .route(IpPrefix.parse("fd09::/48"))
                .option("block-outside-dns");
        // More than fits into one message.
        for (int i = 0; i < 60; i++) {
            pushed.route(IpPrefix.parse("10.9." + i + ".0/24"));
        }
        try (Rig rig = new Rig(folder, config -> config.push(pushed.build()).mtu(1400))) {
            StockClient client = rig.start("alice").completed();
            rig.exchange();
            assertTrue(client.log().contains("push-continuation 2"), client::log);
            String routes = rig.run("ip route; ip -6 route; ip link show tun0");
            assertTrue(routes.contains("10.9.59.0/24 via 10.8.0.1"), routes);
            assertTrue(routes.contains("fd09::/48"), routes);
            assertTrue(routes.contains("mtu 1400"), routes);
        }
    }

    @Test
    void shouldAddressByNet30() throws Exception {
        ClientSettings net30 = ClientSettings.builder().topology(Topology.NET30).build();
        try (Rig rig = new Rig(folder, config -> config.push(net30))) {
            rig.start("alice").completed();
            String addresses = rig.run("ip addr show tun0");
            assertTrue(addresses.contains("10.8.0.6 peer 10.8.0.5"), addresses);
        }
    }

    /** A second login under a name takes the place of the first, and several may be allowed. */
    @Test
    void shouldReplaceAClientOfTheSameName() throws Exception {
        try (Rig rig = new Rig(folder)) {
            StockClient first = rig.start("alice").completed();
            rig.start("alice", "--dev", "tun9").completed();
            first.logs("server-pushed-connection-reset");
            // It would come again, and take its place back.
            first.close();
            Rig.await("one of them is in", () -> rig.server.clients().size() == 1);
        }
    }

    @Test
    void shouldHearTheClientLeave() throws Exception {
        for (List<String> options : List.of(List.of("--explicit-exit-notify", "1"), List.of("--proto", "tcp-client"))) {
            try (Rig rig = new Rig(Files.createTempDirectory(folder, "leave"))) {
                StockClient client =
                        rig.start("alice", options.toArray(new String[0])).completed();
                assertEquals(1, rig.server.clients().size());
                client.terminate();
                Rig.await("the client is gone", () -> rig.server.sessions() == 0);
            }
        }
    }
}
