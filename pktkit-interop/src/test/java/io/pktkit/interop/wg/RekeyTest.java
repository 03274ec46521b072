// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that outlive session keys. {@code -Dpktkit.wg.seconds=N} makes the run shorter or longer than 400 s. */
@NeedsPeer({"ip", "wg", "wireguard-go", "python3", "ping"})
@Tag("long")
class RekeyTest {
    private static final int SECONDS = Integer.getInteger("pktkit.wg.seconds", 400);
    private static final Duration LIMIT = Duration.ofSeconds(SECONDS + 120L);

    /** Who began makes new keys every 120 s; a connection each way never stops. */
    @ParameterizedTest(name = "we begin {0}")
    @ValueSource(booleans = {true, false})
    @Timeout(3600)
    void shouldCarryConnectionsAcrossRekeys(boolean weBegin) throws Exception {
        AtomicInteger handshakes = new AtomicInteger();
        WgPortConfig config = WgPortConfig.builder()
                .listener(new WgPeerListener() {
                    @Override
                    public void handshakeCompleted(WgPeer peer) {
                        handshakes.incrementAndGet();
                    }
                })
                .build();
        try (StockPeer peer = new StockPeer();
                OurEnd us = new OurEnd(config)) {
            us.add(peer, weBegin ? peer.endpoint(IpFamily.IPV4) : null);
            peer.setPeer(
                    us.publicKey(), OurEnd.ALLOWED + (weBegin ? "" : "endpoint " + us.endpoint(peer, IpFamily.IPV4)));
            Exchange exchange = new Exchange(us, peer);
            if (weBegin) {
                exchange.wePing(IpFamily.IPV4);
            } else {
                exchange.peerPings(IpFamily.IPV4);
            }
            long first = peer.show(us.publicKey()).latestHandshake();
            FutureTask<Void> down = Streams.beside(() -> receive(us, peer));
            FutureTask<Void> up = Streams.beside(() -> send(us, peer));
            down.get();
            up.get();
            long last = peer.show(us.publicKey()).latestHandshake();

            int rekeys = SECONDS / 121;
            assertTrue(handshakes.get() >= 1 + rekeys, "handshakes=" + handshakes);
            assertTrue(last - first >= 119L * rekeys, "first=" + first + " last=" + last);
            assertEquals(0, us.port.drops(WgDrop.BAD_TAG));
            assertEquals(0, us.port.drops(WgDrop.KEY_EXPIRED));
        }
    }

    private static Void receive(OurEnd us, StockPeer peer) throws IOException {
        try (VirtualServerSocket server = us.client.listen(7000);
                LinuxPeer linux = peer.python(
                        LIMIT,
                        LinuxPeer.words(
                                "",
                                "tcp-connect",
                                OurEnd.inner(IpFamily.IPV4),
                                7000,
                                "flow:" + SECONDS + ":" + Streams.SEED,
                                "shut"));
                Socket socket = server.accept()) {
            linux.expect("connected");
            String received = Streams.receive(socket.getInputStream());
            assertEquals(linux.expect("sent"), received, "seed " + Streams.SEED);
        }
        return null;
    }

    private static Void send(OurEnd us, StockPeer peer) throws IOException {
        try (LinuxPeer linux = peer.python(
                        LIMIT, LinuxPeer.words("", "tcp-listen", OurEnd.innerOfPeer(IpFamily.IPV6), 0, "eof"));
                Socket socket = us.client.dial(OurEnd.innerOfPeer(IpFamily.IPV6).toString(), linux.port())) {
            byte[] chunk = new byte[1 << 16];
            long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            long total = 0;
            for (int i = 0; System.nanoTime() - end < 0; i++) {
                Arrays.fill(chunk, (byte) i);
                digest.update(chunk);
                socket.getOutputStream().write(chunk);
                total += chunk.length;
            }
            socket.shutdownOutput();
            assertEquals(total + " " + HexFormat.of().formatHex(digest.digest()), linux.expect("received"));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
        return null;
    }
}
