// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.FreePorts;
import io.pktkit.interop.HostServer;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.PktkitCommand;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pktkit up --ovpn}: the README's lines to the letter, by a user without rights, and a client with nothing but its file. */
class UpTest {
    private static final int NOBODY = 65534;

    @TempDir
    Path folder;

    private Path home() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path home = Files.createDirectory(folder.resolve("home"));
        Files.setAttribute(home, "unix:uid", NOBODY);
        return home;
    }

    /** The lines of the README's section that begin with the command, as words. */
    private static List<List<String>> recipe() throws IOException {
        String readme = Files.readString(Path.of(System.getProperty("pktkit.root"), "README.md"));
        String section = readme.substring(readme.indexOf("## A LAN for OpenVPN clients"));
        return section.substring(0, section.indexOf("\n## "))
                .lines()
                .filter(line -> line.startsWith("    ./pktkit "))
                .map(line ->
                        List.of(line.strip().substring("./pktkit ".length()).split(" ")))
                .toList();
    }

    private static String[] command(List<String> recipe, String from, String to, String... more) {
        List<String> words = new ArrayList<>(recipe);
        words.replaceAll(word -> word.equals(from) ? to : word);
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    private static Commands.Result run(String... arguments) {
        return Commands.run(Rig.LIMIT, PktkitCommand.lineAs(NOBODY, arguments));
    }

    @Test
    @NeedsPeer({"openvpn", "curl"})
    void shouldServeAClientThatHasNothingButItsFile() throws Exception {
        Path home = home();
        String vpn = home.resolve("vpn").toString();
        String state = home.resolve("state").toString();
        List<List<String>> recipe = recipe();
        assertEquals(5, recipe.size(), recipe.toString());
        try (HostServer server = new HostServer();
                Wire wire = new Wire()) {
            List<String> init = new ArrayList<>(recipe.get(0));
            init.replaceAll(word -> word.equals("vpn.example") ? wire.outer(1) : word);
            run(command(init, "vpn", vpn, "--port", "" + FreePorts.udp())).expectSuccess();
            run(command(recipe.get(1), "vpn", vpn)).expectSuccess();
            List<String> line = new ArrayList<>(recipe.get(2));
            line.replaceAll(word -> word.equals("8080") ? "" + server.port() : word);
            try (PktkitCommand up = PktkitCommand.startAs(NOBODY, command(line, "vpn", vpn, "--state", state))) {
                String ready = up.awaitLine("ready: ");
                assertTrue(ready.contains("OpenVPN UDP port "), ready);
                up.awaitLine("OpenVPN on all addresses of this host for clients");
                up.awaitLine("client alice: file " + vpn + "/clients/alice.ovpn");
                up.awaitLine("stop with Ctrl-C");
                // What every host outside of tests has, and all IPv4 goes through the tunnel instead.
                wire.run("ip route add default via " + wire.outer(1));
                String text = Files.readString(Path.of(vpn, "clients/alice.ovpn"));
                try (StockClient client = new StockClient(wire.namespace(), folder, text)) {
                    client.completed();
                    up.awaitLine("alice by OpenVPN from " + wire.outer(2));
                    String page = "http://10.0.2.1:" + server.port();
                    assertEquals(
                            "small file x",
                            wire.run("curl -sS --max-time 60 " + page + "/small/x")
                                    .strip());
                    assertEquals(
                            HostServer.sha256(1 << 20),
                            wire.run("curl -sS --max-time 60 " + page + "/data/" + (1 << 20) + " | sha256sum")
                                    .substring(0, 64));
                    assertTrue(wire.run("ip route get 192.0.2.1").contains("dev tun"), "all goes through the tunnel");

                    String shown = run(command(recipe.get(3), "", "", "--state", state))
                            .expectSuccess()
                            .output();
                    assertTrue(shown.contains("client: alice\n  endpoint: " + wire.outer(2) + ":"), shown);
                    assertTrue(shown.contains("  version: 2."), shown);
                    assertTrue(shown.contains("AES-256-GCM"), shown);
                    String killed = run(command(recipe.get(4), "", "", "--state", state))
                            .expectSuccess()
                            .output();
                    assertEquals("alice is sent away\n", killed);
                    up.awaitLine("left: alice");
                    client.logs("Initialization Sequence Completed", 2);
                    Commands.Result nobody = run("ovpn", "kill", "bob", "--state", state);
                    assertEquals(1, nobody.exit());
                    assertTrue(nobody.output().contains("no client of this name is in: name=bob"), nobody.output());
                }
                up.terminate();
            }
            assertFalse(Files.exists(Path.of(state, "control.sock")));
        }
    }

    @Test
    @NeedsPeer({"openvpn", "curl"})
    void shouldGiveEachClientANatOfItsOwn() throws Exception {
        Path home = home();
        String vpn = home.resolve("vpn").toString();
        try (HostServer server = new HostServer();
                Wire wire = new Wire();
                Wire second = new Wire()) {
            run("ovpn", "init", vpn, "--endpoint", "localhost", "--port", "" + FreePorts.udp())
                    .expectSuccess();
            run("ovpn", "client", vpn, "alice").expectSuccess();
            run("ovpn", "client", vpn, "bob").expectSuccess();
            try (PktkitCommand up = PktkitCommand.startAs(
                    NOBODY,
                    "up",
                    "--ovpn",
                    vpn,
                    "--ovpn-isolated",
                    "--allow-host",
                    "" + server.port(),
                    "--state",
                    home.resolve("state").toString())) {
                up.awaitLine("stop with Ctrl-C");
                try (StockClient alice = client(wire, vpn, "alice");
                        StockClient bob = client(second, vpn, "bob")) {
                    alice.completed();
                    bob.completed();
                    for (Wire each : List.of(wire, second)) {
                        String page = "http://10.0.2.1:" + server.port() + "/small/x";
                        assertEquals(
                                "small file x",
                                each.run("curl -sS --max-time 60 " + page).strip());
                    }
                    String address =
                            second.run("ip -4 -o addr show dev tun0").replaceAll("(?s).*inet ([0-9.]+)/.*", "$1");
                    assertTrue(
                            wire.run("ping -c 1 -W 2 " + address + " || true").contains("100% packet loss"), address);
                }
                up.terminate();
            }
        }
    }

    /** The file of a small server, with its own certificates: the LAN has its subnet, and what it pushes is pushed. */
    @Test
    @NeedsPeer({"openvpn", "curl"})
    void shouldDoAsTheFileOfAServerSays() throws Exception {
        Path home = home();
        Path vpn = home.resolve("vpn");
        try (HostServer server = new HostServer();
                Wire wire = new Wire()) {
            String port = "" + FreePorts.udp();
            run("ovpn", "init", vpn.toString(), "--endpoint", "localhost", "--port", port)
                    .expectSuccess();
            run("ovpn", "client", vpn.toString(), "alice").expectSuccess();
            Path file = vpn.resolve("server.conf");
            Files.writeString(file, """
                    port %s
                    dev tun
                    ca ca.crt
                    cert server.crt
                    key server.key
                    dh none
                    tls-crypt-v2 tls-crypt-v2.key
                    crl-verify crl.pem
                    server 10.77.0.0 255.255.255.0
                    topology subnet
                    ifconfig-pool 10.77.0.40 10.77.0.50
                    push "route 192.0.2.0 255.255.255.0"
                    client-config-dir ccd
                    keepalive 5 30
                    data-ciphers CHACHA20-POLY1305
                    user nobody
                    verb 3
                    """.formatted(port));
            Path clients = Files.createDirectory(vpn.resolve("ccd"));
            Files.writeString(clients.resolve("alice"), "push \"route 198.51.100.0 255.255.255.0\"\n");
            String[] up = {
                "up",
                "--ovpn-config",
                file.toString(),
                "--allow-host",
                "" + server.port(),
                "--state",
                home.resolve("state").toString()
            };
            try (PktkitCommand running = PktkitCommand.startAs(NOBODY, up)) {
                String ready = running.awaitLine("ready: ");
                assertTrue(ready.contains("subnet 10.77.0.0/24"), ready);
                running.awaitLine("stop with Ctrl-C");
                String text = Files.readString(vpn.resolve("clients/alice.ovpn"));
                try (StockClient client = new StockClient(
                        wire.namespace(), folder, text.replace("remote localhost", "remote " + wire.outer(1)))) {
                    client.completed();
                    String joined = running.awaitLine("alice by OpenVPN from " + wire.outer(2));
                    assertTrue(joined.contains("10.77.0.40") && joined.contains("CHACHA20-POLY1305"), joined);
                    String page = "http://10.77.0.1:" + server.port() + "/small/x";
                    assertEquals(
                            "small file x",
                            wire.run("curl -sS --max-time 60 " + page).strip());
                    for (String routed : List.of("192.0.2.1", "198.51.100.1")) {
                        assertTrue(wire.run("ip route get " + routed).contains("dev tun"), routed);
                    }
                }
                running.terminate();
            }
            Files.writeString(file, Files.readString(file) + "up /etc/script\n");
            assertOneLine(file + " line 18: up: no script is run here", run(up));
        }
    }

    private StockClient client(Wire wire, String vpn, String name) throws IOException {
        String text = Files.readString(Path.of(vpn, "clients", name + ".ovpn"));
        return new StockClient(
                wire.namespace(),
                folder,
                text.replace("remote localhost", "remote " + wire.outer(1)),
                "--route-nopull",
                "--dev",
                "tun0");
    }

    @Test
    @NeedsPeer(root = false)
    void shouldSayInOneLineWhatIsWrong() throws Exception {
        String vpn = folder.resolve("vpn").toString();
        String state = folder.resolve("state").toString();
        assertOneLine("pktkit ovpn init " + vpn, PktkitCommand.run("up", "--ovpn", vpn, "--state", state));
        assertOneLine("give --ovpn DIR", PktkitCommand.run("up", "--ovpn-isolated", "--state", state));
        try (DatagramSocket taken = new DatagramSocket()) {
            String port = "" + taken.getLocalPort();
            PktkitCommand.run("ovpn", "init", vpn, "--endpoint", "localhost", "--port", port)
                    .expectSuccess();
            assertOneLine(port, PktkitCommand.run("up", "--ovpn", vpn, "--state", state));
        }
        assertOneLine(
                "--ovpn-listen here",
                PktkitCommand.run("up", "--ovpn", vpn, "--ovpn-listen", "here", "--state", state));
    }

    private static void assertOneLine(String part, Commands.Result result) {
        assertEquals(2, result.exit(), result.output());
        assertEquals(1, result.output().lines().count(), result.output());
        assertTrue(result.output().contains(part), result.output());
    }
}
