// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static io.pktkit.interop.afxdp.XdpWire.LIMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.afxdp.AfXdpStatistics;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.device.Burst;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Frames from a device at one end to one at the other, each with its number and bytes that follow from it: all arrive, in
 * order, as they were sent. The sender waits for the receiver every so often, thus nothing may be lost.
 */
@NeedsPeer({"ip"})
@Timeout(600)
class SoakTest {

    private static final int HEADER = 14 + 20;
    private static final int NUMBER = HEADER;
    private static final int WINDOW = 128;

    private XdpWire wire;

    @BeforeEach
    void makeWire() {
        wire = new XdpWire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    private static AfXdpConfig config(String name, String taken, XdpMode mode, boolean busily) {
        AfXdpConfig.Builder config =
                AfXdpConfig.builder(name).ringSize(256).mode(mode).capture(IpPrefix.parse(taken + "/32"));
        return (busily ? config.busyPoll(20, 64).spins(1000) : config).build();
    }

    @ParameterizedTest
    @EnumSource(
            value = XdpMode.class,
            names = {"GENERIC", "DRIVER"})
    void shouldCarryEachFrameUnchanged(XdpMode mode) throws Exception {
        soak(mode, 60_000, false);
    }

    /** The kernel takes the setting for a socket of veth too; what its driver makes of it is another matter. */
    @Test
    void shouldCarryEachFrameUnchangedWhilePollingBusily() throws Exception {
        soak(XdpMode.DRIVER, 20_000, true);
    }

    @ParameterizedTest
    @EnumSource(
            value = XdpMode.class,
            names = {"GENERIC", "DRIVER"})
    @Tag("long")
    void shouldCarryAMillionFramesUnchanged(XdpMode mode) throws Exception {
        soak(mode, 1_000_000, false);
    }

    private void soak(XdpMode mode, int frames, boolean busily) throws Exception {
        try (AfXdp ours = wire.open(config(XdpWire.OURS, "10.97.0.50", mode, busily));
                AfXdp theirs = XdpWire.inside(
                        wire.there, () -> AfXdp.open(config(XdpWire.THEIRS, "10.97.0.60", mode, busily)))) {
            oneWay(ours, theirs, "10.97.0.60", frames);
            oneWay(theirs, ours, "10.97.0.50", frames);
            for (AfXdp device : new AfXdp[] {ours, theirs}) {
                AfXdpStatistics kernel = device.kernelStatistics();
                assertEquals(0, kernel.sendInvalid(), kernel.toString());
                assertEquals(0, kernel.receiveInvalid(), kernel.toString());
                assertEquals(frames, device.stats().snapshot().sentPackets());
                // The last one is counted when its receiver has returned.
                XdpWire.until(
                        () -> device.stats().snapshot().toString(),
                        () -> device.stats().snapshot().receivedPackets() >= frames);
                assertEquals(0, device.stats().snapshot().sendDropped());
            }
        }
    }

    private static void oneWay(AfXdp from, AfXdp to, String destination, int frames) throws Exception {
        Semaphore arrived = new Semaphore(0);
        AtomicReference<@Nullable String> wrong = new AtomicReference<>();
        var check = new Object() {
            int expected;
        };
        long seed = 0x50a1;
        try (var place = to.attach(frame -> {
            if (frame.length() < NUMBER + 4 || frame.packet().protocol() != 253) {
                return; // the kernel's own
            }
            int number = frame.buffer().getInt(frame.offset() + NUMBER);
            String problem = number != check.expected
                    ? "number " + number + " instead of " + check.expected
                    : compare(frame, number, seed);
            if (problem != null) {
                wrong.compareAndSet(null, problem);
            }
            check.expected = number + 1;
            arrived.release();
        })) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(1514);
            Frame frame = new Frame();
            int sent = 0;
            int waiting = 0;
            while (sent < frames) {
                // Bursts of all lengths, which are no multiples of the batch.
                int burst = Math.min(1 + sent % 97, frames - sent);
                if (waiting + burst > WINDOW) {
                    assertTrue(
                            arrived.tryAcquire(waiting, LIMIT.toSeconds(), TimeUnit.SECONDS),
                            () -> "lost: "
                                    + check.expected + " " + from.stats().snapshot() + " "
                                    + to.stats().snapshot() + " "
                                    + from.kernelStatistics() + to.kernelStatistics());
                    waiting = 0;
                }
                Burst scope = Burst.open();
                try {
                    for (int i = 0; i < burst; i++) {
                        int length = write(bytes, destination, sent, seed);
                        assertTrue(from.send(frame.wrap(bytes, 0, length)), "dropped within a burst");
                        sent++;
                    }
                } finally {
                    scope.close();
                }
                waiting += burst;
            }
            assertTrue(arrived.tryAcquire(waiting, LIMIT.toSeconds(), TimeUnit.SECONDS), "the last ones");
            assertNull(wrong.get());
            assertEquals(to, place.device());
        }
    }

    /** An IPv4 packet of an experimental protocol (RFC 3692), so that no kernel answers; the rest follows from the number. */
    private static int write(ByteBuffer bytes, String destination, int number, long seed) {
        SplittableRandom random = new SplittableRandom(seed + number);
        int length = NUMBER + 4 + random.nextInt(1514 - NUMBER - 4 + 1);
        bytes.putLong(0, 0x0200_0000_0060_0200L).putInt(8, 0x0000_0050).putShort(12, (short) 0x0800);
        bytes.put(14, (byte) 0x45)
                .put(15, (byte) 0)
                .putShort(16, (short) (length - 14))
                .putInt(18, 0);
        bytes.put(22, (byte) 64).put(23, (byte) 253).putShort(24, (short) 0).putInt(26, 0x0a610001);
        bytes.putInt(30, IpAddress.parse(destination).toIpv4Bits());
        bytes.putInt(NUMBER, number);
        for (int i = NUMBER + 4; i < length; i++) {
            bytes.put(i, (byte) random.nextInt());
        }
        return length;
    }

    private static @Nullable String compare(Frame frame, int number, long seed) {
        SplittableRandom random = new SplittableRandom(seed + number);
        int length = NUMBER + 4 + random.nextInt(1514 - NUMBER - 4 + 1);
        if (frame.length() != length) {
            return "frame " + number + " has " + frame.length() + " bytes instead of " + length;
        }
        for (int i = NUMBER + 4; i < length; i++) {
            if (frame.buffer().get(frame.offset() + i) != (byte) random.nextInt()) {
                return "frame " + number + " differs at " + i;
            }
        }
        return null;
    }
}
