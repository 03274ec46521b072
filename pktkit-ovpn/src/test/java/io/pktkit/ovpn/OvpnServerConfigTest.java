// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

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
