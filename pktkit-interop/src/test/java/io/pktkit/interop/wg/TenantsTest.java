// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.tunnel.WgPeerDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wg.tunnel.WgTenants;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two stock peers with one inner address, each behind a NAT of its own, on one port. */
@NeedsPeer({"ip", "wg", "wireguard-go", "curl", "python3", "ping"})
@Timeout(300)
class TenantsTest {
    private static final int LENGTH = 500_000;

    @Test
    void shouldGiveEachItsOwnNetwork() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer page = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        page.setExecutor(threads);
        page.createContext("/", exchange -> {
            byte[] body =
                    line(exchange.getRequestURI().getPath()).repeat(LENGTH / 10).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        page.start();
        SlirpConfig nat = SlirpConfig.builder()
                .address(IpPrefix.parse("10.77.0.1/16"))
                .mtu(OurEnd.MTU)
                .allowHost(page.getAddress().getPort())
                .build();
        try (Slirp slirp = Slirp.open(nat);
                WgPort port = WgPort.open(WgPortConfig.client());
                StockPeer alice = new StockPeer();
                StockPeer bob = new StockPeer()) {
            WgTenants tenants = port.addTenants(WgPrivateKey.generate(new SecureRandom()), slirp);
            WgPeer ofAlice = join(tenants, port, alice);
            WgPeer ofBob = join(tenants, port, bob);
            String url = "http://10.77.0.1:" + page.getAddress().getPort();

            // Both at once, a few times, each from the address that the other has too.
            List<FutureTask<String>> fetched = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                StockPeer who = i % 2 == 0 ? alice : bob;
                String path = i % 2 == 0 ? "/alice" : "/bob";
                fetched.add(Streams.beside(() -> who.run("curl -s -S --max-time 60 " + url + path)));
            }
            for (int i = 0; i < 4; i++) {
                assertEquals(
                        line(i % 2 == 0 ? "/alice" : "/bob").repeat(LENGTH / 10),
                        fetched.get(i).get());
            }
            for (WgPeer peer : List.of(ofAlice, ofBob)) {
                WgPeerDevice device = Objects.requireNonNull(tenants.device(peer));
                assertTrue(
                        device.stats().snapshot().sentBytes() > LENGTH,
                        device + " " + device.stats().snapshot());
            }

            assertUnseen(alice, bob, slirp, tenants, ofAlice);
        } finally {
            page.stop(0);
            threads.shutdownNow();
        }
    }

    /** What bob sends to an address that nobody but alice listens at, within the network that both think to be in. */
    private static void assertUnseen(StockPeer alice, StockPeer bob, Slirp slirp, WgTenants tenants, WgPeer ofAlice)
            throws Exception {
        alice.run("ip addr add 10.77.0.7/16 dev " + alice.interfaceName());
        ofAlice.addAllowedIp(IpPrefix.parse("10.77.0.7/32"));
        try (LinuxPeer listening =
                alice.python(LinuxPeer.LIMIT, LinuxPeer.words("", "tcp-listen", IpAddress.parse("10.77.0.7"), 0))) {
            int secret = listening.port();
            // The last of what she fetched is on its way to her for a moment after she has all of it.
            alice.await("that no connection is left", () -> slirp.snapshot().tcpConnections() == 0);
            long before = Objects.requireNonNull(tenants.device(ofAlice))
                    .stats()
                    .snapshot()
                    .sentPackets();
            assertNotEquals(
                    0,
                    bob.exec("curl", "-s", "--max-time", "2", "http://10.77.0.7:" + secret + "/")
                            .exit());
            assertNotEquals(
                    0,
                    bob.exec("ping", "-c", "2", "-i", "0.2", "-W", "1", "10.77.0.7")
                            .exit());
            assertEquals(
                    before,
                    Objects.requireNonNull(tenants.device(ofAlice))
                            .stats()
                            .snapshot()
                            .sentPackets());
        }
    }

    private static WgPeer join(WgTenants tenants, WgPort port, StockPeer peer) throws Exception {
        peer.setPeer(
                tenants.identity().publicKey(),
                "allowed-ips 0.0.0.0/0 endpoint " + peer.host(IpFamily.IPV4) + ":" + port.port());
        return tenants.peers().add(peer.publicKey(), WgPeerOptions.create().allowedIp(IpPrefix.parse("10.77.0.2/32")));
    }

    private static String line(String path) {
        return (path + "---------").substring(0, 9) + "\n";
    }
}
