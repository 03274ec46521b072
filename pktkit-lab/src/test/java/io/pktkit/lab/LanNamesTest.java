// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.dns.stub.DnsLookupException;
import io.pktkit.hub.HubPort;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest has the name of its lease, and for as long. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LanNamesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final MacAddress STATION = MacAddress.parse("02:00:00:00:00:77");

    /** A machine that boots under a name, and then vanishes or gives its address back. */
    private static IpAddress boot(Lan lan, String hostname, boolean release) throws Exception {
        CompletableFuture<Lease> bound = new CompletableFuture<>();
        LeaseListener listener = new LeaseListener() {
            @Override
            public void onBound(Lease lease) {
                bound.complete(lease);
            }

            @Override
            public void onLost(Lease lease) {}
        };
        try (VirtualClient client = new VirtualClient();
                L2Adapter adapter = L2Adapter.builder(client)
                        .macAddress(STATION)
                        .leaseListener(listener)
                        .build()) {
            HubPort port = lan.connect(adapter);
            adapter.startDhcp(DhcpClientConfig.builder(STATION)
                    .hostname(hostname)
                    .arpProbe(false)
                    .build());
            IpAddress address = bound.get(LIMIT.toSeconds(), TimeUnit.SECONDS).address();
            if (release) {
                adapter.stopDhcp();
            }
            port.close();
            return address;
        }
    }

    /** Asks anew, whatever was answered before. */
    private static List<IpAddress> resolve(LanHost host, String name) throws IOException {
        host.client().resolver().clearCache();
        return host.client().resolve(name);
    }

    private static void assertUnknown(LanHost host, String name) {
        DnsLookupException unknown = assertThrows(DnsLookupException.class, () -> resolve(host, name));
        assertEquals(DnsLookupException.Reason.NO_SUCH_NAME, unknown.reason(), name);
    }

    @Test
    void shouldFollowTheLease() throws Exception {
        try (Lan lan = Lan.open(
                        LanConfig.builder().resolvConf(Path.of("/nonexistent")).build());
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);

            IpAddress first = boot(lan, "alpha", false);
            assertEquals(List.of(first), resolve(alice, "alpha.pktkit"));

            IpAddress again = boot(lan, "beta", true);
            assertEquals(first, again, "one station");
            assertUnknown(alice, "alpha.pktkit");
            assertUnknown(alice, "beta.pktkit");

            boot(lan, "wpad", false);
            assertUnknown(alice, "wpad.pktkit");
        }
    }

    /** Names do not differ by case (RFC 4343). */
    @Test
    void shouldKeepAllAddressesOfANameHoweverItIsWritten() throws Exception {
        IpAddress first = IpAddress.parse("10.0.2.9");
        IpAddress second = IpAddress.parse("10.0.2.10");
        LanConfig config = LanConfig.builder()
                .resolvConf(Path.of("/nonexistent"))
                .name("A.pktkit", first)
                .name("a.pktkit.", second)
                .build();
        try (Lan lan = Lan.open(config);
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);

            assertEquals(Set.of(first, second), Set.copyOf(alice.client().resolve("a.pktkit")));
        }
    }
}
