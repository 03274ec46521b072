// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.vclient.VirtualDatagramSocket;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A client that asks every 3 s and is idle between, for ten minutes: there were tunnels that went deaf in one direction some
 * time after each handshake and came back with the next. Nothing repeats what is lost here, so one lost datagram shows.
 * {@code -Dpktkit.wg.seconds=N} makes the run shorter or longer.
 */
@NeedsPeer({"ip", "wg", "wireguard-go", "python3", "ping"})
@Tag("long")
class FetchTest {
    private static final int SECONDS = Integer.getInteger("pktkit.wg.seconds", 600);
    private static final int PAUSE = 3;
    private static final int FETCHES = SECONDS / PAUSE;
    private static final Duration LIMIT = Duration.ofSeconds(SECONDS + 120L);

    @Test
    @Timeout(3600)
    void shouldAnswerEachFetch() throws Exception {
        fetch(StockPeer.STOCK);
    }

    /** Four tunnels side by side: either end makes the session, and either end asks. */
    static void fetch(String program) throws Exception {
        List<FutureTask<Void>> all = new ArrayList<>();
        for (boolean weBegin : new boolean[] {true, false}) {
            for (boolean weAsk : new boolean[] {true, false}) {
                all.add(Streams.beside(() -> fetch(program, weBegin, weAsk)));
            }
        }
        for (FutureTask<Void> one : all) {
            one.get();
        }
    }

    private static Void fetch(String program, boolean weBegin, boolean weAsk) throws Exception {
        AtomicInteger handshakes = new AtomicInteger();
        WgPortConfig config = WgPortConfig.builder()
                .listener(new WgPeerListener() {
                    @Override
                    public void handshakeCompleted(WgPeer peer) {
                        handshakes.incrementAndGet();
                    }
                })
                .build();
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd(config)) {
            BasicTest.begin(us, peer, IpFamily.IPV4, weBegin, false);
            if (weAsk) {
                weAsk(us, peer);
            } else {
                peerAsks(peer);
            }
            assertTrue(handshakes.get() <= 1 + SECONDS / 120, "handshakes=" + handshakes);
            for (WgDrop why : WgDrop.values()) {
                assertEquals(0, us.port.drops(why), why.toString());
            }
        }
        return null;
    }

    private static void weAsk(OurEnd us, StockPeer peer) throws IOException, InterruptedException {
        try (LinuxPeer linux = peer.python(
                        LIMIT, LinuxPeer.words("times=" + FETCHES, "udp-echo", OurEnd.innerOfPeer(IpFamily.IPV4), 0));
                VirtualDatagramSocket socket = us.client.openDatagram(0)) {
            socket.connect(OurEnd.innerOfPeer(IpFamily.IPV4), linux.port());
            for (int i = 0; i < FETCHES; i++) {
                byte[] question = ByteBuffer.allocate(100).putInt(i).array();
                socket.send(ByteBuffer.wrap(question));
                assertArrayEquals(question, socket.receive(StockPeer.LIMIT).toBytes(), "after " + i * PAUSE + " s");
                linux.expect("echoed");
                Thread.sleep(PAUSE * 1000L); // the client's own pace
            }
        }
    }

    private static void peerAsks(StockPeer peer) {
        String told = peer.exec(
                        LIMIT,
                        "ping",
                        "-n",
                        "-q",
                        "-c",
                        Integer.toString(FETCHES),
                        "-i",
                        Integer.toString(PAUSE),
                        OurEnd.inner(IpFamily.IPV4).toString())
                .expectSuccess()
                .output();
        assertTrue(told.contains(FETCHES + " packets transmitted, " + FETCHES + " received, 0% packet loss"), told);
    }
}
