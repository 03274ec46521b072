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
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Devices that come and go under load, and receivers that misbehave. */
@NeedsPeer({"ip", "python3"})
@Timeout(400)
class OpenCloseTest {

    private XdpWire wire;

    @BeforeEach
    void makeWire() {
        wire = new XdpWire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    /**
     * Opened and closed under load: while frames come and go out by two threads, from within a callback, with a handler that
     * throws, and with one that keeps what it was lent.
     */
    private void openAndClose(int rounds) throws Exception {
        XdpWire.Held before = XdpWire.Held.now();
        List<Frame> kept = new ArrayList<>();
        AtomicReference<@Nullable AfXdp> present = new AtomicReference<>();
        CountDownLatch stop = new CountDownLatch(1);
        Thread sender = new Thread(() -> {
            Frame frame = XdpWire.broadcast();
            while (stop.getCount() > 0) {
                AfXdp device = present.get();
                if (device != null) {
                    device.send(frame);
                }
            }
        });
        sender.start();
        try (XdpWire.Load load = wire.flood()) {
            AfXdpConfig.Builder config = XdpWire.config().ringSize(64);
            for (int i = 0; i < rounds; i++) {
                int round = i;
                AfXdp device = wire.open(config.mode(i % 10 == 9 ? XdpMode.GENERIC : XdpMode.DRIVER)
                        .build());
                CountDownLatch received = new CountDownLatch(3);
                device.attach(frame -> {
                    received.countDown();
                    device.send(frame);
                    if (round % 4 == 1 && received.getCount() == 1) {
                        device.close();
                        received.countDown(); // no other frame comes
                    }
                    if (round % 4 == 2) {
                        throw new IllegalStateException("on purpose");
                    }
                    if (round % 4 == 3 && kept.size() < 200) {
                        kept.add(new Frame().wrap(frame.buffer(), frame.offset(), frame.length()));
                    }
                });
                present.set(device);
                boolean came = received.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
                assertTrue(came, () -> "round=" + round + " " + device.stats().snapshot() + " " + load);
                device.close();
                device.done().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
            long sum = 0;
            for (Frame frame : kept) {
                sum += frame.sourceMac(); // nothing of ours is there any more, and nothing ends
                frame.buffer().put(frame.offset(), (byte) 1);
            }
            assertEquals(0, sum);
        } finally {
            stop.countDown();
            sender.join();
        }
        kept.clear();
        present.set(null);
        assertFalse(wire.link().contains("xdp"), wire.link());
        before.expectNothingMore();
    }

    @Test
    void shouldOpenAndCloseUnderLoad() throws Exception {
        openAndClose(200);
    }

    @Test
    @Tag("long")
    @Timeout(3600)
    void shouldOpenAndCloseTenThousandTimes() throws Exception {
        openAndClose(10_000);
    }

    /** A receiver that throws costs its own frame and nothing else. */
    @Test
    void shouldGoOnAfterAReceiverThrew() throws Exception {
        CountDownLatch later = new CountDownLatch(5000);
        try (XdpWire.Load load = wire.flood();
                AfXdp device = wire.open(XdpWire.config().build())) {
            device.attach(frame -> {
                later.countDown();
                throw new IllegalStateException("on purpose");
            });
            assertTrue(later.await(LIMIT.toSeconds(), TimeUnit.SECONDS), load::toString);
            assertTrue(device.stats().dropped(DropReason.HANDLER_FAILED) >= 4999);
        }
    }

    /**
     * The program leaves first: while the receiver still has a frame, whose memory and socket are there, what is captured is
     * the host's again.
     */
    @Test
    void shouldEndTheDiversionBeforeItsSocketCloses() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicReference<@Nullable String> seen = new AtomicReference<>();
        try (XdpWire.Load load = wire.flood();
                AfXdp device = wire.open(XdpWire.config().build())) {
            device.attach(frame -> {
                if (inside.getCount() == 0) {
                    return;
                }
                inside.countDown();
                try {
                    assertTrue(leave.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
                } catch (InterruptedException unwanted) {
                    throw new IllegalStateException(unwanted);
                }
                seen.set(frame.packet().udp() == null ? "another frame" : "the frame");
            });
            assertTrue(inside.await(LIMIT.toSeconds(), TimeUnit.SECONDS), load::toString);
            assertTrue(wire.link().contains("xdp"), wire.link());
            Thread closing = new Thread(device::close, "closing");
            closing.start();
            try {
                XdpWire.until(wire::link, () -> !wire.link().contains("xdp"));
                String told = assertThrows(
                                IOException.class,
                                () -> wire.open(XdpWire.config().build()))
                        .toString();
                assertTrue(told.contains("EBUSY"), "its socket still has the queue: " + told);
            } finally {
                leave.countDown();
                closing.join(LIMIT.toMillis());
            }
            assertEquals("the frame", seen.get());
            wire.open(XdpWire.config().build()).close();
        }
    }
}
