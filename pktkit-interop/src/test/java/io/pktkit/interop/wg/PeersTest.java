// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Allowed IPs that move, at either end; sources that are not the sender's; peers that are removed and added again. */
@NeedsPeer({"ip", "wg", "wireguard-go", "ping"})
@Timeout(300)
class PeersTest {
    private static final IpPrefix SHARED = IpPrefix.parse("10.77.0.9/32");

    private static final String FROM_SHARED = "ping -c 1 -W 2 -I 10.77.0.9 10.77.0.1";

    @ParameterizedTest(name = "over {0}, we begin {1}")
    @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
    void shouldSendToWhomAnAddressMovedAndTakeItFromThere(IpFamily outer, boolean weBegin) throws IOException {
        moveAnAddressHere(StockPeer.STOCK, outer, weBegin);
    }

    static void moveAnAddressHere(String program, IpFamily outer, boolean weBegin) throws IOException {
        try (StockPeer a = new StockPeer(program, StockPeer.INNER);
                StockPeer b = new StockPeer(program, "10.77.0.3");
                OurEnd us = new OurEnd()) {
            WgPeer ofA = add(us, a, "10.77.0.2/32", outer, weBegin);
            WgPeer ofB = add(us, b, "10.77.0.3/32", outer, weBegin);
            long began = ofB.stats().receivedBytes();
            ofA.addAllowedIp(SHARED);
            us.client.ping(SHARED.address(), StockPeer.LIMIT);
            a.run(FROM_SHARED);
            assertTrue(ofA.stats().receivedBytes() > 0);
            assertEquals(began, ofB.stats().receivedBytes());

            ofB.addAllowedIp(SHARED);

            assertEquals(List.of(IpPrefix.parse("10.77.0.2/32")), ofA.allowedIps());
            us.client.ping(SHARED.address(), StockPeer.LIMIT);
            assertTrue(ofB.stats().receivedBytes() > began);
            b.run(FROM_SHARED);
            assertEquals(0, us.port.drops(WgDrop.SOURCE_NOT_ALLOWED));
            assertNotEquals(0, a.exec(FROM_SHARED.split(" ")).exit());
            a.await("that it was refused", () -> us.port.drops(WgDrop.SOURCE_NOT_ALLOWED) >= 1);
            assertEquals(1, us.port.drops(WgDrop.SOURCE_NOT_ALLOWED));
            a.run("ping -c 1 -W 60 10.77.0.1");
        }
    }

    /** Where the peer begins it does so at once, and keeps its packet for us until the handshake is done. */
    private static WgPeer add(OurEnd us, StockPeer peer, String allowed, IpFamily outer, boolean weBegin)
            throws IOException {
        WgPeerOptions options = WgPeerOptions.create().allowedIp(IpPrefix.parse(allowed));
        if (weBegin) {
            options.endpoint(peer.endpoint(outer));
        }
        WgPeer added = us.device.peers().add(peer.publicKey(), options);
        peer.run("ip addr add " + SHARED + " dev " + peer.interfaceName());
        peer.setPeer(us.publicKey(), OurEnd.ALLOWED + (weBegin ? "" : "endpoint " + us.endpoint(peer, outer)));
        if (!weBegin) {
            peer.run("ping -c 1 -W 60 10.77.0.1");
        }
        return added;
    }

    /** Two identities of one port have one address, and the peer moves it from one to the other. */
    @ParameterizedTest
    @EnumSource
    void shouldAnswerForTheIdentityToWhomThePeerMovedAnAddress(IpFamily outer) throws IOException {
        moveAnAddressThere(StockPeer.STOCK, outer);
    }

    static void moveAnAddressThere(String program, IpFamily outer) throws IOException {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                WgPort port = WgPort.open(WgPortConfig.client());
                OurEnd x = new OurEnd(port, "10.77.0.1");
                OurEnd y = new OurEnd(port, "10.77.0.1")) {
            String where = " endpoint " + x.endpoint(peer, outer);
            x.add(peer, null);
            y.add(peer, null);
            peer.setPeer(x.publicKey(), OurEnd.ALLOWED + where);
            new Exchange(x, peer).peerPings(IpFamily.IPV4);
            peer.await("that it is counted, which is after it was answered", () -> received(x) >= 1);
            assertEquals(1, received(x));

            peer.setPeer(y.publicKey(), OurEnd.ALLOWED + where);

            new Exchange(y, peer).peerPings(IpFamily.IPV4);
            new Exchange(y, peer).pingBothWays(IpFamily.IPV6);
            assertEquals(1, received(x));
            assertTrue(received(y) > 1);
            IpAddress target = OurEnd.innerOfPeer(IpFamily.IPV4);
            assertThrows(IOException.class, () -> x.client.ping(target, Duration.ofSeconds(1)));
        }
    }

    private static long received(OurEnd us) {
        return us.device.stats().snapshot().receivedPackets();
    }

    @ParameterizedTest(name = "over {0}, we begin {1}")
    @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
    void shouldCountWhatComesFromAWrongSource(IpFamily outer, boolean weBegin) throws IOException {
        comeFromAWrongSource(StockPeer.STOCK, outer, weBegin);
    }

    static void comeFromAWrongSource(String program, IpFamily outer, boolean weBegin) throws IOException {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd()) {
            BasicTest.begin(us, peer, outer, weBegin, false);
            Exchange exchange = new Exchange(us, peer);
            exchange.pingBothWays(IpFamily.IPV4);
            exchange.pingBothWays(IpFamily.IPV6);
            String name = peer.interfaceName();
            peer.run("ip addr add " + SHARED + " dev " + name + "; ip addr add fd77::9/64 dev " + name + " nodad");
            // The first ping, and one each way of each family, the last of which may not be counted yet.
            peer.await("what was exchanged", () -> received(us) >= 5);
            long before = received(us);
            for (String from : List.of("-I 10.77.0.9 10.77.0.1", "-I fd77::9 fd77::1")) {
                peer.exec("sh", "-c", "ping -c 5 -i 0.1 -W 1 " + from);
            }

            peer.await("that all are refused", () -> us.port.drops(WgDrop.SOURCE_NOT_ALLOWED) >= 10);
            assertEquals(10, us.port.drops(WgDrop.SOURCE_NOT_ALLOWED));
            assertEquals(before, received(us));
            exchange.pingBothWays(IpFamily.IPV4);
            exchange.wePing(IpFamily.IPV6);
        }
    }

    /** Neither end takes an initiation that is not newer than the last it saw, also across a removal. */
    @ParameterizedTest
    @EnumSource
    void shouldMeetAgainWhenRemovedAtEitherEnd(IpFamily outer) throws IOException {
        removeAtEitherEnd(StockPeer.STOCK, outer);
    }

    static void removeAtEitherEnd(String program, IpFamily outer) throws IOException {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd()) {
            WgPeer theirs = us.add(peer, peer.endpoint(outer));
            peer.setPeer(us.publicKey(), OurEnd.ALLOWED);
            Exchange exchange = new Exchange(us, peer);
            exchange.pingBothWays(IpFamily.IPV4);
            for (int i = 0; i < 5; i++) {
                us.device.peers().remove(theirs);
                theirs = us.add(peer, peer.endpoint(outer));
                exchange.wePing(IpFamily.IPV4);
                exchange.peerPings(IpFamily.IPV6);

                peer.setPeer(us.publicKey(), "remove");
                peer.setPeer(us.publicKey(), OurEnd.ALLOWED + "endpoint " + us.endpoint(peer, outer));
                exchange.peerPings(IpFamily.IPV4);
                exchange.wePing(IpFamily.IPV6);
            }
            assertEquals(0, us.port.drops(WgDrop.REPLAYED_INITIATION));
        }
    }
}
