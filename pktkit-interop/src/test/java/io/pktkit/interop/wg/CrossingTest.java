// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ends begin at once: each initiation is on its way before the other arrives. */
@NeedsPeer({"ip", "wg", "wireguard-go", "ping"})
@Timeout(900)
class CrossingTest {
    private static final int IDENTITIES = 24;

    @ParameterizedTest
    @EnumSource
    void shouldMeetWhenInitiationsCross(IpFamily outer) throws Exception {
        cross(StockPeer.STOCK, outer, IDENTITIES, 1);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldMeetWhenInitiationsCrossAThousandTimes(IpFamily outer) throws Exception {
        cross(StockPeer.STOCK, outer, IDENTITIES, 1000 / IDENTITIES + 1);
    }

    /** So many identities at once, so many times. */
    static void cross(String program, IpFamily outer, int identities, int times) throws Exception {
        List<OurEnd> all = new ArrayList<>();
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                WgPort port = WgPort.open(WgPortConfig.client());
                Relay relay = new Relay(port.port(), peer.endpoint(outer))) {
            for (int i = 0; i < identities; i++) {
                all.add(new OurEnd(port, "10.77.1." + (i + 10)));
            }
            for (int i = 0; i < times; i++) {
                cross(all, peer, outer, relay);
                for (OurEnd us : all) {
                    us.device.peers().all().forEach(us.device.peers()::remove);
                    peer.setPeer(us.publicKey(), "remove");
                }
            }
        } finally {
            all.forEach(OurEnd::close);
        }
    }

    private static void cross(List<OurEnd> all, StockPeer peer, IpFamily outer, Relay relay) throws Exception {
        relay.crossInitiations(all.size());
        String where = " endpoint " + new WgEndpoint(peer.host(outer), relay.portOfUs());
        StringBuilder pings = new StringBuilder("set --; ");
        for (int i = 0; i < all.size(); i++) {
            peer.setPeer(all.get(i).publicKey(), "allowed-ips 10.77.1." + (i + 10) + "/32" + where);
            pings.append("ping -c 1 -W 60 10.77.1.").append(i + 10).append(" & set -- $@ $!; ");
        }
        for (OurEnd us : all) {
            WgPeer theirs = us.add(peer, relay.endpointOfPeer());
            us.device.peers().connect(theirs);
        }
        // Each ping waits at the peer for the session, and has to come back.
        FutureTask<String> fromPeer = Streams.beside(() -> peer.run(pings + "for one; do wait $one; done"));
        for (OurEnd us : all) {
            new Exchange(us, peer).wePing(IpFamily.IPV4);
        }
        fromPeer.get();
        assertEquals(all.size(), relay.crossed());
    }
}
