// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.L3Hub;
import io.pktkit.hub.PortSecurity;
import io.pktkit.link.Links;
import io.pktkit.link.PipeL2;
import io.pktkit.link.PipeL3;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CaptureTest {

    private static final long WAIT_SECONDS = 30;
    private static final long PATIENT = Long.MAX_VALUE;

    @TempDir
    Path folder;

    private final PipeL2 left = new PipeL2(Packets.LEFT, frame -> {});
    private final PipeL2 right = new PipeL2(Packets.RIGHT, frame -> {});

    private Path file() {
        return folder.resolve("c.pcapng");
    }

    /** Whose packets have an outcome in the file even if this thread was suspended between a packet and its outcome. */
    private Capture patient(CaptureConfig config) throws IOException {
        return Capture.toFile(file(), config, PATIENT);
    }

    private static CaptureConfig config(CaptureFormat format) {
        return CaptureConfig.DEFAULT.withFormat(format);
    }

    @ParameterizedTest
    @EnumSource
    void shouldRecordWhatPassesByteForByte(CaptureFormat format) throws Exception {
        AtomicLong clock = new AtomicLong(1_700_000_000_123_456_789L);
        Frame frame = Packets.frame(53, 100);
        try (Capture capture = Capture.toFile(file(), config(format).withClock(clock::getAndIncrement));
                L2Hub hub = new L2Hub()) {
            capture.tap("left", hub.connect(left));
            left.inject(frame);
            left.inject(Packets.frame(54, 1));
        }
        CapturedPacket packet = new CapturedPacket();
        try (CaptureReader reader = CaptureReader.open(file())) {
            assertTrue(reader.next(packet));
            assertArrayEquals(frame.toBytes(), packet.toBytes());
            assertEquals(frame.length(), packet.originalLength());
            assertEquals(1_700_000_000_123_456_789L, packet.epochNanos());
            assertEquals(Packets.LEFT, packet.frame().source());
            assertEquals(
                    format == CaptureFormat.PCAP ? CaptureDirection.UNKNOWN : CaptureDirection.INBOUND,
                    packet.direction());
            assertTrue(reader.next(packet));
            assertEquals(1_700_000_000_123_456_790L, packet.epochNanos());
            assertFalse(reader.next(packet));
            assertNull(reader.problem());
        }
    }

    @Test
    void shouldTellDirectionsAndKeepTheOrderOfCauseAndEffect() throws Exception {
        PipeL2[] answering = new PipeL2[1];
        PipeL2 server = new PipeL2(
                Packets.RIGHT, frame -> answering[0].inject(Packets.frame(Packets.RIGHT, Packets.LEFT, 2, 1)));
        answering[0] = server;
        try (Capture capture = patient(CaptureConfig.DEFAULT);
                Links.Cable<Frame> cable = Links.connect(left, server)) {
            capture.tap("left", cable.first());
            left.inject(Packets.frame(1, 1));
        }

        assertEquals(List.of("left INBOUND 1", "left OUTBOUND 2"), Packets.lines(file()));
    }

    @Test
    void shouldTellWhyAPacketWasDropped() throws Exception {
        try (Capture capture = patient(CaptureConfig.DEFAULT);
                L2Hub hub = new L2Hub()) {
            HubPort port = hub.connect(left);
            port.setSecurity(PortSecurity.only(MacAddress.parse("02:00:00:00:00:99")));
            HubPort other = hub.connect(right);
            capture.tap("left", port);
            capture.tap("right", other);
            left.inject(Packets.frame(1, 1));
            right.inject(Packets.frame(Packets.RIGHT, MacAddress.BROADCAST, 2, 1));
            left.close(); // from here on nothing can be sent into it, and its tap is gone
            right.inject(Packets.frame(Packets.RIGHT, MacAddress.BROADCAST, 3, 1));
        }

        assertEquals(
                List.of(
                        "left INBOUND 1 dropped: PORT_SECURITY",
                        "right INBOUND 2",
                        "left OUTBOUND 2",
                        "right INBOUND 3 dropped: CLOSED"),
                Packets.lines(file()));
    }

    @Test
    void shouldNotCallDroppedWhatAStationHasNoUseFor() throws Exception {
        PipeL2[] self = new PipeL2[1];
        self[0] = new PipeL2(Packets.RIGHT, frame -> self[0].stats().receiveDropped(DropReason.NOT_FOR_US));
        try (Capture capture = patient(CaptureConfig.DEFAULT);
                L2Hub hub = new L2Hub()) {
            hub.connect(self[0]);
            capture.tap("left", hub.connect(left));
            left.inject(Packets.frame(1, 1));
        }

        assertEquals(List.of("left INBOUND 1"), Packets.lines(file()));
    }

    @Test
    void shouldFollowTapsThatComeAndGo() throws Exception {
        try (Capture capture = patient(CaptureConfig.DEFAULT);
                L2Hub hub = new L2Hub()) {
            HubPort port = hub.connect(left);
            left.inject(Packets.frame(1, 1));
            CaptureTap tap = capture.tap("first", port);
            left.inject(Packets.frame(2, 1));
            tap.close();
            left.inject(Packets.frame(3, 1));
            capture.tap("second", port);
            left.inject(Packets.frame(4, 1));
            capture.flush();
            assertEquals(1, tap.stats().taken());
            assertEquals(2, capture.stats().seen());
        }

        assertEquals(
                List.of("first INBOUND 2 dropped: NO_RECEIVER", "second INBOUND 4 dropped: NO_RECEIVER"),
                Packets.lines(file()));
    }

    @Test
    void shouldTakeOffAllTapsOfAnAttachment() throws Exception {
        try (L2Hub hub = new L2Hub()) {
            Capture capture = patient(CaptureConfig.DEFAULT);
            HubPort port = hub.connect(left);
            hub.connect(right);
            CaptureTap first = capture.tap("first", port);
            CaptureTap second = capture.tap("second", port);
            capture.tapPorts(hub, any -> "port");
            left.inject(Packets.frame(1, 1));
            assertEquals(3, capture.stats().seen(), "of the two, and of the other port");
            capture.close();

            left.inject(Packets.frame(2, 1));

            assertEquals(1, first.stats().seen());
            assertEquals(1, second.stats().seen());
            assertEquals(3, capture.stats().seen());
        }
    }

    /** The writer is held up until whoever closes waits for it, or has given it up. */
    @Test
    void shouldWriteAllThoughWhoClosesItIsInterrupted() throws Exception {
        Thread closer = Thread.currentThread();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        OutputStream slow = new OutputStream() {
            private volatile boolean ended;

            @Override
            public void write(int one) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] block, int offset, int length) throws IOException {
                while (closer.getState() != Thread.State.TIMED_WAITING && !ended) {
                    Thread.onSpinWait();
                }
                if (ended) {
                    throw new IOException("it was closed");
                }
                bytes.write(block, offset, length);
            }

            @Override
            public void close() {
                ended = true;
            }
        };
        try (L2Hub hub = new L2Hub()) {
            Capture capture = Capture.toStream(slow, CaptureConfig.DEFAULT, PATIENT);
            capture.tap("left", hub.connect(left));
            for (int i = 0; i < 1000; i++) {
                left.inject(Packets.frame(i, 10));
            }
            closer.interrupt();
            capture.close();
            assertTrue(Thread.interrupted(), "it is told");
        }
        Files.write(file(), bytes.toByteArray());

        assertEquals(1000, Packets.lines(file()).size());
    }

    @Test
    void shouldLookOnAtAllPortsOfASwitch() throws Exception {
        try (Capture capture = patient(CaptureConfig.DEFAULT);
                L2Hub hub = new L2Hub()) {
            hub.connect(left);
            capture.tapPorts(hub, port -> "to " + port.device().macAddress());
            hub.connect(right);
            left.inject(Packets.frame(1, 1));
        }

        assertEquals(
                List.of("to 02:00:00:00:00:01 INBOUND 1", "to 02:00:00:00:00:02 OUTBOUND 1"), Packets.lines(file()));
    }

    @Test
    void shouldRecordPacketsWithoutEthernetToo() throws Exception {
        PipeL3 one = new PipeL3(IpPrefix.parse("10.0.0.1/32"));
        PipeL3 two = new PipeL3(packet -> {}, IpPrefix.parse("10.0.0.2/32"));
        try (Capture capture = patient(CaptureConfig.DEFAULT);
                L3Hub hub = new L3Hub();
                L2Hub other = new L2Hub()) {
            capture.tapPorts(hub, port -> "port");
            hub.connect(one);
            hub.connect(two);
            capture.tap("ethernet", other.connect(left));
            one.inject(Packets.udp(7, 10));
            left.inject(Packets.frame(8, 1));
        }

        assertEquals(
                List.of("port INBOUND 7", "port OUTBOUND 7", "ethernet INBOUND 8 dropped: NO_RECEIVER"),
                Packets.lines(file()));
    }

    @Test
    void shouldRefuseTwoKindsOfPacketsInAClassicFile() throws Exception {
        PipeL3 ip = new PipeL3(IpPrefix.parse("10.0.0.1/24"));
        Attachment<Packet> place = ip.attach(packet -> {});
        try (Capture capture = Capture.toFile(file(), config(CaptureFormat.PCAP));
                L2Hub hub = new L2Hub()) {
            capture.tap("ip", place);
            ip.inject(Packets.udp(7, 10));

            assertThrows(IllegalArgumentException.class, () -> capture.tap("ethernet", hub.connect(left)));
        }
        CapturedPacket packet = new CapturedPacket();
        try (CaptureReader reader = CaptureReader.open(file())) {
            assertTrue(reader.next(packet));
            assertEquals(LinkType.RAW.number(), packet.linkType());
            assertEquals(Packets.B, packet.packet().destination());
        }
    }

    @Test
    void shouldRecordOnlyWhatTheFilterTakesAndOnlySoMuchOfIt() throws Exception {
        CaptureConfig config = CaptureConfig.DEFAULT
                .withFilter(CaptureFilter.parse("udp port 2"))
                .withSnapLength(42);
        CaptureStats stats;
        try (Capture capture = Capture.toFile(file(), config);
                L2Hub hub = new L2Hub()) {
            capture.tap("left", hub.connect(left));
            for (int port = 1; port <= 3; port++) {
                left.inject(Packets.frame(port, 1000));
            }
            capture.flush();
            stats = capture.stats();
        }
        CapturedPacket packet = new CapturedPacket();
        try (CaptureReader reader = CaptureReader.open(file())) {
            assertTrue(reader.next(packet));
            assertEquals(42, packet.length());
            assertEquals(1042, packet.originalLength());
            assertFalse(reader.next(packet));
            assertEquals(42, reader.interfaces().get(0).snapLength());
        }
        assertEquals(new CaptureStats(3, 1, 0, 0), stats);
    }

    @Test
    void shouldTellNames() throws Exception {
        try (Capture capture = Capture.toFile(file(), CaptureConfig.DEFAULT)) {
            capture.name(Packets.A, "alice.pktkit");
            capture.name(IpAddress.parse("fd00::1"), "bob.pktkit");
            capture.name(Packets.A, "carol.pktkit");
            try (L2Hub hub = new L2Hub()) {
                capture.tap("left", hub.connect(left));
                left.inject(Packets.frame(1, 1));
            }
        }
        try (CaptureReader reader = CaptureReader.open(file())) {
            CapturedPacket packet = new CapturedPacket();
            while (reader.next(packet)) {}
            assertEquals(Map.of(Packets.A, "carol.pktkit", IpAddress.parse("fd00::1"), "bob.pktkit"), reader.names());
        }
    }

    @Test
    void shouldWriteAFileEvenOfNothing() throws Exception {
        for (CaptureFormat format : CaptureFormat.values()) {
            Capture.toFile(file(), config(format)).close();

            assertEquals(List.of(), Packets.lines(file()), format.toString());
        }
    }

    @Test
    void shouldBeForItsOwnerAlone() throws Exception {
        Files.writeString(file(), "old");
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw-rw-"));
        Capture.toFile(file(), CaptureConfig.DEFAULT).close();
        Path other = folder.resolve("new.pcap");
        Capture.toFile(other, CaptureConfig.DEFAULT).close();

        assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file()));
        assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(other));
        assertEquals(List.of(), Packets.lines(file()));
    }

    @Test
    void shouldSayThatAFileCannotBeMade() {
        IOException refused = assertThrows(
                IOException.class, () -> Capture.toFile(folder.resolve("no/c.pcap"), CaptureConfig.DEFAULT));

        assertTrue(String.valueOf(refused.getMessage()).contains("no/c.pcap"), refused.toString());
    }

    @Test
    void shouldKeepTheLatestFilesOfARing() throws Exception {
        int packets = 5000;
        try (Capture capture = patient(CaptureConfig.DEFAULT.withFiles(1 << 20, 3));
                L2Hub hub = new L2Hub()) {
            capture.name(Packets.A, "alice");
            capture.tap("left", hub.connect(left));
            for (int i = 0; i < packets; i++) {
                left.inject(Packets.frame(i, 1000));
                if (i % 500 == 0) {
                    capture.flush();
                }
            }
            assertEquals(0, capture.stats().crowdedOut());
        }
        List<Path> files;
        try (Stream<Path> found = Files.list(folder)) {
            files = found.sorted().toList();
        }
        assertEquals(
                List.of("c-00004.pcapng", "c-00005.pcapng", "c-00006.pcapng"),
                files.stream().map(path -> path.getFileName().toString()).toList());
        List<String> all = new ArrayList<>();
        for (Path path : files) {
            assertTrue(Files.size(path) <= 1 << 20, path + " " + Files.size(path));
            all.addAll(Packets.lines(path));
            try (CaptureReader reader = CaptureReader.open(path)) {
                CapturedPacket packet = new CapturedPacket();
                while (reader.next(packet)) {}
                assertEquals(Map.of(Packets.A, "alice"), reader.names());
            }
        }
        for (int i = 0; i < all.size(); i++) {
            assertEquals("left INBOUND " + (packets - all.size() + i) + " dropped: NO_RECEIVER", all.get(i));
        }
    }

    @Test
    void shouldStopWhenASingleFileIsFull() throws Exception {
        CaptureStats stats;
        try (Capture capture = Capture.toFile(file(), CaptureConfig.DEFAULT.withFiles(1 << 20, 1));
                L2Hub hub = new L2Hub()) {
            capture.tap("left", hub.connect(left));
            for (int i = 0; i < 2000; i++) {
                left.inject(Packets.frame(i, 1000));
                if (i % 500 == 0) {
                    capture.flush();
                }
            }
            capture.flush();
            stats = capture.stats();
        }
        assertTrue(Files.size(file()) <= 1 << 20);
        assertEquals(2000 - stats.unwritten(), Packets.lines(file()).size());
        assertTrue(stats.unwritten() > 500, stats.toString());
    }

    /** A reader that does not read costs the capture, and nobody else. */
    @Test
    void shouldHoldNobodyUpForAReaderThatDoesNotRead() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        OutputStream stuck = new OutputStream() {
            @Override
            public void write(int one) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] block, int offset, int length) throws IOException {
                try {
                    reading.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                bytes.write(block, offset, length);
            }
        };
        int delivered = 0;
        CaptureStats stats;
        try (L2Hub hub = new L2Hub();
                Capture capture = Capture.toStream(stuck, CaptureConfig.DEFAULT.withQueueBytes(1 << 19), PATIENT)) {
            capture.tap("left", hub.connect(left));
            for (int i = 0; i < 5000; i++) {
                delivered += left.inject(Packets.frame(i, 1000)) ? 1 : 0;
            }
            reading.countDown();
            capture.flush();
            left.inject(Packets.frame(6000, 1));
            stats = capture.stats();
        }
        assertEquals(5000, delivered);
        assertTrue(stats.crowdedOut() > 4000, stats.toString());
        Files.write(file(), bytes.toByteArray());
        List<String> lines = Packets.lines(file());
        assertEquals(5001 - stats.crowdedOut(), lines.size());
        assertEquals("left INBOUND 6000 dropped: NO_RECEIVER", lines.get(lines.size() - 1));
    }

    @Test
    void shouldEndWhenItsReaderGoes() throws Exception {
        PipedInputStream reader = new PipedInputStream();
        try (L2Hub hub = new L2Hub();
                Capture capture = Capture.toStream(new PipedOutputStream(reader), CaptureConfig.DEFAULT)) {
            HubPort port = hub.connect(left);
            capture.tap("left", port);
            assertEquals(0x0A, reader.read(), "the header is there at once");
            reader.close();
            while (!capture.done().toCompletableFuture().isDone()) {
                assertTrue(left.inject(Packets.frame(1, 1)), "the link goes on");
                Thread.onSpinWait();
            }

            ExecutionException ended = assertThrows(
                    ExecutionException.class,
                    () -> capture.done().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS));
            assertTrue(ended.getCause() instanceof IOException, ended.toString());
            assertThrows(IOException.class, capture::flush);
        }
    }

    @Test
    void shouldGoWithItsDevicesAndAllowNothingAfterItsClose() throws Exception {
        Capture capture = patient(CaptureConfig.DEFAULT);
        try (L2Hub hub = new L2Hub()) {
            HubPort port = hub.connect(left);
            capture.tap("left", port);
            left.inject(Packets.frame(1, 1));
            left.close();
            capture.close();
            capture.close();

            assertThrows(IllegalStateException.class, () -> capture.tap("right", hub.connect(right)));
            assertThrows(IllegalStateException.class, () -> capture.tapPorts(hub, any -> "x"));
            assertTrue(right.inject(Packets.frame(2, 1)));
        }
        assertEquals(List.of("left INBOUND 1 dropped: NO_RECEIVER"), Packets.lines(file()));
    }

    @Test
    void shouldCountEveryPacketOfManyThreads() throws Exception {
        int threads = 4;
        int each = 5000;
        CaptureStats stats;
        try (L2Hub hub = new L2Hub();
                Capture capture = Capture.toFile(file(), CaptureConfig.DEFAULT)) {
            List<Thread> senders = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                PipeL2 pipe = new PipeL2(MacAddress.of(0x02_00_00_00_01_00L + t));
                capture.tap("pipe " + t, hub.connect(pipe));
                senders.add(new Thread(() -> {
                    for (int i = 0; i < each; i++) {
                        pipe.inject(Packets.frame(pipe.macAddress(), Packets.RIGHT, i, 10));
                    }
                }));
            }
            senders.forEach(Thread::start);
            for (Thread sender : senders) {
                sender.join();
            }
            capture.flush();
            stats = capture.stats();
        }
        assertEquals(stats.taken() - stats.crowdedOut(), Packets.lines(file()).size());
        assertTrue(stats.seen() >= (long) threads * each, stats.toString());
    }
}
