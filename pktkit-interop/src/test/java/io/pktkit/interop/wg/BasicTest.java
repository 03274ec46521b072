// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerStats;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.security.SecureRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Ping, TCP, UDP and the edges of the MTU with Debian's wireguard-go. */
@NeedsPeer({"ip", "wg", "wireguard-go", "python3", "ping"})
@Timeout(300)
class BasicTest {
    @ParameterizedTest(name = "over {0}, we begin {1}, preshared key {2}")
    @CsvSource({
        "IPV4, true, false",
        "IPV4, false, true",
        "IPV6, true, true",
        "IPV6, false, false",
    })
    void shouldCarryEverything(IpFamily outer, boolean weBegin, boolean psk) throws IOException {
        try (StockPeer peer = new StockPeer()) {
            carryEverything(peer, outer, weBegin, psk);
        }
    }

    @ParameterizedTest(name = "over {0}, we begin {1}, preshared key {2}")
    @CsvSource({
        "IPV4, true, true",
        "IPV4, false, false",
        "IPV6, true, false",
        "IPV6, false, true",
    })
    void shouldMeet(IpFamily outer, boolean weBegin, boolean psk) throws IOException {
        try (StockPeer peer = new StockPeer();
                OurEnd us = new OurEnd()) {
            begin(us, peer, outer, weBegin, psk);
            new Exchange(us, peer).pingBothWays(IpFamily.IPV6);
        }
    }

    /** Datagrams that are longer than the wire takes go in fragments, a burst of them too. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldCarryOverAWireThatIsNarrowerThanTheTunnel(IpFamily outer) throws IOException {
        try (StockPeer peer = new StockPeer();
                OurEnd us = new OurEnd()) {
            peer.setWireMtu(1400);
            begin(us, peer, outer, true, false);
            Exchange exchange = new Exchange(us, peer);
            exchange.weDial(IpFamily.IPV4);
            exchange.peerDials(IpFamily.IPV6);
            exchange.edges(IpFamily.IPV4);
        }
    }

    @ParameterizedTest(name = "over {0}, we begin {1}")
    @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
    void shouldCarryJumboPackets(IpFamily outer, boolean weBegin) throws IOException {
        carryJumboPackets(StockPeer.STOCK, outer, weBegin);
    }

    /** Packets as long as a datagram takes, each of which goes over the wire in 45 fragments. */
    static void carryJumboPackets(String program, IpFamily outer, boolean weBegin) throws IOException {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd(WgPort.MAX_MTU)) {
            peer.run("ip link set " + peer.interfaceName() + " mtu " + WgPort.MAX_MTU);
            begin(us, peer, outer, weBegin, true);
            for (IpFamily family : IpFamily.values()) {
                new Exchange(us, peer).jumbo(family, WgPort.MAX_MTU);
            }
            for (WgDrop why : WgDrop.values()) {
                assertEquals(0, us.port.drops(why), why.toString());
            }
        }
    }

    /** The end that begins is the only one that knows where the other is. */
    static WgPeer begin(OurEnd us, StockPeer peer, IpFamily outer, boolean weBegin, boolean psk) throws IOException {
        WgPeer theirs = us.add(peer, weBegin ? peer.endpoint(outer) : null);
        String words = OurEnd.ALLOWED;
        if (psk) {
            PresharedKey shared = PresharedKey.generate(new SecureRandom());
            theirs.setPresharedKey(shared);
            words += peer.preshared(shared);
        }
        if (!weBegin) {
            words += " endpoint " + us.endpoint(peer, outer);
        }
        peer.setPeer(us.publicKey(), words);
        Exchange exchange = new Exchange(us, peer);
        if (weBegin) {
            exchange.wePing(IpFamily.IPV4);
        } else {
            exchange.peerPings(IpFamily.IPV4);
        }
        return theirs;
    }

    static void carryEverything(StockPeer peer, IpFamily outer, boolean weBegin, boolean psk) throws IOException {
        try (OurEnd us = new OurEnd()) {
            WgPeer theirs = begin(us, peer, outer, weBegin, psk);
            assertEquals(
                    peer.endpoint(outer).toString(),
                    String.valueOf(theirs.stats().endpoint()));
            StockPeer.Shown before = peer.show(us.publicKey());
            assertEquals(us.endpoint(peer, outer).toString(), before.endpoint());

            new Exchange(us, peer).run();

            StockPeer.Shown shown = peer.show(us.publicKey());
            WgPeerStats stats = theirs.stats();
            assertTrue(shown.latestHandshake() > 0, shown.toString());
            assertNotNull(stats.lastHandshake());
            // Both directions of both bulks, in both families, and at both ends.
            long least = 2L * (2 << 20) + 2L * (1 << 20);
            assertTrue(shown.received() - before.received() > least, shown + " before " + before);
            assertTrue(shown.sent() - before.sent() > least, shown + " before " + before);
            assertTrue(stats.receivedBytes() > least, stats.toString());
            assertTrue(stats.sentBytes() > least, stats.toString());
            for (WgDrop why : WgDrop.values()) {
                assertEquals(0, us.port.drops(why), why.toString());
            }
            assertEquals(0, us.port.failures());
        }
    }
}
