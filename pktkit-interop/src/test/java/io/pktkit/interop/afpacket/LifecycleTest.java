// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An interface that goes and comes. */
@NeedsPeer({"ip", "python3"})
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
            assertFalse(device.send(Wire.broadcast()));
            assertEquals(1, device.stats().dropped(DropReason.LINK_DOWN));

            wire.here("ip link set " + Wire.OURS + " up");

            receive(device);
            assertTrue(device.send(Wire.broadcast()));
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
                assertFalse(device.send(Wire.broadcast()));

                wire.make();

                receive(device);
                assertTrue(device.send(Wire.broadcast()));
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
}
