// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.ovpn.conf.ServerConf;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OvpnServerConfigTest {

    /** Who goes on with the builder makes another configuration, and does not change who comes into a server that runs. */
    @Test
    void shouldNotChangeWithTheBuilderThatMadeIt() {
        OvpnServerConfig.Builder[] kept = new OvpnServerConfig.Builder[1];
        try (VirtualServer rig = new VirtualServer(config -> kept[0] = config)) {
            kept[0].authenticator(attempt -> attempt.reject("no")).mtu(600);
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            assertEquals("1500", alice.client.pushed("tun-mtu"));
        }
    }

    /** By keepalive the client is told when to give up, and the server waits twice as long; by the others neither. */
    @Test
    void shouldTellClientsOfKeepaliveAndNotOfItsOwnPing() {
        Duration ping = Duration.ofSeconds(10);
        Duration restart = Duration.ofSeconds(30);
        assertEquals(
                List.of("30", 60),
                pushedAndGoneAfter(config -> config.ownPing(ping, restart).keepalive(ping, restart)));
        assertEquals(
                List.of("", 30),
                pushedAndGoneAfter(config -> config.keepalive(ping, restart).ownPing(ping, restart)));
    }

    /** As OpenVPN 2.6.14 takes them: each line that names a direction sets it, and none that is inline alone. */
    @ParameterizedTest
    @CsvSource({
        "tls-auth [inline] 1|BLOCK, 1",
        "tls-auth [inline] 0|BLOCK, 0",
        "BLOCK, 2",
        "key-direction 1|BLOCK, 1",
        "BLOCK|key-direction 1, 1",
        "key-direction 0|tls-auth [inline] 1|BLOCK, 1",
        "tls-auth [inline] 1|key-direction 0|BLOCK, 0",
        "tls-auth static.key 0, 0",
        "key-direction 0|tls-auth static.key 1, 1",
        "tls-auth static.key 1|key-direction 0, 0"
    })
    void shouldTakeTheLastDirectionThatTheFileNames(String lines, int direction, @TempDir Path folder)
            throws IOException {
        OvpnPki.init(folder.resolve("pki"), OvpnEndpoint.of("localhost"));
        Files.writeString(folder.resolve("static.key"), Vectors.text("static.key"));
        Path file = Files.writeString(
                folder.resolve("server.conf"),
                "server 10.9.0.0 255.255.255.0\nca pki/ca.crt\ncert pki/server.crt\nkey pki/server.key\n"
                        + lines.replace('|', '\n')
                                .replace("BLOCK", "<tls-auth>\n" + Vectors.text("static.key") + "</tls-auth>")
                        + "\n");
        ControlWrap server = ServerConf.read(file)
                .serverConfig(null)
                .build()
                .controlSecurity()
                .newWrap();
        for (int other = 0; other <= 2; other++) {
            ControlWrap client = ControlSecurity.tlsAuth(Vectors.staticKey(), AuthDigest.SHA1, other)
                    .newWrap();
            boolean both = opens(server, client) && opens(client, server);
            assertEquals(other == 2 ? direction == 2 : other == 1 - direction, both, "a client of " + other);
        }
    }

    private static boolean opens(ControlWrap one, ControlWrap other) {
        ControlPacket packet = new ControlPacket(Opcode.ACK_V1, 0, 1, new int[] {0}, 2, 0, new byte[0]);
        return one.unwrap(other.wrap(packet, 1, Vectors.TIME)) != null;
    }

    private static List<Object> pushedAndGoneAfter(Consumer<OvpnServerConfig.Builder> more) {
        try (VirtualServer rig = new VirtualServer(more)) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            rig.peers.remove(alice);
            int seconds = 0;
            while (rig.server.sessions() > 0 && seconds < 100) {
                rig.advance(1);
                seconds++;
            }
            return List.of(alice.client.pushed("ping-restart"), seconds);
        }
    }
}
