// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Our client and our server through the life of a lease. */
class DhcpLifeTest {
    @Test
    void shouldGrantAProvisionalLeaseAndTheFullOneOnRenewal() {
        try (Lan lan = Lan.withDefaults()) {
            Lan.Host host = lan.host(1);

            host.start();

            assertEquals(List.of("bound 10.0.2.3/24"), host.log);
            assertEquals(120, lease(host).leaseSeconds());
            assertEquals(Lan.ROUTER, lease(host).router());
            assertEquals(lan.server.macAddress(), lease(host).serverMac());
            assertTrue(lan.server.leases().get(0).provisional());

            lan.time.advance(Duration.ofSeconds(61));

            assertEquals(List.of("bound 10.0.2.3/24", "renewed 10.0.2.3/24"), host.log);
            assertEquals(3600, lease(host).leaseSeconds());
            assertFalse(lan.server.leases().get(0).provisional());
            assertEquals(List.of("GRANTED 10.0.2.3", "RENEWED 10.0.2.3"), lan.events);
        }
    }

    @Test
    void shouldKeepTheAddressForDays() {
        try (Lan lan = Lan.withDefaults()) {
            Lan.Host host = lan.host(1);
            host.start();

            lan.time.advance(Duration.ofDays(3));

            assertEquals(DhcpState.BOUND, host.client.state());
            assertFalse(host.log.contains("lost 10.0.2.3/24"));
            assertEquals(1, lan.server.leases().size());
        }
    }

    @Test
    void shouldTellAllOptions() {
        List<IpAddress> dns = List.of(IpAddress.parse("10.0.2.1"), IpAddress.parse("9.9.9.9"));
        try (Lan lan = new Lan(builder -> builder.dnsServers(dns)
                .domainName("lan.example")
                .searchDomains(List.of("lan.example", "a.b.example"))
                .mtu(1400)
                .leaseTime(Duration.ofSeconds(Lease.INFINITE))
                .provisionalLeaseTime(Duration.ofSeconds(Lease.INFINITE)))) {
            Lan.Host host = lan.host(1);

            host.start();

            Lease lease = lease(host);
            assertEquals(dns, lease.dnsServers());
            assertEquals("lan.example", lease.domainName());
            assertEquals(List.of("lan.example", "a.b.example"), lease.searchDomains());
            assertEquals(1400, lease.mtu());
            assertEquals(Lease.INFINITE, lease.leaseSeconds());
            assertEquals(Timers.NEVER, lease.expiryNanos());
            assertEquals(Timers.NEVER, host.client.nextDeadlineNanos());
            assertEquals(0, lan.time.pending());
        }
    }

    @Test
    void shouldReleaseBeforeTheAddressIsLost() {
        try (Lan lan = Lan.withDefaults()) {
            Lan.Host host = lan.host(1);
            host.start();

            host.client.release();

            assertEquals(List.of("bound 10.0.2.3/24", "lost 10.0.2.3/24"), host.log);
            assertEquals(List.of("GRANTED 10.0.2.3", "RELEASED 10.0.2.3"), lan.events);
            assertFalse(host.client.isActive());
            assertEquals(List.of(), lan.server.leases());
        }
    }

    @Test
    void shouldExpireAndComeBackWhenTheServerDoes() {
        try (Lan lan = Lan.withDefaults()) {
            Lan.Host host = lan.host(1);
            host.start();
            lan.serverReachable = false;

            lan.time.advance(Duration.ofSeconds(121));

            assertEquals(DhcpState.SELECTING, host.client.state());
            assertNull(host.client.lease());
            assertEquals(List.of("bound 10.0.2.3/24", "lost 10.0.2.3/24"), host.log);
            assertEquals("EXPIRED 10.0.2.3", lan.events.get(1));

            lan.serverReachable = true;
            lan.time.advance(Duration.ofSeconds(70));

            assertEquals("bound 10.0.2.3/24", host.log.get(2));
        }
    }

    @Test
    void shouldGiveTheReservedAddressAndName() {
        IpAddress reserved = IpAddress.parse("10.0.2.200");
        try (Lan lan = new Lan(builder -> builder.reservation(new Reservation(Lan.mac(7), reserved, "printer")))) {
            Lan.Host host = lan.host(7);

            host.start();

            assertEquals(List.of("bound 10.0.2.200/24"), host.log);
            assertEquals(3600, lease(host).leaseSeconds());
            assertEquals(List.of("GRANTED 10.0.2.200 printer"), lan.events);
        }
    }

    @Test
    void shouldTellTheHostnameOfTheClient() {
        try (Lan lan = Lan.withDefaults()) {
            MacAddress mac = Lan.mac(9);
            Lan.Host host = lan.host(
                    DhcpClientConfig.builder(mac)
                            .hostname("guest-9")
                            .arpProbe(false)
                            .build(),
                    mac);

            host.start();

            assertEquals(List.of("GRANTED 10.0.2.3 guest-9"), lan.events);
            assertEquals("guest-9", lan.server.leases().get(0).hostname());
        }
    }

    @Test
    void shouldServeTwoIdentifiersOfOneStation() {
        try (Lan lan = Lan.withDefaults()) {
            MacAddress mac = Lan.mac(1);
            Lan.Host first = lan.host(identified(mac, 1), mac);
            Lan.Host second = lan.host(identified(mac, 2), mac);

            first.start();
            second.start();

            assertEquals(List.of("bound 10.0.2.3/24"), first.log);
            assertEquals(List.of("bound 10.0.2.4/24"), second.log);
        }
    }

    @Test
    void shouldServeClonesThatShareAnIdentifier() {
        try (Lan lan = Lan.withDefaults()) {
            Lan.Host first = lan.host(identified(Lan.mac(1), 7), Lan.mac(1));
            Lan.Host second = lan.host(identified(Lan.mac(2), 7), Lan.mac(2));

            first.start();
            second.start();

            assertEquals(List.of("bound 10.0.2.3/24"), first.log);
            assertEquals(List.of("bound 10.0.2.4/24"), second.log);
        }
    }

    private static DhcpClientConfig identified(MacAddress mac, int identifier) {
        return DhcpClientConfig.builder(mac)
                .arpProbe(false)
                .clientIdentifier(new byte[] {0, (byte) identifier})
                .build();
    }

    private static Lease lease(Lan.Host host) {
        return Objects.requireNonNull(host.client.lease());
    }
}
