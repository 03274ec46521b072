// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static io.pktkit.interop.afxdp.XdpWire.LIMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.afxdp.ZeroCopy;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.nativeio.MappedMemory;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
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

/** Devices that come and go under load, interfaces that do, and errors that say what to do. */
@NeedsPeer({"ip", "ping", "python3", "setpriv"})
@Timeout(400)
class LifecycleTest {

    /** UDP to the taken address as fast as it goes, of frames with 100 bytes, from four sockets. */
    private static final String FLOOD = """
        import socket, sys
        outs = []
        for _ in range(4):
            out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            out.connect((sys.argv[1], 9))
            outs.append(out)
        while True:
            for out in outs:
                try:
                    out.send(b"x" * 100)
                except OSError:
                    pass
        """;

    /** Numbered datagrams from 64 sockets. */
    private static final String FLOWS = """
        import socket, struct, sys
        outs = []
        for _ in range(64):
            out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            out.connect((sys.argv[1], 9))
            outs.append(out)
        number = 0
        while True:
            number += 1
            for out in outs:
                try:
                    out.send(struct.pack("!I", number))
                except OSError:
                    pass
        """;

    private XdpWire wire;

    @BeforeEach
    void makeWire() {
        wire = new XdpWire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    private Process flood(Path output) throws IOException {
        // The address answers no ARP while no device is there.
        wire.there("ip neigh replace " + XdpWire.TAKEN + " lladdr 02:00:00:00:00:50 dev " + XdpWire.THEIRS);
        return wire.there.start(output, "/usr/bin/python3", "-c", FLOOD, XdpWire.TAKEN);
    }

    private static Frame broadcast() {
        ByteBuffer bytes = ByteBuffer.allocate(60);
        bytes.putLong(0, -1).putInt(8, 0x00000088).putShort(12, (short) 0x88b5);
        return new Frame().wrap(bytes);
    }

    private static List<String> descriptors() {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.map(LifecycleTest::target)
                    .filter(target -> target.startsWith("socket:") || target.startsWith("anon_inode:"))
                    .toList();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    private static void expectNothingLeft(int descriptors, int ranges) {
        XdpWire.until(
                () -> "descriptors: " + descriptors + " before, now " + descriptors(),
                () -> descriptors().size() <= descriptors);
        XdpWire.until(() -> "ranges: " + ranges + " before, now " + MappedMemory.ranges(), () -> {
            System.gc();
            return MappedMemory.ranges() <= ranges;
        });
        // One that closed its device itself ends a moment later.
        XdpWire.until(
                () -> Thread.getAllStackTraces().keySet().toString(),
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().contains("-xdp")));
    }

    /**
     * Opened and closed under load: while frames come and go out by two threads, from within a callback, with a handler that
     * throws, and with one that keeps what it was lent.
     */
    private void openAndClose(int rounds) throws Exception {
        Path output = Files.createTempFile("pktkit-xdp", ".out");
        Process load = flood(output);
        int descriptors = descriptors().size();
        int ranges = MappedMemory.ranges();
        List<Frame> kept = new ArrayList<>();
        AtomicReference<@Nullable AfXdp> present = new AtomicReference<>();
        CountDownLatch stop = new CountDownLatch(1);
        Thread sender = new Thread(() -> {
            Frame frame = broadcast();
            while (stop.getCount() > 0) {
                AfXdp device = present.get();
                if (device != null) {
                    device.send(frame);
                }
            }
        });
        sender.start();
        try {
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
                assertTrue(came, () -> "round=" + round + " " + device.stats().snapshot());
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
            Commands.kill(load);
            Files.delete(output);
        }
        kept.clear();
        present.set(null);
        assertFalse(wire.link().contains("xdp"), wire.link());
        expectNothingLeft(descriptors, ranges);
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
        Path output = Files.createTempFile("pktkit-xdp", ".out");
        Process load = flood(output);
        CountDownLatch later = new CountDownLatch(5000);
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            device.attach(frame -> {
                later.countDown();
                throw new IllegalStateException("on purpose");
            });
            assertTrue(later.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
            assertTrue(device.stats().dropped(DropReason.HANDLER_FAILED) >= 4999);
        } finally {
            Commands.kill(load);
            Files.delete(output);
        }
    }

    @Test
    void shouldDropWhatIsSentWhileTheLinkIsDown() throws Exception {
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            assertTrue(device.send(broadcast()));
            wire.here("ip link set " + XdpWire.OURS + " down");
            device.send(broadcast()); // the first one may still find a place
            assertFalse(device.send(broadcast()));
            assertTrue(device.stats().dropped(DropReason.LINK_DOWN) >= 1);

            wire.here("ip link set " + XdpWire.OURS + " up");

            XdpWire.until(() -> device.stats().snapshot().toString(), () -> device.send(broadcast()));
            assertFalse(device.done().toCompletableFuture().isDone());
        }
    }

    /** Deleted, and moved away: the device closes itself, and nothing of it is left. */
    @Test
    void shouldEndWithItsInterface() throws Exception {
        int descriptors = descriptors().size();
        int ranges = MappedMemory.ranges();
        for (String end :
                List.of("ip link del " + XdpWire.OURS, "ip link set " + XdpWire.OURS + " netns " + wire.there.name())) {
            Path output = Files.createTempFile("pktkit-xdp", ".out");
            Process load = flood(output);
            try {
                AfXdp device = wire.open(XdpWire.config().build());
                CountDownLatch received = new CountDownLatch(1);
                device.attach(frame -> {
                    received.countDown();
                    device.send(frame);
                });
                assertTrue(received.await(LIMIT.toSeconds(), TimeUnit.SECONDS));

                wire.here(end);

                device.done().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
                assertFalse(device.send(broadcast()));
                assertEquals(1, device.stats().snapshot().errors());
            } finally {
                Commands.kill(load);
                Files.delete(output);
            }
            wire.there("ip link del " + XdpWire.THEIRS + " || true");
            wire.make(1);
        }
        expectNothingLeft(descriptors, ranges);
    }

    /** At each point where a descriptor is wanted there is none: told, and nothing is left. */
    @Test
    void shouldLeaveNothingBehindWithoutDescriptors() {
        String told = wire.here
                .exec(
                        LIMIT,
                        "sh",
                        "-c",
                        "ulimit -n 400; exec "
                                + ProcessHandle.current().info().command().orElse("java") + " -cp "
                                + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                + " '" + Exhausted.class.getName() + "'")
                .output();

        assertTrue(told.contains("refused EMFILE") && told.contains("left 0"), told);
        assertFalse(wire.link().contains("xdp"), wire.link());
    }

    /** The program of that test: holds all descriptors but some, more of them free in each round. */
    static final class Exhausted {
        private Exhausted() {}

        public static void main(String[] args) throws Exception {
            // Once each, so that all classes are loaded: that takes descriptors too.
            AfXdp.open(XdpWire.config().build()).close();
            assertThrows(
                    IOException.class,
                    () -> AfXdp.open(XdpWire.config().queues(7).build()));
            assertThrows(IOException.class, () -> NativeFd.open("/absent", NativeFd.O_RDONLY));
            int before = descriptors().size();
            List<NativeFd> held = new ArrayList<>();
            try {
                while (true) {
                    held.add(NativeFd.open("/dev/null", NativeFd.O_RDONLY));
                }
            } catch (IOException full) {
                System.out.println("full " + held.size());
            }
            int refused = 0;
            while (true) {
                held.remove(held.size() - 1).close();
                try (AfXdp device = AfXdp.open(XdpWire.config().build())) {
                    System.out.println("opened with " + refused + " " + device);
                    break;
                } catch (IOException failure) {
                    if (!failure.toString().contains("EMFILE")) {
                        throw failure;
                    }
                    refused++;
                }
            }
            System.out.println(refused > 5 ? "refused EMFILE " + refused : "too few: " + refused);
            held.forEach(NativeFd::close);
            System.out.println("left " + Math.max(0, descriptors().size() - before));
        }
    }

    @Test
    void shouldSayWhatIsMissing() throws Exception {
        expect(AfXdpConfig.builder("absent0").build(), "absent0", "ENODEV", "ip link");
        expect(XdpWire.config().zeroCopy(ZeroCopy.REQUIRE).build(), XdpWire.OURS, "do without zero-copy");
        expect(XdpWire.config().queues(7).build(), "queue 7", "ethtool -l");
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            assertFalse(device.isZeroCopy());
            expect(XdpWire.config().build(), "queue 0", "EBUSY", "another AF_XDP socket");
        }
        wire.there("ip link set " + XdpWire.THEIRS + " mtu 9000");
        wire.here("ip link set " + XdpWire.OURS + " mtu 9000");
        expect(XdpWire.config().build(), "MTU", "9000", "chunk", "3818");
        wire.here("ip link set " + XdpWire.OURS + " mtu 1800");
        expect(XdpWire.config().chunkSize(2048).build(), "MTU", "1800", "chunks of 4096");
        assertFalse(wire.link().contains("xdp"), wire.link());
        assertThrows(
                IllegalArgumentException.class,
                () -> wire.open(XdpWire.config()
                        .capture(IpPrefix.parse("0.0.0.0/1"))
                        .capture(IpPrefix.parse("128.0.0.0/1"))
                        .build()));
    }

    private void expect(AfXdpConfig config, String... words) {
        String told = assertThrows(IOException.class, () -> wire.open(config)).toString();
        for (String word : words) {
            assertTrue(told.contains(word), told);
        }
    }

    /** What a JVM without a privilege, or with little memory to lock, is told; run as this program's child. */
    @ParameterizedTest
    @EnumSource(Missing.class)
    void shouldNameThePrivilegeThatIsMissing(Missing missing) {
        String told = wire.here
                .exec(
                        LIMIT,
                        "sh",
                        "-c",
                        "ulimit -l 64; exec setpriv --bounding-set=-" + missing.capability + " --inh-caps=-"
                                + missing.capability + " "
                                + ProcessHandle.current().info().command().orElse("java") + " -cp "
                                + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                + " '" + Unprivileged.class.getName() + "'")
                .output();

        assertTrue(told.contains(missing.word) && told.lines().count() == 1, told);
    }

    /** A capability, and what is told without it. */
    enum Missing {
        SOCKET("net_raw", "CAP_NET_RAW"),
        PROGRAM("bpf,-sys_admin", "CAP_BPF"),
        MEMORY("ipc_lock", "LimitMEMLOCK");

        final String capability;
        final String word;

        Missing(String capability, String word) {
            this.capability = capability;
            this.word = word;
        }
    }

    /** The program of that test. */
    static final class Unprivileged {
        private Unprivileged() {}

        public static void main(String[] args) {
            try (AfXdp device = AfXdp.open(XdpWire.config().build())) {
                System.out.println("opened " + device);
            } catch (IOException expected) {
                System.out.println(expected.getMessage());
            }
        }
    }

    @Test
    void shouldFollowTheMtu() throws Exception {
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            assertEquals(1500, device.mtu());

            wire.here("ip link set " + XdpWire.OURS + " mtu 1280");
            XdpWire.until(() -> "mtu=" + device.mtu(), () -> device.mtu() == 1280);
        }
    }

    /** Two queues at each end: a thread for each, and what flows by one stays there, in order. */
    @Test
    void shouldReceiveByAllQueues() throws Exception {
        wire.here("ip link del " + XdpWire.OURS);
        wire.make(2);
        Path output = Files.createTempFile("pktkit-xdp", ".out");
        wire.there("ip neigh replace " + XdpWire.TAKEN + " lladdr 02:00:00:00:00:50 dev " + XdpWire.THEIRS);
        Map<Integer, String> threads = new ConcurrentHashMap<>();
        Map<Integer, Integer> numbers = new ConcurrentHashMap<>();
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        CountDownLatch received = new CountDownLatch(20_000);
        Process load = wire.there.start(output, "/usr/bin/python3", "-c", FLOWS, XdpWire.TAKEN);
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            assertEquals(List.of(0, 1), device.queues());
            device.attach(frame -> {
                var udp = frame.packet().udp();
                if (udp == null) {
                    return;
                }
                int flow = udp.sourcePort();
                int number = udp.buffer().getInt(udp.payloadOffset());
                String thread = Thread.currentThread().getName();
                String before = threads.put(flow, thread);
                if (before != null && !before.equals(thread)) {
                    wrong.add("flow " + flow + " by " + before + " and " + thread);
                }
                Integer last = numbers.put(flow, number);
                if (last != null && last >= number) {
                    wrong.add("flow " + flow + " has " + number + " after " + last);
                }
                received.countDown();
            });
            assertTrue(received.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
            assertEquals(Set.of("pktkit-here0-xdp0", "pktkit-here0-xdp1"), new HashSet<>(threads.values()), "64 flows");
            assertTrue(wrong.isEmpty(), wrong::toString);
        } finally {
            Commands.kill(load);
            Files.delete(output);
        }
    }

    /** The program outlives its process by a pin, and the next device takes its place without a gap. */
    @Test
    void shouldTakeOverAPinnedProgram() throws Exception {
        Path mount = Files.createTempDirectory("pktkit-bpf");
        Path pin = mount.resolve("here0");
        Commands.run(LIMIT, "mount", "-t", "bpf", "bpf", mount.toString()).expectSuccess();
        try {
            AfXdpConfig config = XdpWire.config().pin(pin).build();
            wire.open(config).close();
            String first = wire.link();
            assertTrue(first.contains("xdp"), first);
            // What nobody takes is the host's.
            assertTrue(wire.there
                    .exec(LIMIT, "ping", "-n", "-c", "1", "-W", "10", XdpWire.OUR_ADDRESS)
                    .output()
                    .contains("1 received"));

            CountDownLatch received = new CountDownLatch(1);
            try (AfXdp device = wire.open(config)) {
                device.attach(frame -> received.countDown());
                assertEquals(XdpMode.DRIVER, device.mode());
                wire.there("ping -n -c 1 -W 1 " + XdpWire.TAKEN + " || true");
                assertTrue(received.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
                assertFalse(wire.link().equals(first), "another program: " + first);
            }
            assertThrows(
                    IOException.class,
                    () -> wire.open(
                            XdpWire.config().mode(XdpMode.GENERIC).pin(pin).build()));

            AfXdp.unpin(pin);
            assertFalse(wire.link().contains("xdp"), wire.link());
        } finally {
            Commands.run(LIMIT, "umount", mount.toString());
            Files.deleteIfExists(mount);
        }
    }

    /** Killed in full run: the kernel takes everything back. */
    @Test
    void shouldLeaveNoProgramWhenItIsKilled() throws Exception {
        Path output = Files.createTempFile("pktkit-xdp", ".out");
        Path flooded = Files.createTempFile("pktkit-xdp", ".out");
        Process load = flood(flooded);
        Process holder = wire.here.start(
                output,
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Holder.class.getName());
        try {
            XdpWire.until(() -> "not receiving", () -> read(output).contains("receiving"));
            assertTrue(wire.link().contains("xdp"), wire.link());

            Commands.kill(holder);

            XdpWire.until(wire::link, () -> !wire.link().contains("xdp"));
            try (AfXdp again = wire.open(XdpWire.config().build())) {
                assertEquals(List.of(0), again.queues());
            }
        } finally {
            Commands.kill(holder);
            Commands.kill(load);
            Files.delete(output);
            Files.delete(flooded);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    /** The program of that test. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws Exception {
            AfXdp device = AfXdp.open(XdpWire.config().build());
            CountDownLatch received = new CountDownLatch(1000);
            device.attach(frame -> {
                device.send(frame);
                received.countDown();
            });
            received.await();
            System.out.println("receiving");
            boolean ended = new CountDownLatch(1).await(2, TimeUnit.MINUTES);
            System.out.println("not killed: " + ended);
        }
    }
}
