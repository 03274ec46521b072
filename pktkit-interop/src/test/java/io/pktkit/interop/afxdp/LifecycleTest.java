// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static io.pktkit.interop.afxdp.XdpWire.LIMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Interfaces that go and come, and what of a device outlives its process. */
@NeedsPeer({"ip", "ping", "python3"})
@Timeout(400)
class LifecycleTest {

    private XdpWire wire;

    @BeforeEach
    void makeWire() {
        wire = new XdpWire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    @Test
    void shouldDropWhatIsSentWhileTheLinkIsDown() throws Exception {
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            assertTrue(device.send(XdpWire.broadcast()));
            wire.here("ip link set " + XdpWire.OURS + " down");
            device.send(XdpWire.broadcast()); // the first one may still find a place
            assertFalse(device.send(XdpWire.broadcast()));
            assertTrue(device.stats().dropped(DropReason.LINK_DOWN) >= 1);

            wire.here("ip link set " + XdpWire.OURS + " up");

            XdpWire.until(() -> device.stats().snapshot().toString(), () -> device.send(XdpWire.broadcast()));
            assertFalse(device.done().toCompletableFuture().isDone());
        }
    }

    /** Deleted, and moved away: the device closes itself, and nothing of it is left. */
    @Test
    void shouldEndWithItsInterface() throws Exception {
        XdpWire.Held before = XdpWire.Held.now();
        for (String end :
                List.of("ip link del " + XdpWire.OURS, "ip link set " + XdpWire.OURS + " netns " + wire.there.name())) {
            try (XdpWire.Load load = wire.flood()) {
                AfXdp device = wire.open(XdpWire.config().build());
                CountDownLatch received = new CountDownLatch(1);
                device.attach(frame -> {
                    received.countDown();
                    device.send(frame);
                });
                assertTrue(received.await(LIMIT.toSeconds(), TimeUnit.SECONDS), load::toString);

                wire.here(end);

                device.done().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
                assertFalse(device.send(XdpWire.broadcast()));
                assertEquals(1, device.stats().snapshot().errors());
            }
            wire.there("ip link del " + XdpWire.THEIRS + " || true");
            wire.make(1);
        }
        before.expectNothingMore();
    }

    @Test
    void shouldFollowTheMtu() throws Exception {
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            assertEquals(1500, device.mtu());

            wire.here("ip link set " + XdpWire.OURS + " mtu 1280");
            XdpWire.until(() -> "mtu=" + device.mtu(), () -> device.mtu() == 1280);
        }
    }

    /** The program outlives its process by a pin, and the next device takes its place without a gap. */
    @Test
    void shouldTakeOverAPinnedProgram() throws Exception {
        Path mount = Files.createTempDirectory("pktkit-bpf");
        Path pin = mount.resolve("here0");
        Commands.run(LIMIT, "mount", "-t", "bpf", "bpf", mount.toString()).expectSuccess();
        try {
            AfXdpConfig config = XdpWire.config().pin(pin).build();
            wire.open(config).close();
            String first = wire.link();
            assertTrue(first.contains("xdp"), first);
            // What nobody takes is the host's.
            assertTrue(wire.there
                    .exec(LIMIT, "ping", "-n", "-c", "1", "-W", "10", XdpWire.OUR_ADDRESS)
                    .output()
                    .contains("1 received"));

            CountDownLatch received = new CountDownLatch(1);
            try (AfXdp device = wire.open(config)) {
                device.attach(frame -> received.countDown());
                assertEquals(XdpMode.DRIVER, device.mode());
                wire.there("ping -n -c 1 -W 1 " + XdpWire.TAKEN + " || true");
                assertTrue(received.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
                assertFalse(wire.link().equals(first), "another program: " + first);
            }
            assertThrows(
                    IOException.class,
                    () -> wire.open(
                            XdpWire.config().mode(XdpMode.GENERIC).pin(pin).build()));

            AfXdp.unpin(pin);
            assertFalse(wire.link().contains("xdp"), wire.link());
        } finally {
            Commands.run(LIMIT, "umount", mount.toString());
            Files.deleteIfExists(mount);
        }
    }

    /** Killed in full run: the kernel takes everything back. */
    @Test
    void shouldLeaveNoProgramWhenItIsKilled() throws Exception {
        Path output = Files.createTempFile("pktkit-xdp", ".out");
        Process holder = wire.here.start(
                output,
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Holder.class.getName());
        try (XdpWire.Load load = wire.flood()) {
            XdpWire.until(
                    () -> "not receiving: " + load, () -> Commands.read(output).contains("receiving"));
            assertTrue(wire.link().contains("xdp"), wire.link());

            Commands.kill(holder);

            XdpWire.until(wire::link, () -> !wire.link().contains("xdp"));
            try (AfXdp again = wire.open(XdpWire.config().build())) {
                assertEquals(List.of(0), again.queues());
            }
        } finally {
            Commands.kill(holder);
            Files.delete(output);
        }
    }

    /** The program of that test. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws Exception {
            AfXdp device = AfXdp.open(XdpWire.config().build());
            CountDownLatch received = new CountDownLatch(1000);
            device.attach(frame -> {
                device.send(frame);
                received.countDown();
            });
            received.await();
            System.out.println("receiving");
            boolean ended = new CountDownLatch(1).await(2, TimeUnit.MINUTES);
            System.out.println("not killed: " + ended);
        }
    }
}
