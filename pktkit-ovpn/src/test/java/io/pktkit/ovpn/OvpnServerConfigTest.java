// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
