// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.PktkitCommand;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README tells a newcomer, with nothing edited by hand. */
@NeedsPeer({"openvpn", "curl"})
class NewcomerTest {

    @TempDir
    Path folder;

    @Test
    void shouldReachAPage() throws Exception {
        HttpServer page = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        page.createContext("/", exchange -> {
            byte[] body = "a page".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        page.start();
        int port = page.getAddress().getPort();
        String pki = folder.resolve("vpn").toString();
        try (Wire wire = new Wire()) {
            PktkitCommand.run("ovpn", "init", pki, "--endpoint", wire.outer(1)).expectSuccess();
            PktkitCommand.run("ovpn", "client", pki, "alice").expectSuccess();
            try (PktkitCommand serve = PktkitCommand.start(
                    "ovpn", "serve", pki, "--listen", wire.outer(1), "--allow-host", Integer.toString(port))) {
                serve.awaitLine("ready");
                String text = Files.readString(folder.resolve("vpn/clients/alice.ovpn"));
                try (StockClient client = new StockClient(wire.namespace(), folder, text)) {
                    client.completed();
                    serve.awaitLine("alice connected from " + wire.outer(2));
                    Commands.Result fetched = wire.namespace()
                            .exec(Rig.LIMIT, "curl", "-s", "--max-time", "60", "http://10.8.0.1:" + port + "/");
                    assertEquals("a page", fetched.expectSuccess().output());
                }
                PktkitCommand.run("ovpn", "revoke", pki, "alice").expectSuccess();
                Commands.Result again = PktkitCommand.run("ovpn", "revoke", pki, "alice");
                assertEquals(1, again.exit());
                assertTrue(again.output().contains("there is no client of that name"), again.output());
                serve.interrupt();
            }
        } finally {
            page.stop(0);
        }
    }
}
