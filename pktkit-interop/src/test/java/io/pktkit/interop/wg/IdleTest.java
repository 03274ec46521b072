// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerStats;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes through a tunnel that nobody uses. */
@NeedsPeer({"ip", "wg", "wireguard-go", "ping"})
@Timeout(300)
class IdleTest {
    private static final int KEEPALIVE = 32;
    private static final int SILENCE_MILLIS = 4000;

    /** Nobody sends anything else: not even the first handshake has another reason. */
    @Test
    void shouldTakeAndSendPersistentKeepalives() throws IOException {
        keepAlive(StockPeer.STOCK);
    }

    static void keepAlive(String program) throws IOException {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd()) {
            WgPeer theirs = us.add(peer, null);
            peer.setPeer(
                    us.publicKey(),
                    OurEnd.ALLOWED + "persistent-keepalive 1 endpoint " + us.endpoint(peer, IpFamily.IPV6));
            peer.await("its keepalives", () -> theirs.stats().receivedBytes() >= 148 + 3 * KEEPALIVE);

            peer.setPeer(us.publicKey(), "persistent-keepalive off");
            theirs.setPersistentKeepalive(1, us.port.nowNanos());
            us.device.peers().changed();
            long before = peer.show(us.publicKey()).received();
            peer.await("our keepalives", () -> peer.show(us.publicKey()).received() >= before + 3 * KEEPALIVE);

            assertEquals(0, us.device.stats().snapshot().receivedPackets());
        }
    }

    /** Who has got something and has nothing to say sends one keepalive after ten seconds, and then there is silence. */
    @Test
    void shouldFallSilentAfterTheKeepaliveThatAnswers() throws Exception {
        fallSilent(StockPeer.STOCK, true);
    }

    static void fallSilent(String program, boolean countsKeepalives) throws Exception {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd()) {
            WgPeer theirs = us.add(peer, peer.endpoint(IpFamily.IPV4));
            peer.setPeer(us.publicKey(), OurEnd.ALLOWED);
            Exchange exchange = new Exchange(us, peer);
            exchange.wePing(IpFamily.IPV4);
            exchange.peerPings(IpFamily.IPV4);
            exchange.wePing(IpFamily.IPV4);
            long before = peer.show(us.publicKey()).received();
            long after = before + (countsKeepalives ? KEEPALIVE : 0);
            WgPeerStats here = theirs.stats();

            peer.await("our keepalive", () -> theirs.stats().sentBytes() > here.sentBytes());
            peer.await("that it arrives", () -> peer.show(us.publicKey()).received() >= after);

            assertEquals(here.sentBytes() + KEEPALIVE, theirs.stats().sentBytes());
            Thread.sleep(SILENCE_MILLIS);
            assertEquals(after, peer.show(us.publicKey()).received());
            assertEquals(here.sentBytes() + KEEPALIVE, theirs.stats().sentBytes());
            assertEquals(here.receivedBytes(), theirs.stats().receivedBytes());
        }
    }
}
