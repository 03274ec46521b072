// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.link.Links;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the README shows, between its markers, run against a page on this host. */
@Timeout(120)
class ReadmeExampleTest {

    private final WgPrivateKey serverKey = WgPrivateKey.generate(new SecureRandom());
    private final WgPrivateKey aliceKey = WgPrivateKey.generate(new SecureRandom());
    private final WgPrivateKey bobKey = WgPrivateKey.generate(new SecureRandom());
    private final WgPublicKey alice = aliceKey.publicKey();
    private final WgPublicKey bob = bobKey.publicKey();

    private static final DatagramConfig LOOPBACK =
            DatagramConfig.builder().address(IpAddress.parse("127.0.0.1")).build();

    @Test
    void shouldServeEachPeerByANatOfItsOwn() throws Exception {
        HttpServer page = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        page.createContext("/", exchange -> {
            byte[] body = ("page " + exchange.getRequestURI().getPath()).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        page.start();
        int pagePort = page.getAddress().getPort();
        WgPortConfig serverConfig =
                WgPortConfig.builder().datagrams(LOOPBACK).build(); // README: WgPortConfig.onPort(51820)
        // begin of the server
        SlirpConfig nat = SlirpConfig.builder()
                .address(IpPrefix.parse("10.0.0.1/24"))
                .mtu(1420)
                .allowHost(pagePort)
                .build();
        try (Slirp slirp = Slirp.open(nat);
                WgPort port = WgPort.open(serverConfig)) {
            WgTenants tenants = port.addTenants(serverKey, slirp);
            // Both have the same address, and a network of their own that leads out through sockets of this process.
            tenants.peers().add(alice, WgPeerOptions.create().allowedIp(IpPrefix.parse("10.0.0.2/32")));
            tenants.peers().add(bob, WgPeerOptions.create().allowedIp(IpPrefix.parse("10.0.0.2/32")));
            // end of the server
            assertEquals("page /alice", fetch(aliceKey, port.port(), "http://10.0.0.1:" + pagePort + "/alice"));
            assertEquals("page /bob", fetch(bobKey, port.port(), "http://10.0.0.1:" + pagePort + "/bob"));
        } finally {
            page.stop(0);
        }
    }

    private String fetch(WgPrivateKey myKey, int serverPort, String url) throws IOException {
        WgPublicKey server = serverKey.publicKey();
        String endpoint = "127.0.0.1:" + serverPort; // README: "vpn.example:51820"
        // begin of the client
        try (WgPort port = WgPort.open(WgPortConfig.client());
                VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(1420))) {
            WgDevice tunnel = port.addDevice(myKey);
            tunnel.peers()
                    .add(
                            server,
                            WgPeerOptions.create().allowedIp(IpPrefix.parse("0.0.0.0/0")),
                            EndpointName.parse(endpoint));
            client.setPrefix(IpPrefix.parse("10.0.0.2/24"));
            Links.connect(tunnel, client);
            String page = client.http().get(url).text();
            SocketFactory sockets = client.socketFactory(); // for an HTTP library of your choice
            // end of the client
            assertEquals(page, bySocket(sockets, url));
            return page;
        }
    }

    /** What a library would do with the factory. */
    private static String bySocket(SocketFactory sockets, String url) throws IOException {
        URI uri = URI.create(url);
        try (Socket socket = sockets.createSocket(uri.getHost(), uri.getPort())) {
            String request = "GET " + uri.getPath() + " HTTP/1.0\r\nHost: " + uri.getHost() + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.substring(answer.indexOf("\r\n\r\n") + 4);
        }
    }
}
