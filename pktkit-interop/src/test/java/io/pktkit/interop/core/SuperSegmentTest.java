// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.Datagrams;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.device.Device;
import io.pktkit.device.DeviceStats.Snapshot;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.L3Hub;
import io.pktkit.interop.Await;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.tuntap.InterfaceDevice;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Super-segments between two kernels, through our hubs: every byte, and whether they went whole. */
@NeedsPeer({"ip", "ethtool"})
@Timeout(value = 300, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SuperSegmentTest {
    private static final int BYTES = 24 << 20;
    private static final int CHUNK = 1 << 16;

    private static <T> FutureTask<T> start(NetworkNamespace namespace, Callable<T> code) {
        FutureTask<T> task = new FutureTask<>(() -> {
            io.pktkit.nativeio.NetworkNamespace.enter("/run/netns/" + namespace.name());
            return code.call();
        });
        Thread thread = new Thread(task, namespace.name());
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Sends random bytes from one host to another, and compares what arrives; the hook hears of each mebibyte sent. */
    private static void transfer(NetworkNamespace from, NetworkNamespace to, IpAddress at, IntConsumer hook)
            throws Exception {
        // Else the kernel makes them as short as what it sends in a millisecond, which is little where the way takes
        // long.
        from.exec(Hosts.LIMIT, "sysctl", "-qw", "net.ipv4.tcp_min_tso_segs=32").expectSuccess();
        FutureTask<ServerSocket> listening = start(to, () -> {
            ServerSocket server = new ServerSocket();
            server.bind(new InetSocketAddress(at.toInetAddress(), 0));
            return server;
        });
        try (ServerSocket server = listening.get()) {
            FutureTask<Void> receiver = start(to, () -> {
                try (Socket socket = server.accept()) {
                    compare(socket.getInputStream());
                }
                return null;
            });
            FutureTask<Void> sender = start(from, () -> {
                try (Socket socket = new Socket(at.toInetAddress(), server.getLocalPort())) {
                    OutputStream out = socket.getOutputStream();
                    Random random = new Random(Hosts.SEED);
                    byte[] chunk = new byte[CHUNK];
                    for (int sent = 0; sent < BYTES; sent += CHUNK) {
                        if (sent % (1 << 20) == 0) {
                            hook.accept(sent >> 20);
                        }
                        random.nextBytes(chunk);
                        out.write(chunk);
                    }
                }
                return null;
            });
            sender.get();
            receiver.get();
        }
    }

    private static void compare(InputStream in) throws java.io.IOException {
        Random random = new Random(Hosts.SEED);
        byte[] chunk = new byte[CHUNK];
        for (int at = 0; at < BYTES; at += CHUNK) {
            random.nextBytes(chunk);
            assertArrayEquals(chunk, in.readNBytes(CHUNK), "at " + at + ", seed " + Hosts.SEED);
        }
        assertEquals(-1, in.read());
    }

    /** What a device has received is counted when it was passed on, which for the last of it may be after all has arrived. */
    private static void awaitCounted(Device<?> from, Device<?> to) {
        Await.until(() -> from.stats().snapshot() + "\n" + to.stats().snapshot(), () -> {
            Snapshot out = to.stats().snapshot();
            return from.stats().snapshot().receivedSuperSegments() >= out.sentSuperSegments() + out.cutSuperSegments();
        });
    }

    private static void assertPath(OffloadMode mode, Device<?> from, Device<?> to) {
        awaitCounted(from, to);
        Snapshot in = from.stats().snapshot();
        Snapshot out = to.stats().snapshot();
        String message = in + "\n" + out;
        if (mode == OffloadMode.OFF) {
            assertEquals(0, in.receivedSuperSegments() + out.sentSuperSegments() + out.cutSuperSegments(), message);
            return;
        }
        // Most of the bytes, since a sender that is short of window sends some in small segments.
        assertTrue(in.receivedSuperSegments() > BYTES / CHUNK / 2, message);
        assertTrue(in.receivedPackets() < BYTES / 1448 / 2, message);
        assertEquals(in.receivedSuperSegments(), out.sentSuperSegments(), message);
        assertEquals(0, out.cutSuperSegments(), message);
    }

    @ParameterizedTest
    @CsvSource({"IPV4, AUTO", "IPV6, AUTO", "IPV4, ON", "IPV4, OFF", "IPV6, OFF"})
    void shouldRouteThemBetweenTuns(IpFamily family, OffloadMode mode) throws Exception {
        try (Hosts.TunHost one = new Hosts.TunHost(1, 1500, mode);
                Hosts.TunHost two = new Hosts.TunHost(2, 1500, mode);
                L3Hub hub = new L3Hub()) {
            hub.connect(one.tun);
            hub.connect(two.tun);

            transfer(one.namespace, two.namespace, Hosts.address(family, 2), mebibyte -> {});

            assertPath(mode, one.tun, two.tun);
        }
    }

    @ParameterizedTest
    @CsvSource({"IPV4, AUTO", "IPV6, AUTO", "IPV4, OFF", "IPV6, OFF"})
    void shouldSwitchThemBetweenTaps(IpFamily family, OffloadMode mode) throws Exception {
        try (Hosts.TapHost one = new Hosts.TapHost(1, mode);
                Hosts.TapHost two = new Hosts.TapHost(2, mode);
                L2Hub hub = new L2Hub()) {
            hub.connect(one.tap);
            hub.connect(two.tap);

            transfer(one.namespace, two.namespace, Hosts.address(family, 2), mebibyte -> {});

            assertPath(mode, one.tap, two.tap);
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldCutThemForAnInterfaceThatTakesNone(IpFamily family) throws Exception {
        try (Hosts.TunHost one = new Hosts.TunHost(1, 1500, OffloadMode.AUTO);
                Hosts.TunHost two = new Hosts.TunHost(2, 1500, OffloadMode.OFF);
                L3Hub hub = new L3Hub()) {
            hub.connect(one.tun);
            hub.connect(two.tun);

            transfer(one.namespace, two.namespace, Hosts.address(family, 2), mebibyte -> {});

            awaitCounted(one.tun, two.tun);
            Snapshot in = one.tun.stats().snapshot();
            Snapshot out = two.tun.stats().snapshot();
            assertTrue(in.receivedSuperSegments() > 0, in::toString);
            assertEquals(in.receivedSuperSegments(), out.cutSuperSegments());
            assertEquals(0, out.sentSuperSegments());
        }
    }

    /** The sender learns of the narrow link from an error about a super-segment, and sends what fits. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellOfANarrowLink(IpFamily family) throws Exception {
        try (Hosts.TunHost one = new Hosts.TunHost(1, 1500, OffloadMode.AUTO);
                Hosts.TunHost two = new Hosts.TunHost(2, 1400, OffloadMode.AUTO);
                L3Hub hub = new L3Hub()) {
            // The host itself believes in more, and says so when a connection is opened.
            two.run("ip link set " + two.tun.name() + " mtu 1500");
            hub.setIcmpSource(Hosts.address(family, 200));
            hub.connect(one.tun);
            hub.connect(two.tun);

            transfer(one.namespace, two.namespace, Hosts.address(family, 2), mebibyte -> {});

            assertTrue(hub.stats().errorsSent() > 0, hub.stats()::toString);
            assertTrue(two.tun.stats().snapshot().sentSuperSegments() > 0);
            assertEquals(0, two.tun.stats().snapshot().cutSuperSegments());
        }
    }

    private static void ethtool(Hosts.TunHost host, String state) {
        String output = host.run("ethtool -K " + host.tun.name() + " tso " + state + " gso " + state + " 2>&1");
        assertFalse(output.contains("Cannot"), output);
    }

    @Test
    void shouldGoOnWhenOffloadsAreSwitchedUnderWay() throws Exception {
        try (Hosts.TunHost one = new Hosts.TunHost(1, 1500, OffloadMode.AUTO);
                Hosts.TunHost two = new Hosts.TunHost(2, 1500, OffloadMode.AUTO);
                L3Hub hub = new L3Hub()) {
            hub.connect(one.tun);
            hub.connect(two.tun);
            List<Long> whole = new ArrayList<>();
            InterfaceDevice<?> out = two.tun;

            transfer(one.namespace, two.namespace, Hosts.address(IpFamily.IPV4, 2), mebibyte -> {
                switch (mebibyte) {
                    case 4 -> ethtool(one, "off");
                    case 8 -> ethtool(one, "on");
                    case 12 -> out.setSegmentation(false);
                    case 16 -> {
                        // What was written since may all wait at the sender still.
                        Await.until(
                                "cut super-segments",
                                () -> out.stats().snapshot().cutSuperSegments() > 0);
                        one.tun.setSegmentation(false);
                    }
                    case 18 -> assertTrue(one.tun.setSegmentation(true) && out.setSegmentation(true));
                    default -> {}
                }
                if (mebibyte % 4 == 0) {
                    whole.add(out.stats().snapshot().sentSuperSegments());
                }
            });

            assertTrue(whole.get(1) > 0, whole::toString);
            assertTrue(out.stats().snapshot().sentSuperSegments() > whole.get(4), whole::toString);
            assertTrue(out.stats().snapshot().cutSuperSegments() > 0);
        }
    }

    /** Runs of datagrams, which a kernel since 6.2 hands over whole. */
    @ParameterizedTest
    @CsvSource({"IPV4, AUTO", "IPV6, AUTO", "IPV4, OFF"})
    void shouldCarryRunsOfDatagrams(IpFamily family, OffloadMode mode) throws Exception {
        try (Hosts.TunHost one = new Hosts.TunHost(1, 1500, mode);
                Hosts.TunHost two = new Hosts.TunHost(2, 1500, mode);
                L3Hub hub = new L3Hub();
                DatagramEndpoint from = datagrams(one.namespace);
                DatagramEndpoint to = datagrams(two.namespace)) {
            hub.connect(one.tun);
            hub.connect(two.tun);
            FixedPath path = FixedPath.to(Hosts.address(family, 2), to.port());
            byte[] content = new byte[1200];
            new Random(Hosts.SEED).nextBytes(content);
            List<Integer> got = new ArrayList<>();
            for (int run = 0; run < 20; run++) {
                Burst burst = Burst.open();
                for (int i = 0; i < 20; i++) {
                    content[0] = (byte) i;
                    from.send(ByteBuffer.wrap(content), 0, i == 19 ? 77 : content.length, path);
                }
                burst.close();
                while (got.size() < 20 * (run + 1)) {
                    to.receive(datagram -> {
                        byte[] bytes = datagram.toBytes();
                        int number = bytes[0];
                        assertEquals(number == 19 ? 77 : content.length, bytes.length);
                        for (int i = 1; i < bytes.length; i++) {
                            assertEquals(content[i], bytes[i]);
                        }
                        got.add(number);
                    });
                }
            }
            for (int i = 0; i < got.size(); i++) {
                assertEquals(i % 20, got.get(i));
            }
            boolean whole = one.tun.describeOffloads().contains("in TCP and UDP");
            long seen = one.tun.stats().snapshot().receivedSuperSegments();
            assertEquals(whole, seen > 0, one.tun::describeOffloads);
            assertEquals(mode == OffloadMode.OFF, seen == 0 && !whole);
        }
    }

    private static DatagramEndpoint datagrams(NetworkNamespace namespace) throws Exception {
        return start(namespace, () -> Datagrams.open(DatagramConfig.builder().build()))
                .get();
    }
}
