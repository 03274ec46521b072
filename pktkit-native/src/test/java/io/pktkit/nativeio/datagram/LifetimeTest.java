// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.nativeio.OwnThreads;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Opening, waking and closing, of both providers. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LifetimeTest {

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldNameAPortThatIsTaken(String provider) throws IOException {
        try (DatagramEndpoint first = Ends.open(provider, Ends.V4)) {
            DatagramConfig same =
                    DatagramConfig.builder().address(Ends.V4).port(first.port()).build();
            IOException failure = assertThrows(
                    IOException.class, () -> Ends.provider(provider).open(same));
            assertTrue(failure.toString().contains("UDP 127.0.0.1 port " + first.port() + " cannot be bound"));
            assertTrue(failure.toString().contains("choose another"), failure.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldNameAnAddressThatIsNotOurs(String provider) {
        DatagramConfig foreign = DatagramConfig.builder()
                .address(IpAddress.parse("192.0.2.1"))
                .port(5000)
                .build();
        IOException failure =
                assertThrows(IOException.class, () -> Ends.provider(provider).open(foreign));
        assertTrue(failure.toString().contains("UDP 192.0.2.1 port 5000"), failure.getMessage());
        assertTrue(failure.toString().contains("no interface has this address"), failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldBindOneAddressOfEachFamilyOnOnePort(String provider) throws IOException {
        DatagramConfig config =
                DatagramConfig.builder().address(Ends.V4).address(Ends.V6).build();
        for (int i = 0; i < 20; i++) {
            try (DatagramEndpoint both = Ends.provider(provider).open(config);
                    DatagramEndpoint v6 = Ends.open("linux", Ends.V6)) {
                Ends.send(v6, Ends.to(both, Ends.V6), new byte[5]);
                assertEquals(5, Received.take(both, 1).get(0).payload().length);
            }
        }
    }

    /** The port of the kernel's choice may be free in IPv4 and taken in IPv6: then another is chosen. */
    @Test
    void shouldFindAPortThatIsFreeInBothFamilies() throws IOException {
        String range = Files.readString(Path.of("/proc/sys/net/ipv4/ip_local_port_range"));
        assertFalse(range.isBlank());
        for (int i = 0; i < 50; i++) {
            try (DatagramEndpoint both = Ends.provider("linux")
                    .open(DatagramConfig.builder().offload(OffloadMode.OFF).build())) {
                assertTrue(both.port() > 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldEndTheReceiverWhenClosed(String provider) throws Exception {
        DatagramEndpoint endpoint = Ends.open(provider, Ends.V4);
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Integer> result = new CompletableFuture<>();
        Thread receiver = new Thread(() -> {
            begun.countDown();
            try {
                result.complete(endpoint.receive(datagram -> {}));
            } catch (IOException failure) {
                result.completeExceptionally(failure);
            }
        });
        receiver.start();
        begun.await();

        endpoint.close();

        assertEquals(DatagramEndpoint.CLOSED, result.get(30, SECONDS));
        assertEquals(DatagramEndpoint.CLOSED, endpoint.receive(datagram -> {}));
        assertEquals(DatagramEndpoint.CLOSED, endpoint.poll(datagram -> {}));
        assertFalse(Ends.send(endpoint, FixedPath.to(Ends.V4, 9), new byte[1]));
        assertEquals(1, endpoint.stats().dropped(DropReason.CLOSED));
        endpoint.close();
        endpoint.wake();
        receiver.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldReturnOnceForAWake(String provider) throws IOException {
        try (DatagramEndpoint endpoint = Ends.open(provider, Ends.V4)) {
            endpoint.wake();
            endpoint.wake();
            assertEquals(0, endpoint.receive(datagram -> {}));
            Ends.send(endpoint, Ends.to(endpoint, Ends.V4), new byte[1]);
            assertEquals(1, endpoint.receive(datagram -> {}));
        }
    }

    /** An interrupted thread must not close the port under all others, and keeps its interrupt. */
    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldOutliveInterrupts(String provider) throws IOException {
        try (DatagramEndpoint endpoint = Ends.open(provider, Ends.V4)) {
            Thread.currentThread().interrupt();
            assertTrue(Ends.send(endpoint, Ends.to(endpoint, Ends.V4), new byte[2]));
            assertEquals(1, endpoint.receive(datagram -> {}));
            assertTrue(Thread.currentThread().isInterrupted());
            endpoint.wake();
            assertEquals(0, endpoint.receive(datagram -> {}));
            assertTrue(Thread.interrupted());
            assertTrue(Ends.send(endpoint, Ends.to(endpoint, Ends.V4), new byte[2]));
            assertEquals(1, endpoint.receive(datagram -> {}));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldContainWhatAHandlerThrows(String provider) throws IOException {
        try (DatagramEndpoint endpoint = Ends.open(provider, Ends.V4)) {
            AtomicInteger calls = new AtomicInteger();
            Burst burst = Burst.open();
            for (int i = 0; i < 10; i++) {
                Ends.write(endpoint, Ends.to(endpoint, Ends.V4), new byte[100]);
            }
            burst.close();
            while (calls.get() < 10) {
                endpoint.receive(datagram -> {
                    calls.incrementAndGet();
                    throw new IllegalStateException("on purpose");
                });
            }
            assertEquals(10, endpoint.stats().dropped(DropReason.HANDLER_FAILED));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldReceiveOnOneThreadOnly(String provider) throws IOException {
        try (DatagramEndpoint endpoint = Ends.open(provider, Ends.V4)) {
            AtomicBoolean refused = new AtomicBoolean();
            Ends.send(endpoint, Ends.to(endpoint, Ends.V4), new byte[1]);
            endpoint.receive(datagram -> {
                try {
                    endpoint.poll(inner -> {});
                } catch (IllegalStateException expected) {
                    refused.set(true);
                } catch (IOException failure) {
                    throw new AssertionError(failure);
                }
            });
            assertTrue(refused.get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldDeliverNothingAfterAHandlerHasClosed(String provider) throws IOException {
        DatagramEndpoint endpoint = Ends.open(provider, Ends.V4);
        Burst burst = Burst.open();
        for (int i = 0; i < 20; i++) {
            Ends.write(endpoint, Ends.to(endpoint, Ends.V4), new byte[100]);
        }
        burst.close();
        AtomicInteger calls = new AtomicInteger();

        int result = endpoint.receive(datagram -> {
            calls.incrementAndGet();
            endpoint.close();
        });

        assertEquals(DatagramEndpoint.CLOSED, result);
        assertEquals(1, calls.get());
    }

    /** Closes while others send and receive: no callback afterwards, no descriptor left, nothing thrown. */
    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldCloseUnderLoad(String provider) throws Exception {
        closeOften(provider, 200);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldCloseAThousandTimesUnderLoad(String provider) throws Exception {
        closeOften(provider, 1000);
    }

    private static void closeOften(String provider, int rounds) throws Exception {
        int before = openDescriptors();
        try (DatagramEndpoint target = Ends.open(provider, Ends.V4)) {
            for (int round = 0; round < rounds; round++) {
                closeOnce(provider, target, round);
            }
        }
        System.gc();
        assertTrue(openDescriptors() < before + 50, "descriptors: " + before + " then " + openDescriptors());
    }

    private static void closeOnce(String provider, DatagramEndpoint target, int round) throws Exception {
        DatagramEndpoint endpoint = Ends.provider(provider)
                .open(DatagramConfig.builder()
                        .address(Ends.V4)
                        .offload(OffloadMode.OFF)
                        .largestDatagram(2048)
                        .build());
        FixedPath self = Ends.to(endpoint, Ends.V4);
        AtomicBoolean closed = new AtomicBoolean();
        AtomicBoolean late = new AtomicBoolean();
        CountDownLatch some = new CountDownLatch(1 + round % 5);
        CompletableFuture<Void> receiver = CompletableFuture.runAsync(
                () -> {
                    try {
                        while (endpoint.receive(datagram -> {
                                    late.compareAndSet(false, closed.get());
                                    some.countDown();
                                })
                                >= 0) {
                            // until closed
                        }
                    } catch (IOException failure) {
                        throw new AssertionError(failure);
                    }
                },
                OwnThreads.EACH);
        CompletableFuture<Void> sender = CompletableFuture.runAsync(
                () -> {
                    while (!endpoint.isClosed()) {
                        Burst burst = Burst.open();
                        for (int i = 0; i < 8; i++) {
                            Ends.write(endpoint, self, new byte[64]);
                        }
                        burst.close();
                    }
                },
                OwnThreads.EACH);
        some.await();
        endpoint.close();
        closed.set(true);
        receiver.get();
        sender.get();
        assertFalse(late.get(), "a callback after close returned, round=" + round);
        assertFalse(target.isClosed());
    }

    private static int openDescriptors() throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return (int) entries.count();
        }
    }
}
