// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.dns.DnsName;
import io.pktkit.dns.server.NameTable;
import io.pktkit.dns.server.RebindingGuard;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.lab.internal.LanNameServer;
import io.pktkit.link.PipeL3;
import io.pktkit.nat.Nat;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.service.NatHost;
import io.pktkit.nat.service.NatService;
import io.pktkit.nat.service.NatServices;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NatNamesTest {
    private static final IpPrefix INSIDE = IpPrefix.parse("10.0.0.1/24");
    private static final IpPrefix INSIDE_IPV6 = IpPrefix.parse("fd00::1/64");

    private final ManualTime time = new ManualTime();
    private final List<NatHost> hosts = new ArrayList<>();

    private static VirtualServerSocket listen(NatHost host, IpPrefix at) throws IOException {
        VirtualServerSocket listener = new VirtualServerSocket(host.shell());
        listener.bind(new InetSocketAddress(at.address().toInetAddress(), 53));
        return listener;
    }

    @Test
    void shouldLeaveNothingOpenWhereOneOfItsPortsIsTaken() throws Exception {
        NameTable names = new NameTable(DnsName.parse("pktkit"), List.of(INSIDE), Map.of());
        try (LanNameServer server =
                        new LanNameServer(time, List.of(), names, RebindingGuard.of(List.of()), any -> true, null);
                Nat nat = new Nat(
                        NatConfig.builder(IpAddress.parse("203.0.113.1")).build(), time, INSIDE, INSIDE_IPV6)) {
            NatService taker = host -> {
                hosts.add(host);
                return listen(host, INSIDE_IPV6);
            };
            try (NatServices services = NatServices.on(nat, time, List.of(taker, new NatNames(server)))) {
                nat.connect(new PipeL3());

                NatHost host = hosts.get(0);
                assertEquals(0, host.shell().get(() -> host.shell().host().udp().size()));
                listen(host, INSIDE).close();
                assertEquals(1, hosts.size(), services::toString);
            }
        }
    }
}
