// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both ends begin at once: each initiation is on its way before the other arrives. */
@NeedsPeer({"ip", "wg", "wireguard-go", "ping"})
@Timeout(120)
class CrossingTest {
    private static final int IDENTITIES = 24;

    @Test
    void shouldMeetWhenInitiationsCross() throws Exception {
        List<OurEnd> all = new ArrayList<>();
        try (StockPeer peer = new StockPeer();
                WgPort port = WgPort.open(WgPortConfig.client());
                Relay relay = new Relay(port.port(), peer.endpoint(IpFamily.IPV4))) {
            for (int i = 0; i < IDENTITIES; i++) {
                all.add(new OurEnd(port, "10.77.1." + (i + 10)));
            }
            cross(all, peer, relay);
            for (OurEnd us : all) {
                us.device.peers().all().forEach(us.device.peers()::remove);
                peer.setPeer(us.publicKey(), "remove");
            }
            cross(all, peer, relay);
        } finally {
            all.forEach(OurEnd::close);
        }
    }

    private static void cross(List<OurEnd> all, StockPeer peer, Relay relay) throws Exception {
        relay.crossInitiations(IDENTITIES);
        String where = " endpoint " + peer.host(IpFamily.IPV4) + ":" + relay.portOfUs();
        StringBuilder pings = new StringBuilder("set --; ");
        for (int i = 0; i < IDENTITIES; i++) {
            peer.setPeer(all.get(i).publicKey(), "allowed-ips 10.77.1." + (i + 10) + "/32" + where);
            pings.append("ping -c 1 -W 15 10.77.1.").append(i + 10).append(" & set -- $@ $!; ");
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
        assertEquals(IDENTITIES, relay.crossed());
    }
}
