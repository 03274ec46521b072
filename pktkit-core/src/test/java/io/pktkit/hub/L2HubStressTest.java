// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class L2HubStressTest {

    private static final int SENDERS = 4;
    private static final int FRAMES = 60_000;
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);

    @Test
    void shouldLoseAndDoubleNoUnicastWhilePortsComeAndGo() throws InterruptedException {
        AtomicLong[] received = new AtomicLong[SENDERS];
        AtomicLong[] strays = new AtomicLong[SENDERS];
        Probe[] probes = new Probe[SENDERS];
        for (int i = 0; i < SENDERS; i++) {
            long own = Station.mac(i);
            AtomicLong mine = new AtomicLong();
            AtomicLong others = new AtomicLong();
            received[i] = mine;
            strays[i] = others;
            probes[i] = new Probe(frame -> (frame.destinationMac() == own ? mine : others).incrementAndGet());
            hub.connect(probes[i]);
            probes[i].inject(frame(BROADCAST, own));
        }
        for (AtomicLong stray : strays) {
            stray.set(0);
        }

        runWithChurn(Duration.ZERO, i -> {
            Frame frame = frame(Station.mac((i + 1) % SENDERS), Station.mac(i));
            for (int n = 0; n < FRAMES; n++) {
                assertTrue(probes[i].inject(frame));
            }
        });

        for (int i = 0; i < SENDERS; i++) {
            assertEquals(FRAMES, received[i].get(), "port " + i);
        }
        assertEquals((long) SENDERS * FRAMES, hub.stats().forwarded());
        assertEquals(
                hub.stats().received(),
                hub.stats().forwarded() + hub.stats().flooded() + hub.stats().dropped());
    }

    @Test
    void shouldKeepExactCountsWhenStationsMoveOnAllThreads() throws InterruptedException {
        Probe[] probes = new Probe[SENDERS];
        List<HubPort> ports = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            probes[i] = new Probe(frame -> {});
            HubPort port = hub.connect(probes[i]);
            port.setMacLimit(50 + i);
            ports.add(port);
        }

        runWithChurn(Duration.ofSeconds(1), i -> {
            Random random = new Random(i);
            Frame frame = frame(BROADCAST, 0);
            for (int n = 0; n < FRAMES / 4; n++) {
                probes[i].inject(frame.sourceMac(Station.mac(random.nextInt(300))));
            }
        });

        int sum = 0;
        for (int i = 0; i < SENDERS; i++) {
            int count = ports.get(i).macCount();
            assertTrue(count >= 0 && count <= 50 + i, "count=" + count);
            sum += count;
        }
        assertEquals(sum, hub.macTableSize());
        assertEquals((long) SENDERS * (FRAMES / 4), hub.stats().received());
        hub.close();
        assertEquals(0, hub.macTableSize());
    }

    @Test
    void shouldKeepEachAddressWithOneGuestWhenAllClaimTheSame() throws InterruptedException {
        AddressBindings bindings = AddressBindings.create(time);
        Probe[] probes = new Probe[SENDERS];
        List<HubPort> ports = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            probes[i] = new Probe(frame -> {});
            HubPort port = hub.connect(probes[i]);
            port.setGuest(new GuestProfile(2, 8, true, 1_000_000, 1_000_000), bindings);
            ports.add(port);
        }

        runWithChurn(Duration.ofMillis(300), i -> {
            Random random = new Random(i);
            for (int n = 0; n < FRAMES / 4; n++) {
                Frame frame = announcement(Station.mac(i), 0x0A00_0000 | 1 + random.nextInt(20));
                assertTrue(probes[i].inject(frame));
            }
        });

        assertEquals((long) SENDERS * (FRAMES / 4), hub.stats().received());
        assertTrue(bindings.size() <= 20, "size=" + bindings.size());
        for (HubPort port : ports) {
            port.close();
        }
        assertEquals(0, bindings.size());
        assertEquals(0, hub.macTableSize());
        assertEquals(0, time.pending());
    }

    private static Frame announcement(long station, int address) {
        IpAddress own = IpAddress.ofIpv4(address);
        MacAddress mac = MacAddress.of(station);
        return new Frame().wrap(FrameBuilder.arp(MacAddress.BROADCAST, 1, mac, own, MacAddress.ZERO, own));
    }

    private interface Sender {
        void run(int index);
    }

    /** Runs the senders at once, while another thread attaches and detaches ports, and time passes. */
    private void runWithChurn(Duration pace, Sender sender) throws InterruptedException {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> senders = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            int index = i;
            senders.add(thread(failure, start, () -> sender.run(index)));
        }
        Thread churn = thread(failure, start, () -> {
            while (!over.get()) {
                HubPort port = hub.connect(new Probe(frame -> {}));
                port.setMode(PortMode.access(1));
                time.advance(pace);
                port.close();
            }
        });
        start.countDown();
        for (Thread thread : senders) {
            thread.join();
        }
        over.set(true);
        churn.join();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    private static Thread thread(AtomicReference<@Nullable Throwable> failure, CountDownLatch start, Runnable task) {
        Thread thread = new Thread(() -> {
            try {
                start.await();
                task.run();
            } catch (InterruptedException | RuntimeException | Error broken) {
                failure.compareAndSet(null, broken);
            }
        });
        thread.start();
        return thread;
    }

    private static Frame frame(long destination, long source) {
        Frame frame = new Frame().wrap(ByteBuffer.allocate(60));
        return frame.destinationMac(destination).sourceMac(source);
    }
}
