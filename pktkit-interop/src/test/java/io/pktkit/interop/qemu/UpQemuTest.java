// SPDX-License-Identifier: MIT
package io.pktkit.interop.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.HostServer;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.PktkitCommand;
import io.pktkit.wire.IpAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As a newcomer: {@code up --qemu}, and what it prints given to QEMU. */
@NeedsPeer(
        value = {"qemu-system-x86_64", "busybox", "tshark"},
        root = false)
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UpQemuTest {

    private static GuestImage image;

    @BeforeAll
    static void createImage() throws Exception {
        image = GuestImage.create();
    }

    @AfterAll
    static void removeImage() {
        if (image != null) {
            image.close();
        }
    }

    @Test
    void shouldServeTheGuestThatIsStartedAsItSays() throws Exception {
        Path socket = image.folder.resolve("up.sock");
        Path capture = image.folder.resolve("up.pcapng");
        try (HostServer server = new HostServer();
                PktkitCommand up = PktkitCommand.start(
                        "up",
                        "--qemu",
                        "unix:" + socket,
                        "--pcap",
                        capture.toString(),
                        "--allow-host",
                        "" + server.port())) {
            up.awaitLine("qemu unix:" + socket);
            up.awaitLine("start a guest of");
            String printed = up.awaitLine("-netdev").strip();
            try (QemuGuest guest =
                    QemuGuest.start(image, List.of(printed.split(" ", -1))).awaitUp()) {
                guest.lease();
                String got = guest.run("wget -q -O - http://host.pktkit:" + server.port() + "/data/100000 | sha256sum");
                assertTrue(got.startsWith(HostServer.sha256(100_000)), got);

                assertEquals(130, up.interrupt());
            }
        }
        assertFalse(Files.exists(socket), "the socket is gone");
        Commands.Result protocols = Commands.run(
                        Duration.ofSeconds(60), "tshark", "-n", "-r", capture.toString(), "-Y", "http or dhcp")
                .expectSuccess();
        assertTrue(protocols.output().contains("DHCP ACK"), protocols.output());
        assertTrue(protocols.output().contains("GET /data/100000"), protocols.output());
    }

    @Test
    void shouldDialAGuestThatListensAndIsolateIt() throws Exception {
        Path socket = image.folder.resolve("dial.sock");
        try (PktkitCommand up = PktkitCommand.start("up", "--qemu", "connect:unix:" + socket + ",isolated")) {
            String printed = up.awaitLine("-netdev").strip();
            try (QemuGuest guest =
                    QemuGuest.start(image, List.of(printed.split(" ", -1))).awaitUp()) {
                assertEquals("10.0.2.3", guest.lease());
                guest.run("nslookup host.pktkit");
                assertEquals(130, up.interrupt());
            }
        }
    }

    @Test
    void shouldSayThatAPortIsBusy() throws Exception {
        try (ServerSocket busy =
                new ServerSocket(0, 1, IpAddress.parse("127.0.0.1").toInetAddress())) {
            String address = "tcp:127.0.0.1:" + busy.getLocalPort();

            Commands.Result refused = PktkitCommand.run("up", "--qemu", address);

            assertEquals(2, refused.exit(), refused.output());
            assertEquals(1, refused.output().lines().count(), refused.output());
            assertTrue(refused.output().contains(address) && refused.output().contains("in use"), refused.output());
        }
    }

    /** What a killed one leaves behind is no obstacle; what one that lives holds is. */
    @Test
    void shouldReplaceTheSocketOfOneThatWasKilledAndOfNoOther() throws Exception {
        Path socket = image.folder.resolve("stale.sock");
        try (PktkitCommand killed = PktkitCommand.start("up", "--qemu", "unix:" + socket)) {
            killed.awaitLine("stop with Ctrl-C");
            Commands.Result second = PktkitCommand.run("up", "--qemu", "unix:" + socket);
            assertEquals(2, second.exit(), second.output());
            assertTrue(second.output().contains("a program listens at"), second.output());
        }
        assertTrue(Files.exists(socket), "left behind");
        try (PktkitCommand up = PktkitCommand.start("up", "--qemu", "unix:" + socket)) {
            up.awaitLine("stop with Ctrl-C");
            up.interrupt();
        }
        assertFalse(Files.exists(socket));
    }
}
