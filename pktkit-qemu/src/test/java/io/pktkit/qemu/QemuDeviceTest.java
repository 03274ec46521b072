// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QemuDeviceTest {

    @TempDir
    Path directory;

    private QemuListener listener;
    private QemuDevice device;
    private Peer peer;
    private final Station station = new Station();

    @BeforeEach
    void connect() throws IOException {
        connect(QemuConfig.DEFAULT, QemuAddress.unix(directory.resolve("q")));
    }

    private void connect(QemuConfig config, QemuAddress address) throws IOException {
        close();
        listener = QemuListener.open(address, config);
        peer = Peer.connect(listener.address());
        device = listener.accept();
    }

    @AfterEach
    void close() throws IOException {
        if (peer != null) {
            peer.close();
            device.close();
            listener.close();
        }
    }

    private void awaitDone() throws Exception {
        device.done().toCompletableFuture().get(Peer.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void shouldCarryFramesBothWays() throws Exception {
        Attachment<Frame> place = device.attach(station);
        byte[] there = Peer.frame(60, 1);
        byte[] back = Peer.frame(65_535, 2);

        peer.send(there);
        assertArrayEquals(there, station.next());
        peer.send(back);
        assertArrayEquals(back, station.next());

        assertTrue(place.send(Peer.view(there)));
        assertTrue(place.send(Peer.view(back)));
        assertArrayEquals(there, peer.receive());
        assertArrayEquals(back, peer.receive());
        assertEquals(2, device.stats().snapshot().sentPackets());
    }

    @Test
    void shouldCarryFramesOverTcpToo() throws Exception {
        connect(QemuConfig.DEFAULT, QemuAddress.parse("tcp:127.0.0.1:0"));
        Attachment<Frame> place = device.attach(station);
        byte[] frame = Peer.frame(1514, 3);

        peer.send(frame);
        assertArrayEquals(frame, station.next());
        place.send(Peer.view(frame));
        assertArrayEquals(frame, peer.receive());
        assertTrue(device.peer().startsWith("tcp:127.0.0.1:"), device.peer());
    }

    /** All of the bursts of a busy sender, in order, however the socket cuts them. */
    @Test
    void shouldKeepOrderAndContentOfABusyStream() throws Exception {
        device.attach(station);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            byte[] frame = Peer.frame(18 + random.nextInt(random.nextInt(50) == 0 ? 65_000 : 1500), i);
            frames.add(frame);
        }
        Thread sender = new Thread(() -> {
            try {
                for (byte[] frame : frames) {
                    peer.send(frame);
                }
            } catch (IOException failure) {
                throw new AssertionError(failure);
            }
        });
        sender.start();
        for (byte[] frame : frames) {
            assertArrayEquals(frame, station.next(), "seed=" + seed);
        }
        sender.join();
    }

    @Test
    void shouldSendABurstOfSeveralThreadsWholeAndInOrder() throws Exception {
        int senders = 8;
        int each = 200;
        Attachment<Frame> place = device.attach(station);
        List<Thread> threads = new ArrayList<>();
        for (int s = 0; s < senders; s++) {
            int number = s * each;
            Thread thread = new Thread(() -> {
                Burst burst = Burst.open();
                try {
                    for (int i = 0; i < each; i++) {
                        assertTrue(place.send(Peer.view(Peer.frame(100, number + i))));
                    }
                } finally {
                    burst.close();
                }
            });
            threads.add(thread);
            thread.start();
        }
        int[] next = new int[senders];
        for (int i = 0; i < senders * each; i++) {
            int number = ByteBuffer.wrap(peer.receive()).getInt(14);
            assertEquals(next[number / each]++, number % each, "of one thread, in order");
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void shouldHoldFramesInTheSocketUntilSomebodyIsAttached() throws Exception {
        peer.send(Peer.frame(60, 1));
        Attachment<Frame> first = device.attach(station);
        assertEquals(1, ByteBuffer.wrap(station.next()).getInt(14));
        first.close();

        peer.send(Peer.frame(60, 2));
        peer.send(Peer.frame(60, 3));
        Station other = new Station();
        device.attach(other);

        assertEquals(2, ByteBuffer.wrap(other.next()).getInt(14));
        assertEquals(3, ByteBuffer.wrap(other.next()).getInt(14));
        assertEquals(0, station.waiting());
        assertEquals(0, device.stats().snapshot().receiveDropped());
    }

    /** Who leaves in the middle of what was read already: the rest is the next one's. */
    @Test
    void shouldHoldWhatWasReadToo() throws Exception {
        ByteBuffer three = ByteBuffer.allocate(3 * 64);
        for (int i = 1; i <= 3; i++) {
            three.putInt(60).put(Peer.frame(60, i));
        }
        CountDownLatch left = new CountDownLatch(1);
        device.attach(frame -> {
            Objects.requireNonNull(device.attachment()).close();
            left.countDown();
        });
        peer.write(three.array());
        assertTrue(left.await(Peer.WAIT_SECONDS, TimeUnit.SECONDS));
        device.attach(station);

        assertEquals(2, ByteBuffer.wrap(station.next()).getInt(14));
        assertEquals(3, ByteBuffer.wrap(station.next()).getInt(14));
    }

    @Test
    void shouldPassOverWhatIsNoFrame() throws Exception {
        device.attach(station);

        peer.send(new byte[13]);
        peer.send(new byte[0]);
        peer.send(new byte[69_632]);
        peer.send(Peer.frame(60, 7));

        assertEquals(7, ByteBuffer.wrap(station.next()).getInt(14));
        assertEquals(2, device.stats().dropped(DropReason.TRUNCATED));
        assertEquals(1, device.stats().dropped(DropReason.TOO_BIG));
        assertTrue(device.isConnected());
    }

    @Test
    void shouldHangUpWhenTheFramingIsLost() throws Exception {
        device.attach(station);

        peer.write(new byte[] {-1, -1, -1, -1});

        awaitDone();
        assertEquals(1, device.stats().dropped(DropReason.MALFORMED));
        Throwable failure = Objects.requireNonNull(device.failure());
        assertTrue(String.valueOf(failure.getMessage()).contains("a frame of 4294967295 bytes"), failure.getMessage());
        assertTrue(peer.isHungUpOn());
    }

    @Test
    void shouldRefuseWhatItCannotSend() {
        Attachment<Frame> place = device.attach(station);

        assertFalse(place.send(Peer.view(new byte[13])));
        assertFalse(place.send(Peer.view(new byte[65_536])));
        assertFalse(place.send(Peer.view(Peer.frame(60, 1)).checksumPending(true)));

        assertEquals(1, device.stats().dropped(DropReason.TRUNCATED));
        assertEquals(1, device.stats().dropped(DropReason.TOO_BIG));
        assertEquals(1, device.stats().dropped(DropReason.UNSUPPORTED));
    }

    /** What it cost before: nothing. What it costs after: the frames that fit nowhere. */
    @Test
    void shouldDropForAGuestThatIsStoppedAndGoOnWhenItGoesOn() throws Exception {
        int queue = 1 << 17;
        connect(QemuConfig.DEFAULT.withQueueBytes(queue), QemuAddress.unix(directory.resolve("q")));
        Attachment<Frame> place = device.attach(station);
        int sent = 0;
        while (place.send(Peer.view(Peer.frame(1514, sent)))) {
            sent++;
        }

        assertEquals(1, device.stats().dropped(DropReason.QUEUE_FULL));
        assertTrue(sent >= queue / 1518, "sent=" + sent);
        for (int i = 0; i < sent; i++) {
            assertEquals(i, ByteBuffer.wrap(peer.receive()).getInt(14));
        }
        // What is here counts as waiting until the loop's thread comes back from writing it.
        while (!place.send(Peer.view(Peer.frame(1514, sent)))) {
            Thread.onSpinWait();
        }
        assertEquals(sent, ByteBuffer.wrap(peer.receive()).getInt(14));
    }

    @Test
    void shouldLetThePeerTakeWhatWasSentBeforeAClose() throws Exception {
        for (QemuAddress address :
                List.of(QemuAddress.unix(directory.resolve("q")), QemuAddress.parse("tcp:127.0.0.1:0"))) {
            // The second that the peer has for taking it never passes, whoever gets no processor for how long.
            connect(QemuConfig.DEFAULT.withTimers(new ManualTime()), address);
            Attachment<Frame> place = device.attach(station);
            int sent = 0;
            while (place.send(Peer.view(Peer.frame(1514, sent)))) {
                sent++;
            }
            peer.send(Peer.frame(60, 1)); // unread bytes would make the kernel reset the connection
            Thread closer = new Thread(device::close);
            closer.start();

            for (int i = 0; i < sent; i++) {
                assertEquals(i, ByteBuffer.wrap(peer.receive()).getInt(14), address.toString());
            }
            assertTrue(peer.isHungUpOn());
            peer.close(); // for which a device that has sent all by TCP waits
            closer.join();
            assertFalse(place.send(Peer.view(Peer.frame(60, 1))));
        }
    }

    @Test
    void shouldNotWaitLongForAPeerThatTakesNothing() throws Exception {
        ManualTime time = new ManualTime();
        connect(QemuConfig.DEFAULT.withTimers(time), QemuAddress.unix(directory.resolve("q")));
        Attachment<Frame> place = device.attach(station);
        while (place.send(Peer.view(Peer.frame(60_000, 1)))) {}
        listener.close();
        Thread closer = new Thread(device::close);
        closer.start();
        while (closer.isAlive()) {
            time.advance(Duration.ofSeconds(1));
            Thread.onSpinWait();
        }

        assertTrue(device.done().toCompletableFuture().isDone());
        assertTrue(peer.isHungUpOn());
    }

    @Test
    void shouldBeDoneWhenThePeerGoes() throws Exception {
        device.attach(station);

        peer.close();

        awaitDone();
        assertNull(device.failure(), "in order");
        assertFalse(device.isConnected());
        assertEquals(0, listener.guests());
    }

    @Test
    void shouldGoOnAfterAReceiverThrew() throws Exception {
        device.attach(frame -> {
            station.receive(frame);
            throw new IllegalStateException("on purpose");
        });

        peer.send(Peer.frame(60, 1));
        peer.send(Peer.frame(60, 2));

        station.next();
        assertEquals(2, ByteBuffer.wrap(station.next()).getInt(14));
        assertTrue(device.isConnected());
    }

    @Test
    void shouldBeClosedByItsOwnReceiver() throws Exception {
        device.attach(frame -> device.close());

        peer.send(Peer.frame(60, 1));

        awaitDone();
        assertTrue(peer.isHungUpOn());
    }

    @Test
    void shouldHangUpOnASilentPeerIfTold() throws Exception {
        ManualTime time = new ManualTime();
        connect(
                QemuConfig.DEFAULT.withTimers(time).withIdleTimeout(Duration.ofSeconds(60)),
                QemuAddress.unix(directory.resolve("q")));
        device.attach(station);
        peer.send(Peer.frame(60, 1));
        station.next();
        time.advance(Duration.ofSeconds(59));
        peer.send(Peer.frame(60, 2));
        station.next();
        time.advance(Duration.ofSeconds(59));
        assertTrue(device.isConnected());
        while (time.pending() == 0) { // until the loop's thread has looked at the clock
            Thread.onSpinWait();
        }
        time.runNext(); // and no further, whenever that thread hears of it

        awaitDone();
        assertTrue(String.valueOf(device.failure()).contains("nothing was heard"), "" + device.failure());
    }

    @Test
    void shouldNotTakeAPeerForSilentWhomNobodyListensTo() throws Exception {
        ManualTime time = new ManualTime();
        connect(
                QemuConfig.DEFAULT.withTimers(time).withIdleTimeout(Duration.ofSeconds(60)),
                QemuAddress.unix(directory.resolve("q")));
        while (time.pending() == 0) { // until the loop's thread looks at the clock
            Thread.onSpinWait();
        }
        for (int round = 1; round <= 3; round++) {
            peer.send(Peer.frame(60, round));
            time.advance(Duration.ofMinutes(10));
            Attachment<Frame> place = device.attach(station);
            assertEquals(round, ByteBuffer.wrap(station.next()).getInt(14));
            place.close();
        }
        assertTrue(device.isConnected());
    }

    @Test
    void shouldNotTakeAPeerForSilentWhoseBytesWaitInTheSocket() throws Exception {
        ManualTime time = new ManualTime();
        connect(
                QemuConfig.DEFAULT.withTimers(time).withIdleTimeout(Duration.ofSeconds(60)),
                QemuAddress.unix(directory.resolve("q")));
        CountDownLatch busy = new CountDownLatch(1);
        CompletableFuture<Void> go = new CompletableFuture<>();
        device.attach(frame -> {
            busy.countDown();
            go.join();
            station.receive(frame);
        });
        peer.send(Peer.frame(60, 1));
        assertTrue(busy.await(Peer.WAIT_SECONDS, TimeUnit.SECONDS));
        peer.send(Peer.frame(60, 2));
        time.advance(Duration.ofMinutes(10)); // the loop's thread finds the alarm first when it comes back
        go.complete(null);

        assertEquals(1, ByteBuffer.wrap(station.next()).getInt(14));
        assertEquals(2, ByteBuffer.wrap(station.next()).getInt(14));
        assertTrue(device.isConnected());
    }

    @Test
    void shouldDialWhereQemuListens() throws Exception {
        QemuDevice dialled = QemuDevice.dial(listener.address(), QemuConfig.DEFAULT);
        try (dialled) {
            QemuDevice accepted = listener.accept();
            accepted.attach(station);
            assertTrue(dialled.send(Peer.view(Peer.frame(60, 9))));
            assertEquals(9, ByteBuffer.wrap(station.next()).getInt(14));

            accepted.close();
            dialled.attach(frame -> {});
            dialled.done().toCompletableFuture().get(Peer.WAIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldSayWhyItCannotDial() {
        QemuAddress nowhere = QemuAddress.unix(directory.resolve("nobody"));

        IOException refused = assertThrows(IOException.class, () -> QemuDevice.dial(nowhere, QemuConfig.DEFAULT));

        assertTrue(String.valueOf(refused.getMessage()).contains(nowhere.path().toString()), refused.getMessage());
        QemuAddress tooLong = QemuAddress.unix(directory.resolve("x".repeat(100)));
        IOException refusedLong =
                assertThrows(IOException.class, () -> QemuDevice.keepDialled(tooLong, QemuConfig.DEFAULT));
        assertTrue(String.valueOf(refusedLong.getMessage()).contains("at most 106 bytes"), refusedLong.getMessage());
    }

    @Test
    void shouldDialAgainWithGrowingPauses() throws Exception {
        ManualTime time = new ManualTime();
        QemuConfig config =
                QemuConfig.DEFAULT.withTimers(time).withPauses(Duration.ofMillis(100), Duration.ofMillis(300));
        QemuAddress address = QemuAddress.unix(directory.resolve("late"));
        try (QemuDevice kept = QemuDevice.keepDialled(address, config)) {
            Attachment<Frame> place = kept.attach(station);
            assertFalse(place.send(Peer.view(Peer.frame(60, 1))));
            assertEquals(1, kept.stats().dropped(DropReason.LINK_DOWN));

            for (int round = 0; round < 3; round++) {
                try (QemuListener late = QemuListener.open(address, QemuConfig.DEFAULT)) {
                    Thread clock = new Thread(() -> {
                        while (late.guests() == 0) {
                            time.advance(Duration.ofMillis(100));
                            Thread.onSpinWait();
                        }
                    });
                    clock.start();
                    try (QemuDevice accepted = late.accept()) {
                        clock.join();
                        Attachment<Frame> other = accepted.attach(frame -> {});
                        other.send(Peer.view(Peer.frame(60, round)));
                        assertEquals(round, ByteBuffer.wrap(station.next()).getInt(14));
                        assertTrue(kept.isConnected());
                    }
                }
            }
            assertFalse(kept.done().toCompletableFuture().isDone());
        }
        assertFalse(isAlive("pktkit-qemu-" + address), "its thread");
    }

    @Test
    void shouldLeaveNoThreadBehind() throws Exception {
        peer.close();
        device.attach(station);
        awaitDone();
        listener.close();

        assertFalse(isAlive("pktkit-qemu-" + listener.address()));
    }

    private static boolean isAlive(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(name) && thread.isAlive());
    }
}
