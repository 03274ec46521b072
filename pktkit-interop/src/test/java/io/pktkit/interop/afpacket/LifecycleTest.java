// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An interface that goes and comes, a device that does, and errors that say what to do. */
@NeedsPeer({"ip", "python3", "setpriv"})
@Timeout(300)
class LifecycleTest {

    private Wire wire;

    @BeforeEach
    void makeWire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    private static Frame broadcast() {
        ByteBuffer bytes = ByteBuffer.allocate(60);
        bytes.putLong(0, -1).putInt(8, 0x00000088).putShort(12, (short) 0x88b5);
        return new Frame().wrap(bytes);
    }

    /** The last frame is sent over and over, until it was received after whatever happened before. */
    private void receive(AfPacket device) throws Exception {
        Path stop = Files.createTempFile("pktkit-wire", ".stop");
        Path output = Files.createTempFile("pktkit-wire", ".out");
        Files.delete(stop);
        FrameLog log = new FrameLog();
        try (var place = device.attach(log)) {
            Process sender = wire.start(wire.there, output, "until " + Wire.THEIRS + " " + stop);
            try {
                log.awaitLast();
                assertEquals(place, device.attachment());
            } finally {
                Commands.kill(sender);
            }
        } finally {
            Files.delete(output);
        }
    }

    @Test
    void shouldSurviveThatTheLinkGoesDown() throws Exception {
        try (AfPacket device = wire.open(wire.config().build())) {
            receive(device);
            wire.here("ip link set " + Wire.OURS + " down");
            assertFalse(device.send(broadcast()));
            assertEquals(1, device.stats().dropped(DropReason.LINK_DOWN));

            wire.here("ip link set " + Wire.OURS + " up");

            receive(device);
            assertTrue(device.send(broadcast()));
            assertEquals(0, device.stats().snapshot().errors());
        }
    }

    @Test
    void shouldWaitForALinkThatIsDownAtFirst() throws Exception {
        wire.here("ip link set " + Wire.OURS + " down");
        try (AfPacket device = wire.open(wire.config().build())) {
            wire.here("ip link set " + Wire.OURS + " up");

            receive(device);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldTakeUpAnInterfaceThatIsMadeAgain(int threads) throws Exception {
        try (AfPacket device =
                wire.open(wire.config().promiscuous(true).threads(threads).build())) {
            for (int i = 0; i < 3; i++) {
                receive(device);
                assertEquals(1, promiscuity());
                wire.here("ip link del " + Wire.OURS);
                assertFalse(device.send(broadcast()));

                wire.make();

                receive(device);
                assertTrue(device.send(broadcast()));
            }
            assertEquals(3, device.stats().dropped(DropReason.LINK_DOWN));
            assertFalse(device.done().toCompletableFuture().isDone());
        }
    }

    @Test
    void shouldTakeUpAnotherInterfaceOfTheNameWhenItsOwnIsMovedAway() throws Exception {
        try (AfPacket device = wire.open(wire.config().build())) {
            receive(device);
            wire.here("ip link set " + Wire.OURS + " netns " + wire.there.name());
            wire.there("ip link del " + Wire.THEIRS);

            wire.make();

            receive(device);
        }
    }

    @Test
    void shouldFollowTheMtu() throws Exception {
        try (AfPacket device = wire.open(wire.config().build())) {
            assertEquals(1500, device.mtu());

            wire.here("ip link set " + Wire.OURS + " mtu 1280");
            Await.until(() -> "mtu=" + device.mtu(), () -> device.mtu() == 1280);
        }
    }

    private long promiscuity() {
        String told = wire.here("ip -d link show dev " + Wire.OURS);
        return Long.parseLong(told.replaceAll("(?s).*promiscuity (\\d+).*", "$1"));
    }

    /** It is the wish of a socket, beside those of others, and ends with it. */
    @Test
    void shouldBePromiscuousOnlyWhileOpen() throws Exception {
        try (AfPacket plain = wire.open(wire.config().build())) {
            assertEquals(0, promiscuity());
            try (AfPacket one = wire.open(wire.config().promiscuous(true).build());
                    AfPacket other =
                            wire.open(wire.config().promiscuous(true).threads(2).build())) {
                assertEquals(2, promiscuity());
                assertTrue(one.mtu() == other.mtu() && plain.mtu() == one.mtu());
            }
            assertEquals(0, promiscuity());
        }
    }

    @Test
    void shouldSayWhatIsMissing() throws Exception {
        String absent = assertThrows(
                        IOException.class,
                        () -> wire.open(AfPacketConfig.builder("absent0").build()))
                .toString();
        assertTrue(absent.contains("absent0") && absent.contains("ENODEV"), absent);

        wire.here("ip tuntap add mode tun name tun0");
        String kind = assertThrows(
                        IOException.class,
                        () -> wire.open(AfPacketConfig.builder("tun0").build()))
                .toString();
        assertTrue(kind.contains("tun0") && kind.contains("no Ethernet frames"), kind);
    }

    /** What a JVM without the privilege is told; run as this program's child without it. */
    @Test
    void shouldNameThePrivilegeThatIsMissing() {
        String told = wire.here
                .exec(
                        Wire.LIMIT,
                        "setpriv",
                        "--bounding-set=-net_raw",
                        "--inh-caps=-net_raw",
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Unprivileged.class.getName())
                .output();

        assertTrue(told.contains("open a packet socket for " + Wire.OURS + ": EPERM"), told);
        assertTrue(told.contains("CAP_NET_RAW"), told);
    }

    /** The program of that test. */
    static final class Unprivileged {
        private Unprivileged() {}

        public static void main(String[] args) {
            try (AfPacket device =
                    AfPacket.open(AfPacketConfig.builder(Wire.OURS).build())) {
                System.out.println("opened " + device);
            } catch (IOException expected) {
                System.out.println(expected.getMessage());
            }
        }
    }

    /** A receiver that throws costs its own frame and nothing else. */
    @Test
    void shouldGoOnAfterAReceiverThrew() throws Exception {
        CountDownLatch later = new CountDownLatch(3);
        try (AfPacket device = wire.open(wire.config().build())) {
            device.attach(frame -> {
                later.countDown();
                throw new IllegalStateException("on purpose");
            });
            for (int i = 0; i < 3; i++) {
                wire.script("last " + Wire.THEIRS);
            }

            assertTrue(later.await(Wire.LIMIT.toSeconds(), TimeUnit.SECONDS));
        }
    }

    /** Opened and closed under load, from within callbacks too: nothing stays behind. */
    @Test
    void shouldCloseUnderLoad() throws Exception {
        Path output = Files.createTempFile("pktkit-wire", ".out");
        Process load = wire.start(wire.there, output, "flows " + Wire.OUR_ADDRESS + " 8 100000000");
        try {
            List<String> before = descriptors();
            for (int i = 0; i < 100; i++) {
                AfPacket device = wire.open(wire.config().threads(1 + i % 3).build());
                CountDownLatch received = new CountDownLatch(1);
                boolean inside = i % 4 == 0;
                device.attach(frame -> {
                    received.countDown();
                    device.send(frame);
                    if (inside) {
                        device.close();
                    }
                });
                assertTrue(received.await(Wire.LIMIT.toSeconds(), TimeUnit.SECONDS), "round=" + i);
                device.close();
                device.done().toCompletableFuture().get(Wire.LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
            Await.until(
                    () -> "descriptors before and after: " + before + " " + descriptors(),
                    () -> descriptors().size() <= before.size());
        } finally {
            Commands.kill(load);
            Files.delete(output);
        }
    }

    private static List<String> descriptors() {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.map(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString();
                        } catch (IOException gone) {
                            return "";
                        }
                    })
                    .filter(target -> target.startsWith("socket:") || target.contains("eventfd"))
                    .toList();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}
