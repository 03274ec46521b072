// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.Descriptors;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices that come and go under load, and receivers that throw. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class OpenCloseTest {

    private Wire wire;

    @BeforeEach
    void makeWire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
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
            Await.until(
                    () -> device.stats().snapshot().toString(),
                    () -> device.stats().dropped(DropReason.HANDLER_FAILED) >= 3);
        }
    }

    /**
     * Opened and closed under load, with one to three threads: while frames come and go out by two threads, from within a
     * callback, and with a handler that throws. Nothing stays behind.
     */
    private void openAndClose(int rounds) throws Exception {
        Path output = Files.createTempFile("pktkit-wire", ".out");
        int before = Descriptors.held().size();
        AtomicReference<@Nullable AfPacket> present = new AtomicReference<>();
        CountDownLatch stop = new CountDownLatch(1);
        Thread sender = new Thread(() -> {
            Frame frame = Wire.broadcast();
            while (stop.getCount() > 0) {
                AfPacket device = present.get();
                if (device != null) {
                    device.send(frame);
                }
            }
        });
        Process load = wire.start(wire.there, output, "flood " + Wire.OUR_ADDRESS + " 8");
        sender.start();
        try {
            for (int i = 0; i < rounds; i++) {
                int round = i;
                AfPacket device = wire.open(wire.config().threads(1 + i % 3).build());
                CountDownLatch received = new CountDownLatch(1);
                device.attach(frame -> {
                    received.countDown();
                    device.send(frame);
                    if (round % 4 == 0) {
                        device.close();
                    }
                    if (round % 4 == 1) {
                        throw new IllegalStateException("on purpose");
                    }
                });
                present.set(device);
                assertTrue(
                        received.await(Wire.LIMIT.toSeconds(), TimeUnit.SECONDS),
                        () -> "round=" + round + " " + device.stats().snapshot());
                device.close();
                device.done().toCompletableFuture().get(Wire.LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            stop.countDown();
            sender.join();
            Commands.kill(load);
            Files.delete(output);
        }
        Descriptors.expectNoMoreThan(before);
        Await.until(
                () -> Thread.getAllStackTraces().keySet().toString(),
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("pktkit-" + Wire.OURS)));
    }

    @Test
    void shouldOpenAndCloseUnderLoad() throws Exception {
        openAndClose(100);
    }

    @Test
    @Tag("long")
    @Timeout(3600)
    void shouldOpenAndCloseTenThousandTimes() throws Exception {
        openAndClose(10_000);
    }
}
