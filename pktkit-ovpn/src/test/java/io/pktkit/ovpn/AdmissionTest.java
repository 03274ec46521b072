// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import org.junit.jupiter.api.Test;

/** What those are given who come in, and what becomes of those who do not. */
class AdmissionTest {

    /** What an authenticator gives a client is given beside what the server pushes to all. */
    @Test
    void shouldGiveWhatIsPushedToAllBesideWhatAnAuthenticatorGives() {
        ClientSettings toAll = ClientSettings.builder()
                .route(IpPrefix.parse("10.1.0.0/16"))
                .dnsServer(IpAddress.parse("10.8.0.1"))
                .searchDomain("all.test")
                .redirectGateway("def1")
                .mtu(1400)
                .option("block-outside-dns")
                .build();
        ClientSettings own = ClientSettings.builder()
                .route(IpPrefix.parse("10.2.0.0/16"))
                .route(IpPrefix.parse("10.1.0.0/16"))
                .dnsServer(IpAddress.parse("9.9.9.9"))
                .mtu(1300)
                .build();
        try (VirtualServer rig =
                new VirtualServer(config -> config.push(toAll).authenticator(attempt -> attempt.accept(own)))) {
            String pushed = rig.connected("192.0.2.10", "alice").client.messages.get(0);
            for (String option : new String[] {
                "route 10.2.0.0 255.255.0.0,route 10.1.0.0 255.255.0.0,redirect-gateway def1,",
                "dhcp-option DNS 9.9.9.9,dhcp-option DNS 10.8.0.1,dhcp-option DOMAIN-SEARCH all.test,",
                "block-outside-dns,",
                "tun-mtu 1300",
                "ifconfig 10.8.0.2 255.255.255.0,"
            }) {
                assertTrue(pushed.contains("," + option), pushed);
            }
            assertEquals(pushed.indexOf("route 10.1.0.0"), pushed.lastIndexOf("route 10.1.0.0"), "told once");
        }
    }
}
