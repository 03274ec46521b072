// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.l2adapter.internal.NeighborLimits;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThreadingTest {

    private static final long LIMIT_SECONDS = 60;

    private final TestNet net = new TestNet();

    /** Has another thread use the adapter, which it can only if the calling one holds no lock. */
    private void assertAdapterIsFree(L2Adapter adapter) {
        CountDownLatch used = new CountDownLatch(1);
        Thread user = new Thread(() -> {
            adapter.neighbors();
            used.countDown();
        });
        user.start();
        try {
            assertTrue(used.await(LIMIT_SECONDS, TimeUnit.SECONDS), "a lock is held");
            user.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void shouldHoldNoLockWhileItCallsTheNetwork() {
        List<String> called = new ArrayList<>();
        net.listen(frame -> {
            assertAdapterIsFree(net.adapter);
            called.add(frame.isBroadcast() ? "request" : "packet");
        });

        net.emitTo(PEER4, 1);
        net.confirm(PEER_MAC, PEER4);
        net.arpRequest(PEER_MAC, PEER4, HOST4);
        net.advance(31);
        net.emitTo(PEER4, 1);
        net.advance(5);

        assertEquals(List.of("request", "packet", "packet", "packet", "packet"), called);
        assertEquals(0, net.adapter.stats().snapshot().errors());
    }

    @Test
    void shouldHoldNoLockWhileItCallsTheHost() {
        List<Integer> called = new ArrayList<>();
        var host = new AbstractL3Device() {
            @Override
            public boolean send(Packet packet) {
                called.add(packet.version());
                return true;
            }

            void emit(ByteBuffer packet) {
                deliver(new Packet().wrap(packet));
            }
        };
        host.setPrefix(IpPrefix.parse(HOST4 + "/24"));
        L2Adapter adapter =
                L2Adapter.builder(host).macAddress(MAC).timers(net.time).build();
        L2Adapter[] checked = {adapter};
        adapter.attach(frame -> assertAdapterIsFree(checked[0]));

        host.emit(TestNet.udp(FAR6, 1));
        host.emit(TestNet.udp(PEER4, 1));
        net.advance(3);

        assertEquals(List.of(6, 4), called, "no route, then host unreachable");
    }

    @Test
    void shouldSurviveManyThreads() throws InterruptedException {
        long seed = 77;
        ManualTime time = new ManualTime();
        var host = new AbstractL3Device() {
            @Override
            public boolean send(Packet packet) {
                return packet.isValid();
            }

            void emit(Packet packet) {
                deliver(packet);
            }
        };
        host.setPrefix(IpPrefix.parse("10.0.0.1/16"));
        NeighborLimits limits = new NeighborLimits(64, 32, 16, 20_000, 40_000);
        L2Adapter adapter = L2Adapter.builder(host)
                .macAddress(MAC)
                .timers(time)
                .limits(limits)
                .build();
        AtomicLong misdirected = new AtomicLong();
        adapter.attach(frame -> {
            Packet packet = frame.packet();
            if (packet.isIpv4()
                    && frame.destinationMac() != macOf(packet.destination()).toLong()) {
                misdirected.incrementAndGet();
            }
        });
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
            Random random = new Random(seed + thread);
            threads.add(new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    IpAddress peer = IpAddress.ofIpv4(0x0A00_0100 + random.nextInt(100));
                    if (random.nextBoolean()) {
                        host.emit(new Packet().wrap(TestNet.udp(peer, i)));
                    } else {
                        adapter.send(new Frame()
                                .wrap(FrameBuilder.arp(MAC, ArpPacket.REPLY, macOf(peer), peer, MAC, HOST4)));
                    }
                    if (i % 100 == 0) {
                        time.advance(Duration.ofMillis(random.nextInt(500)));
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.setUncaughtExceptionHandler((which, failure) -> failures.add(failure));
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertTrue(failures.isEmpty(), () -> "seed=" + seed + " " + failures);
        assertEquals(0, misdirected.get(), "seed=" + seed);
        assertTrue(adapter.neighbors().size() <= limits.entries());
        assertEquals(0, adapter.stats().snapshot().errors());
        time.advance(Duration.ofMinutes(10));
        assertTrue(adapter.neighbors().isEmpty());
    }

    private static MacAddress macOf(IpAddress peer) {
        return MacAddress.of(0x0200_0000_0000L + peer.toIpv4Bits());
    }
}
