// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.hub.L3Hub;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An {@link L3Hub} as a hop of a route that Linux traces. */
@NeedsPeer({"ip", "ping"})
@Timeout(300)
class HopTest {
    private static IpAddress hop(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.97.0.1" : "fd97::1");
    }

    private static IpAddress behind(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.98.0.2" : "fd98::2");
    }

    /** Traces to the second hop, and gives what each of the two probes told. */
    private static String[] trace(IpFamily family, L3Hub hub, int firstWaitSeconds) throws IOException {
        try (Hosts.TunHost linux = new Hosts.TunHost(1500);
                VirtualClient client = new VirtualClient()) {
            linux.run("ip route add " + IpPrefix.of(behind(family), family.maxPrefixLength()) + " dev "
                    + linux.tun.name());
            client.setPrefix(IpPrefix.of(behind(family), family == IpFamily.IPV4 ? 24 : 64));
            hub.connect(linux.tun);
            hub.connect(client);
            String probe = "ping -n -c 1 -t %d -W %d " + behind(family);
            return new String[] {linux.run(probe.formatted(1, firstWaitSeconds)), linux.run(probe.formatted(2, 40))};
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldShowTheHubAsAHop(IpFamily family) throws IOException {
        try (L3Hub hub = new L3Hub()) {
            hub.setIcmpSource(hop(family));

            String[] told = trace(family, hub, 40);

            String exceeded = family == IpFamily.IPV4 ? "Time to live exceeded" : "Time exceeded: Hop limit";
            assertTrue(told[0].matches("(?s).*From " + hop(family) + ":? icmp_seq=1 " + exceeded + ".*"), told[0]);
            assertTrue(told[1].contains("bytes from " + behind(family) + ": icmp_seq=1 ttl=63"), told[1]);
            assertEquals(1, hub.stats().errorsSent());
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldBeSilentWithoutAnAddress(IpFamily family) throws IOException {
        try (L3Hub hub = new L3Hub()) {
            String[] told = trace(family, hub, 1);

            assertFalse(told[0].contains("From"), told[0]);
            assertTrue(told[0].contains("100% packet loss"), told[0]);
            assertTrue(told[1].contains("bytes from " + behind(family) + ": icmp_seq=1"), told[1]);
            assertEquals(1, hub.stats().dropped(DropReason.TTL_EXPIRED));
        }
    }
}
