// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Opening, closing and losing devices of the real kernel, with traffic running. */
@Timeout(value = 300, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LifecycleTest {

    private static final int ROUNDS = 200;

    private final String name = TestNamespace.randomName("pk");
    private final TapConfig config = TapConfig.builder()
            .name(name)
            .address(IpPrefix.parse("10.77.0.1/24"))
            .build();
    private TestNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        TestNamespace.require();
        namespace = new TestNamespace();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        if (namespace != null) {
            namespace.close();
        }
    }

    /** The same name each time: it can be taken again only if close had really closed. */
    @Test
    void shouldCloseUnderLoadWithoutLosingDescriptorsOrThreads() throws Exception {
        namespace.call(() -> {
            closeUnderLoad(3);
            long before = descriptors();

            closeUnderLoad(ROUNDS);

            awaitNoMoreDescriptorsThan(before);
            assertEquals(
                    0,
                    Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> thread.getName().contains(name))
                            .count());
            return true;
        });
        assertFalse(namespace.interfaces().contains(name));
    }

    /** Both ways are loaded: two senders write ARP requests, the kernel's answers keep the reader busy. */
    private void closeUnderLoad(int rounds) throws Exception {
        Frame request = new Frame().wrap(arpRequest());
        for (int round = 0; round < rounds; round++) {
            Tap tap = Tap.open(config);
            CountDownLatch busy = new CountDownLatch(1 + round % 7);
            AtomicBoolean closed = new AtomicBoolean();
            AtomicInteger late = new AtomicInteger();
            tap.attach(frame -> {
                busy.countDown();
                if (closed.get()) {
                    late.incrementAndGet();
                }
            });
            FutureTask<Boolean> first = sender(tap, request);
            FutureTask<Boolean> second = sender(tap, request);
            assertTrue(busy.await(30, SECONDS), "round=" + round);

            tap.close();
            closed.set(true);

            assertTrue(first.get() && second.get());
            assertTrue(tap.done().toCompletableFuture().isDone());
            assertEquals(0, late.get(), "round=" + round);
            assertEquals(
                    0,
                    tap.stats().snapshot().errors(),
                    () -> tap.stats().snapshot().toString());
        }
    }

    @Test
    void shouldCloseItselfWhenTheInterfaceIsDeleted() throws Exception {
        Tap tap = namespace.call(() -> Tap.open(config));
        AtomicInteger received = new AtomicInteger();
        tap.attach(frame -> received.incrementAndGet());

        namespace.run("ip", "link", "del", name);

        tap.done().toCompletableFuture().get(30, SECONDS);
        assertEquals(1, tap.stats().snapshot().errors());
        assertFalse(tap.send(new Frame().wrap(arpRequest())));
        assertEquals(1, tap.stats().dropped(DropReason.CLOSED));
        assertThrows(IOException.class, () -> tap.setMtu(1400));
        tap.close();
        namespace.call(() -> Tap.open(config)).close();
    }

    @Test
    void shouldNoticeADeletedInterfaceWhileItHoldsPackets() throws Exception {
        Tap tap = namespace.call(() -> Tap.open(config));

        namespace.run("ip", "link", "del", name);

        tap.done().toCompletableFuture().get(30, SECONDS);
        assertEquals(1, tap.stats().snapshot().errors());
    }

    @Test
    void shouldCloseFromItsOwnReceiver() throws Exception {
        Tap tap = namespace.call(() -> Tap.open(config));
        CountDownLatch closed = new CountDownLatch(1);
        tap.attach(frame -> {
            tap.close();
            closed.countDown();
        });

        tap.send(new Frame().wrap(arpRequest()));

        assertTrue(closed.await(30, SECONDS));
        tap.done().toCompletableFuture().get(30, SECONDS);
        assertEquals(0, tap.stats().snapshot().errors());
    }

    /** Each receiver closes the other's device while that one's receiver runs: neither may wait for the other for ever. */
    @Test
    void shouldCloseEachOtherFromTheirReceivers() throws Exception {
        Tap left = namespace.call(() -> Tap.open(config));
        Tap right = namespace.call(
                () -> Tap.open(TapConfig.builder().name(name + "r").build()));
        CyclicBarrier both = new CyclicBarrier(2);
        left.attach(frame -> closeOther(both, right));
        right.attach(frame -> closeOther(both, left));

        // IPv6 sets out to configure itself on both, which brings frames
        left.done().toCompletableFuture().get(30, SECONDS);
        right.done().toCompletableFuture().get(30, SECONDS);
    }

    private static void closeOther(CyclicBarrier both, Tap other) {
        try {
            both.await(30, SECONDS);
            other.close();
        } catch (InterruptedException | BrokenBarrierException | TimeoutException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void shouldCloseBeforeAnybodyWasAttachedAndTwice() throws Exception {
        Tap tap = namespace.call(() -> Tap.open(config));

        tap.close();
        tap.close();

        assertTrue(tap.done().toCompletableFuture().isDone());
        assertFalse(namespace.interfaces().contains(name));
    }

    @Test
    void shouldCloseOnAnInterruptedThreadAndKeepTheInterrupt() throws Exception {
        boolean interrupted = namespace.call(() -> {
            Tap tap = Tap.open(config);
            tap.attach(frame -> {});
            Thread.currentThread().interrupt();
            tap.close();
            Tap again = Tap.open(config);
            again.close();
            return Thread.interrupted();
        });

        assertTrue(interrupted);
    }

    private static FutureTask<Boolean> sender(Tap tap, Frame template) {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            Frame frame = new Frame().wrap(template.buffer(), template.offset(), template.length());
            while (tap.stats().dropped(DropReason.CLOSED) == 0) {
                tap.send(frame);
            }
            return true;
        });
        Thread thread = new Thread(task, "sender");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Who has 10.77.0.1? Tell 10.77.0.2. In direct memory. */
    private static ByteBuffer arpRequest() {
        ByteBuffer heap = FrameBuilder.arp(
                MacAddress.BROADCAST,
                ArpPacket.REQUEST,
                MacAddress.parse("02:00:00:00:00:02"),
                IpAddress.parse("10.77.0.2"),
                MacAddress.ZERO,
                IpAddress.parse("10.77.0.1"));
        return ByteBuffer.allocateDirect(heap.remaining()).put(heap).flip();
    }

    /** Others of this process, as the pipe to a program that has ended, are closed a moment later by threads of the JDK. */
    private static void awaitNoMoreDescriptorsThan(long count) throws IOException {
        while (descriptors() > count) {
            Thread.onSpinWait();
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.count();
        }
    }
}
