// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.WgPrivateKey;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pktkit up --wg} and {@code pktkit wg}, as a newcomer uses them. */
@Timeout(400)
class WgUpTest {
    private static final Duration SHORT = Await.LIMIT;
    private static final int NOBODY = 65_534;

    private final String peer =
            "p" + Integer.toHexString(ThreadLocalRandom.current().nextInt());

    @TempDir
    private Path directory;

    private HostServer server;

    @BeforeEach
    void serve() throws IOException {
        server = new HostServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** On a wire of this run alone, most likely. */
    private String wireAddress(int end) {
        int number = Math.floorMod(peer.hashCode(), 1 << 14);
        return "10.213." + (number >> 6) + "." + (4 * (number & 63) + end);
    }

    private Path state() {
        return directory.resolve("state");
    }

    /** The command runs without root; the client has root in its namespace, as a phone has over itself. */
    @Test
    @NeedsPeer({"ip", "wg", "wg-quick", "wireguard-go", "nft", "curl", "setpriv", "ping"})
    void shouldServeAStockClientThatHasNothingButItsFile() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path home = Files.createDirectory(directory.resolve("home"));
        Files.setAttribute(home, "unix:uid", NOBODY);
        Path state = home.resolve("state");
        String wire = "w" + peer;
        try (NetworkNamespace guest = new NetworkNamespace();
                PktkitCommand up = PktkitCommand.startAs(
                        NOBODY,
                        "up",
                        "--wg",
                        "0",
                        "--wg-peer",
                        peer,
                        "--wg-endpoint",
                        wireAddress(1),
                        "--state",
                        state.toString(),
                        "--allow-host",
                        "" + server.port())) {
            Commands.run(SHORT, "sh", "-ec", """
                    ip link add %1$s type veth peer name e%1$s netns %2$s
                    ip addr add %3$s/30 dev %1$s
                    ip link set %1$s up
                    """.formatted(wire, guest.name(), wireAddress(1)))
                    .expectSuccess();
            try {
                guest.exec(
                                SHORT,
                                "sh",
                                "-ec",
                                "ip addr add %2$s/30 dev e%1$s; ip link set e%1$s up".formatted(wire, wireAddress(2)))
                        .expectSuccess();
                String ready = up.awaitLine("ready: ");
                assertTrue(ready.contains("WireGuard UDP port "), ready);
                up.awaitLine("on all addresses of this host; strangers get no answer");
                up.awaitLine("peer " + peer + ": 10.0.2.254, file " + state.resolve(peer + ".conf"));
                up.awaitLine("stop with Ctrl-C");

                quick(guest, state, "up").expectSuccess();
                try {
                    assertEquals("small file x", curl(guest, "http://10.0.2.1:" + server.port() + "/small/x"));
                    assertEquals("small file y", curl(guest, "http://host.pktkit:" + server.port() + "/small/y"));
                    assertEquals(HostServer.sha256(1 << 20), sha256(guest, "/data/" + (1 << 20)));
                    String own = number(Files.readString(state.resolve(peer + ".conf")), "(fd[0-9a-f:]+)::a00:2fe/128");
                    guest.exec(SHORT, "ping", "-c", "1", "-W", "60", own + "::1")
                            .expectSuccess();
                } finally {
                    quick(guest, state, "down");
                }
                Commands.Result shown =
                        Commands.run(SHORT, PktkitCommand.lineAs(NOBODY, "wg", "show", "--state", state.toString()));
                assertTrue(shown.expectSuccess().output().contains("  name: " + peer), shown.output());
                assertTrue(shown.output().contains("  endpoint: " + wireAddress(2) + ":"), shown.output());
                assertTrue(shown.output().contains("  latest handshake: "), shown.output());
            } finally {
                Commands.run(SHORT, "ip", "link", "del", wire);
            }
            up.terminate();
            assertTrue(Files.notExists(state.resolve("control.sock")));
        }
    }

    /** wg-quick needs a resolvconf, and not every machine has one: this one writes the file that the namespace has. */
    private Commands.Result quick(NetworkNamespace guest, Path state, String what) throws IOException {
        Path bin = directory.resolve("bin");
        if (Files.notExists(bin)) {
            Files.createDirectory(bin);
            Path script = bin.resolve("resolvconf");
            Files.writeString(script, "#!/bin/sh\n[ \"$1\" != -a ] || cat >/etc/resolv.conf\n");
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return guest.exec(
                SHORT,
                "env",
                "PATH=" + bin + ":" + Commands.PATH,
                "WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go",
                "wg-quick",
                what,
                state.resolve(peer + ".conf").toString());
    }

    private static String curl(NetworkNamespace guest, String url) {
        return guest.exec(SHORT, "curl", "-s", "-S", "--max-time", "60", url)
                .expectSuccess()
                .output()
                .strip();
    }

    private String sha256(NetworkNamespace guest, String path) {
        String command = "curl -s -S --max-time 60 http://10.0.2.1:" + server.port() + path + " | sha256sum";
        return guest.exec(SHORT, "sh", "-c", command).expectSuccess().output().substring(0, 64);
    }

    @Test
    @NeedsPeer(
            value = {"curl"},
            root = false)
    void shouldLeadPortsThroughATunnelWithoutRoot() throws Exception {
        try (PktkitCommand up = up("--wg-peer", peer)) {
            up.awaitLine("stop with Ctrl-C");
            String inside = "host.pktkit:" + server.port();
            try (PktkitCommand client = PktkitCommand.start(
                    "wg",
                    "connect",
                    state().resolve(peer + ".conf").toString(),
                    "--forward",
                    "0=" + inside,
                    "--socks",
                    "0",
                    "--reverse",
                    "7000=127.0.0.1:" + server.port())) {
                String forward = client.awaitLine("tcp 127.0.0.1:");
                client.awaitLine("tcp inside port 7000 leads to 127.0.0.1:" + server.port() + " outside");
                String socks = client.awaitLine("socks 127.0.0.1:");

                assertEquals(
                        "small file f",
                        fetch("http://127.0.0.1:" + number(forward, "127.0.0.1:(\\d+) leads") + "/small/f"));
                assertEquals(
                        "small file s",
                        fetch(
                                "http://" + inside + "/small/s",
                                "--socks5-hostname",
                                socks.substring("socks ".length())));
                client.awaitLine("connected: peer ");
                client.terminate();
            }
        }
    }

    /** One peer leads a port of the tunnel to the host, and the other, who may reach it, asks there. */
    @Test
    @NeedsPeer(
            value = {"curl"},
            root = false)
    void shouldLeadFromPeerToPeerWhenAsked() throws Exception {
        try (PktkitCommand up = up("--wg-peer", "tv", "--wg-peer", "phone", "--wg-peer-to-peer")) {
            up.awaitLine("stop with Ctrl-C");
            String reverse = "7000=127.0.0.1:" + server.port();
            try (PktkitCommand tv = connect("tv", "--reverse", reverse)) {
                tv.awaitLine("connected: peer ");
                try (PktkitCommand phone = connect("phone", "--forward", "0=tv.pktkit:7000")) {
                    String forward = phone.awaitLine("tcp 127.0.0.1:");
                    assertEquals(
                            "small file p",
                            fetch("http://127.0.0.1:" + number(forward, "127.0.0.1:(\\d+) leads") + "/small/p"));
                    phone.terminate();
                }
                tv.terminate();
            }
        }
    }

    private PktkitCommand connect(String peer, String option, String value) throws IOException {
        return PktkitCommand.start(
                "wg", "connect", state().resolve(peer + ".conf").toString(), option, value);
    }

    /** As {@code wg} does, whose public key of ours it is too. */
    @Test
    @NeedsPeer(
            value = {"wg"},
            root = false)
    void shouldMakeKeys() throws Exception {
        String key = PktkitCommand.run("wg", "genkey").expectSuccess().output().strip();
        String psk = PktkitCommand.run("wg", "genpsk").expectSuccess().output().strip();
        assertEquals(WgPrivateKey.parse(key).toBase64(), key);
        assertEquals(32, Base64.getDecoder().decode(psk).length);
        assertNotEquals(key, psk);

        String ours =
                pubkey(key, PktkitCommand.line("wg", "pubkey")).expectSuccess().output();
        assertEquals(pubkey(key, List.of("wg", "pubkey")).expectSuccess().output(), ours);
        assertOneLine(2, "standard input: ", pubkey("short", PktkitCommand.line("wg", "pubkey")));
    }

    /** The key goes by a pipe, as people do it. */
    private static Commands.Result pubkey(String key, List<String> command) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", "key=$1; shift; echo \"$key\" | \"$@\"", "sh", key));
        all.addAll(command);
        return Commands.run(SHORT, all);
    }

    /** WireGuard is silent to strangers, so all that the client can know is that nobody answers. */
    @Test
    @NeedsPeer(root = false)
    void shouldTellAClientWithAWrongKeyThatNobodyAnswers() throws Exception {
        try (PktkitCommand up = up("--wg-peer", peer)) {
            up.awaitLine("stop with Ctrl-C");
            Path file = state().resolve(peer + ".conf");
            String right = Files.readString(file);
            String nobody =
                    WgPrivateKey.generate(new SecureRandom()).publicKey().toString();
            String wrong = right.replaceFirst("(?m)^PublicKey = .*$", "PublicKey = " + nobody);
            assertNotEquals(right, wrong);
            Path other = directory.resolve("wrong.conf");
            Files.copy(file, other, StandardCopyOption.COPY_ATTRIBUTES);
            Files.writeString(other, wrong);
            try (PktkitCommand client = PktkitCommand.start("wg", "connect", other.toString(), "--socks", "0")) {
                client.awaitLine("stop with Ctrl-C");
                String line = client.awaitLine("no answer");
                assertTrue(line.startsWith("no answer yet from peer " + nobody + " at "), line);
                assertTrue(line.contains("is that its key"), line);
                client.terminate();
            }
        }
    }

    @Test
    @NeedsPeer(root = false)
    void shouldAddShowPrintAndRemovePeers() throws Exception {
        try (PktkitCommand up = up()) {
            up.awaitLine("no peers yet: pktkit wg add NAME");
            up.awaitLine("stop with Ctrl-C");

            String added = pktkit("wg", "add", "tv").expectSuccess().output();
            assertEquals("peer tv: 10.0.2.254, file " + state().resolve("tv.conf"), added.strip());
            String conf = pktkit("wg", "conf", "tv").expectSuccess().output();
            assertEquals(Files.readString(state().resolve("tv.conf")).strip(), conf.strip());
            assertTrue(
                    pktkit("wg", "conf", "tv", "--qr").expectSuccess().output().contains("\u2588\u2580\u2580"));
            assertTrue(pktkit("wg", "show").expectSuccess().output().contains("  allowed ips: 10.0.2.254/32"));
            pktkit("wg", "rm", "tv").expectSuccess();
            assertFalse(pktkit("wg", "show").expectSuccess().output().contains("10.0.2.254"));
            assertOneLine(1, "there is no peer of this name: name=tv", pktkit("wg", "rm", "tv"));
            assertOneLine(2, "there is no file", pktkit("wg", "conf", "tv"));
            up.terminate();
        }
        assertOneLine(1, "no instance is running with this state directory", pktkit("wg", "show"));
    }

    @Test
    @NeedsPeer(root = false)
    void shouldSayInOneLineWhatIsWrong() throws Exception {
        String stated = state().toString();
        try (DatagramSocket taken = new DatagramSocket()) {
            assertOneLine(
                    2,
                    "" + taken.getLocalPort(),
                    PktkitCommand.run("up", "--wg", "" + taken.getLocalPort(), "--state", stated));
        }
        assertOneLine(2, "port=99999", PktkitCommand.run("up", "--wg", "99999", "--state", stated));
        assertOneLine(2, "give --wg PORT", PktkitCommand.run("up", "--wg-peer", "phone", "--state", stated));
        assertOneLine(
                2, "1 to 15 letters", PktkitCommand.run("up", "--wg", "0", "--wg-peer", "my phone", "--state", stated));
        Path server = state().resolve("wireguard.server");
        Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rw-r-----"));
        assertOneLine(2, "chmod 600 " + server, PktkitCommand.run("up", "--wg", "0", "--state", stated));

        Path file = directory.resolve("t.conf");
        Files.writeString(file, "[Interface]\nPrivateKey = short\n");
        assertOneLine(2, "chmod 600 " + file, PktkitCommand.run("wg", "connect", file.toString(), "--socks", "0"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertOneLine(
                2,
                file + " line 2: PrivateKey: not a WireGuard private key",
                PktkitCommand.run("wg", "connect", file.toString(), "--socks", "0"));
        assertOneLine(2, "give --forward, --reverse or --socks", PktkitCommand.run("wg", "connect", file.toString()));
    }

    private static void assertOneLine(int exit, String part, Commands.Result result) {
        assertEquals(exit, result.exit(), result.output());
        assertEquals(1, result.output().lines().count(), result.output());
        assertTrue(result.output().contains(part), result.output());
    }

    private PktkitCommand up(String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "up", "--wg", "127.0.0.1:0", "--state", state().toString(), "--allow-host", "" + server.port()));
        words.addAll(List.of(more));
        return PktkitCommand.start(words.toArray(String[]::new));
    }

    private Commands.Result pktkit(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--state", state().toString()));
        return PktkitCommand.run(all.toArray(String[]::new));
    }

    private static String fetch(String url, String... more) {
        List<String> command = new ArrayList<>(List.of("curl", "-s", "-S", "--max-time", "60", url));
        command.addAll(List.of(more));
        return Commands.run(SHORT, command).expectSuccess().output().strip();
    }

    private static String number(String line, String pattern) {
        return Pattern.compile(pattern)
                .matcher(line)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
    }
}
