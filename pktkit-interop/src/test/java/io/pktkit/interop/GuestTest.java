// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job: a Linux guest on {@code pktkit up} does with the host, through our switch and NAT, what guests do. */
@NeedsPeer({"ip", "dhclient", "curl", "ping", "sha256sum"})
class GuestTest {
    private static final String GATEWAY = "10.0.2.1";
    private static final long MIB = 1 << 20;

    @TempDir
    static Path files;

    private static HostServer server;
    private static SelfSigned identity;
    private static HostServer secure;
    private static int closedPort;
    private static Guest guest;

    @BeforeAll
    static void bringUp() throws IOException, InterruptedException {
        server = new HostServer();
        closedPort = FreePorts.tcp();
        identity = SelfSigned.make(files, GATEWAY);
        secure = new HostServer(identity.tls());
        guest = new Guest(
                "--allow-host",
                Integer.toString(server.port()),
                "--allow-host",
                Integer.toString(secure.port()),
                "--allow-host",
                "" + closedPort);
        guest.dhclient();
    }

    @AfterAll
    static void tearDown() throws IOException {
        if (guest != null) {
            guest.close();
        }
        if (server != null) {
            server.close();
        }
        if (secure != null) {
            secure.close();
        }
    }

    private static String url(String path) {
        return "http://" + GATEWAY + ":" + server.port() + path;
    }

    @Test
    void shouldAnswerPingOfTheGateway() {
        String output =
                guest.shell("ping -c 3 -i 0.2 -W 5 " + GATEWAY).expectSuccess().output();

        assertTrue(output.contains(" 0% packet loss"), output);
    }

    @Test
    void shouldDownload200MegabytesByteForByte() throws IOException {
        long length = 200 * MIB;

        String digest = guest.shell("curl -sSf " + url("/data/" + length) + " | sha256sum")
                .expectSuccess()
                .output();

        assertEquals(HostServer.sha256(length), digest.substring(0, 64));
    }

    @Test
    void shouldUpload50MegabytesByteForByte() throws IOException {
        long length = 50 * MIB;
        Path upload = files.resolve("upload");
        try (OutputStream out = Files.newOutputStream(upload)) {
            HostServer.writeData(length, (bytes, count) -> out.write(bytes, 0, count));
        }

        String digest = guest.shell("curl -sSf -T " + upload + " " + url("/upload"))
                .expectSuccess()
                .output();

        assertEquals(HostServer.sha256(length), digest.strip());
    }

    /** Whatever is lost, repeated or moved here makes curl fail by itself, as TLS checks each record. */
    @Test
    void shouldCarry100MegabytesOverTlsBothWays() throws IOException {
        long length = 100_000_000;
        String curl = "curl -sSf --cacert " + identity.certificate() + " https://" + GATEWAY + ":" + secure.port();

        String down = guest.shell(curl + "/data/" + length + " | tee " + files.resolve("tls") + " | sha256sum")
                .expectSuccess()
                .output();
        String up = guest.shell(curl + "/upload -T " + files.resolve("tls"))
                .expectSuccess()
                .output();

        String expected = HostServer.sha256(length);
        assertEquals(expected, down.substring(0, 64));
        assertEquals(expected, up.strip());
    }

    @Test
    void shouldServe200RequestsAtOnce() throws IOException {
        Path folder = Files.createDirectory(files.resolve("small"));

        guest.shell("curl -sSf -Z --parallel-immediate --parallel-max 200 -o '" + folder + "/#1' '"
                        + url("/small/[1-200]") + "'")
                .expectSuccess();

        for (int i = 1; i <= 200; i++) {
            assertEquals("small file " + i, Files.readString(folder.resolve("" + i)), "request " + i);
        }
    }

    @Test
    void shouldRefuseAtOnceAPortOnWhichNobodyListens() {
        Commands.Result curl = guest.shell("curl -v --connect-timeout 20 http://" + GATEWAY + ":" + closedPort + "/");

        assertEquals(7, curl.exit(), curl.output());
        assertTrue(curl.output().contains("Connection refused"), curl.output());
    }

    @Test
    void shouldRefuseAPortOfTheHostThatIsNotAllowed() throws IOException {
        try (ServerSocket secret = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Commands.Result curl =
                    guest.shell("curl -sS --connect-timeout 20 http://" + GATEWAY + ":" + secret.getLocalPort() + "/");

            assertEquals(7, curl.exit(), curl.output());
        }
    }
}
