// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.dhcp.ra.RouterDiscovery;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host of ours that configures itself by what radvd says, and forgets the router when that goes. */
@NeedsPeer({"ip", "radvd"})
@Timeout(300)
class RouterDiscoveryTest {

    @Test
    void shouldTakeGatewayAddressAndNameServersOfRadvdUntilItGoes() throws Exception {
        BlockingQueue<RouterDiscovery.State> states = new LinkedBlockingQueue<>();
        try (TapLan lan = new TapLan();
                VirtualClient host = new VirtualClient();
                L2Adapter adapter = L2Adapter.builder(host)
                        .macAddress(MacAddress.parse("02:00:00:00:00:02"))
                        .build()) {
            lan.run("sysctl -qw net.ipv6.conf.all.forwarding=1 && ip addr add fd88::1/64 dev $IF nodad");
            Path config = lan.folder.resolve("radvd.conf");
            Files.writeString(config, """
                    interface %s {
                      AdvSendAdvert on;
                      MinRtrAdvInterval 3;
                      MaxRtrAdvInterval 4;
                      prefix fd88::/64 { };
                      RDNSS fd88::53 { };
                    };
                    """.formatted(lan.name));
            lan.hub.connect(adapter);
            Program radvd =
                    lan.start("radvd -n -m stderr -u root -C " + config + " -p " + lan.folder.resolve("radvd.pid"));

            adapter.startRouterDiscovery(states::add);

            RouterDiscovery.State told = await(states, state -> state.router() != null);
            assertEquals(IpPrefix.parse("fd88::ff:fe00:2/64"), told.address());
            assertEquals(List.of(IpAddress.parse("fd88::53")), told.dnsServers());
            assertEquals(told.router(), adapter.gateway(IpFamily.IPV6));
            assertEquals(told.address(), host.prefix(IpFamily.IPV6));
            host.ping(IpAddress.parse("fd88::1"), TapLan.LIMIT);

            radvd.signal("TERM"); // it says at last that it is no router any more

            RouterDiscovery.State left = await(states, state -> state.router() == null);
            assertEquals(told.address(), left.address());
            assertNull(adapter.gateway(IpFamily.IPV6));
            assertFalse(states.stream().anyMatch(state -> state.router() != null));
        }
    }

    private static RouterDiscovery.State await(
            BlockingQueue<RouterDiscovery.State> states, Predicate<RouterDiscovery.State> wanted)
            throws InterruptedException {
        while (true) {
            RouterDiscovery.State state = states.poll(TapLan.LIMIT.toNanos(), TimeUnit.NANOSECONDS);
            if (state == null) {
                throw new AssertionError("not told within " + TapLan.LIMIT);
            }
            if (wanted.test(state)) {
                return state;
            }
        }
    }
}
