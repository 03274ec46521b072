// SPDX-License-Identifier: MIT
package io.pktkit.interop.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pktkit.dhcp.Lease;
import io.pktkit.interop.Commands;
import io.pktkit.interop.FreePorts;
import io.pktkit.interop.HostServer;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.link.Links;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuDevice;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wire.Frame;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our dialled device in the place of QEMU, with those who serve QEMU: a guest of ours gets its network from them. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PeersTest {

    private static final int BYTES = 5_000_000;
    private static final String GVPROXY = "github.com/containers/gvisor-tap-vsock/cmd/gvproxy@v0.8.7";

    @TempDir
    Path folder;

    private Process start(String... command) throws Exception {
        return Commands.start(List.of(command), folder.resolve("output"));
    }

    /** What listens in a moment is waited for by dialling, which is what a kept device does. */
    private static void downloadThrough(QemuAddress address, String host, int port) throws Exception {
        VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT);
        CompletableFuture<Lease> lease = new CompletableFuture<>();
        try (client;
                L2Adapter adapter = L2Adapter.builder(client)
                        .leaseListener(new LeaseListener() {
                            @Override
                            public void onBound(Lease granted) {
                                lease.complete(granted);
                            }

                            @Override
                            public void onLost(Lease gone) {}
                        })
                        .build();
                QemuDevice device = QemuDevice.keepDialled(address, QemuConfig.DEFAULT)) {
            Links.Cable<Frame> cable = Links.connect(device, adapter);
            adapter.startDhcp();
            lease.get(120, TimeUnit.SECONDS);

            byte[] got = client.http()
                    .get("http://" + host + ":" + port + "/data/" + BYTES)
                    .body();

            assertEquals(
                    HostServer.sha256(BYTES),
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(got)));
            assertNotNull(adapter.lease());
            assertEquals(0, device.stats().snapshot().receiveDropped());
            cable.close();
        }
    }

    @Test
    @NeedsPeer(
            value = {"passt"},
            root = false)
    void shouldBeAGuestOfPasst() throws Exception {
        Path socket = folder.resolve("passt.sock");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx")); // it runs as nobody
        Process passt = start(
                "passt",
                "--foreground",
                "--stderr",
                "--one-off",
                "--ipv4-only",
                "--socket",
                socket.toString(),
                "--address",
                "10.9.0.2",
                "--netmask",
                "24",
                "--gateway",
                "10.9.0.1",
                "--mtu",
                "1500");
        try (HostServer server = new HostServer()) {
            downloadThrough(QemuAddress.unix(socket), "10.9.0.1", server.port());
        } catch (Exception | AssertionError failure) {
            failure.addSuppressed(new AssertionError(Files.readString(folder.resolve("output"))));
            throw failure;
        } finally {
            Commands.kill(passt);
        }
    }

    /** An optional peer: it is built here from its Go module, and skipped with the reason where that cannot be done. */
    @Test
    @Tag("long")
    void shouldBeAGuestOfGvproxy() throws Exception {
        Path socket = folder.resolve("gvproxy.sock");
        String program = buildGvproxy().toString();
        int unused = FreePorts.tcp();
        Process gvproxy = start(program, "-listen-qemu", "unix://" + socket, "-ssh-port", "" + unused);
        try (HostServer server = new HostServer()) {
            downloadThrough(QemuAddress.unix(socket), "192.168.127.254", server.port());
        } catch (Exception | AssertionError failure) {
            failure.addSuppressed(new AssertionError(Files.readString(folder.resolve("output"))));
            throw failure;
        } finally {
            Commands.kill(gvproxy);
        }
    }

    private Path buildGvproxy() {
        String path = Commands.PATH + ":/usr/local/go/bin";
        if (Stream.of(path.split(":", -1)).noneMatch(dir -> Files.isExecutable(Path.of(dir, "go")))) {
            abort("no command 'go'");
        }
        Commands.Result built = Commands.run(
                Duration.ofMinutes(8),
                "env",
                "PATH=" + path,
                "GOFLAGS=-mod=mod",
                "GOBIN=" + folder,
                "go",
                "install",
                GVPROXY);
        if (built.exit() != 0) {
            abort("cannot build gvproxy: " + built.output());
        }
        return folder.resolve("gvproxy");
    }
}
