// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramFeature;
import io.pktkit.datagram.Datagrams;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both providers against each other and against a plain socket of the JDK. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExchangeTest {

    private static final int[] SIZES = {0, 1, 2, 63, 64, 1280, 1452, 1472, 1473, 9000, 65_506, 65_507};

    @Test
    void shouldPreferTheProviderOfLinux() {
        assertEquals("linux", Datagrams.providers().get(0).name());
    }

    @ParameterizedTest
    @CsvSource({
        "linux, linux, 127.0.0.1",
        "linux, portable, 127.0.0.1",
        "portable, linux, 127.0.0.1",
        "portable, portable, 127.0.0.1",
        "linux, linux, ::1",
        "linux, portable, ::1",
        "portable, linux, ::1",
        "portable, portable, ::1"
    })
    void shouldCarryEverySize(String left, String right, String address) throws IOException {
        IpAddress loopback = IpAddress.parse(address);
        try (DatagramEndpoint a = Ends.open(left, loopback);
                DatagramEndpoint b = Ends.open(right, loopback)) {
            for (int size : SIZES) {
                byte[] payload = Ends.payload(size, size);
                assertTrue(Ends.send(a, Ends.to(b, loopback), payload));
                Received got = Received.take(b, 1).get(0);
                assertArrayEquals(payload, got.payload(), "size=" + size);
                assertEquals(Ends.to(a, loopback).from(loopback), got.path());
                // and an answer over the path that was found
                assertTrue(Ends.write(b, got.path(), payload));
                assertArrayEquals(payload, Received.take(a, 1).get(0).payload(), "size=" + size);
            }
            assertEquals(SIZES.length, a.stats().snapshot().sentPackets());
            assertEquals(SIZES.length, a.stats().snapshot().receivedPackets());
            assertEquals(0, a.stats().snapshot().sendDropped());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldTalkToAPlainSocket(String provider) throws IOException {
        try (DatagramEndpoint endpoint = Ends.open(provider, Ends.V4);
                DatagramSocket plain = new DatagramSocket(new InetSocketAddress(Ends.V4.toInetAddress(), 0))) {
            FixedPath toPlain = FixedPath.to(Ends.V4, plain.getLocalPort());
            byte[] memory = new byte[65_507];
            for (int size : SIZES) {
                byte[] payload = Ends.payload(size, ~size);
                plain.send(new DatagramPacket(
                        payload, size, new InetSocketAddress(Ends.V4.toInetAddress(), endpoint.port())));
                Received got = Received.take(endpoint, 1).get(0);
                assertArrayEquals(payload, got.payload());
                assertEquals(toPlain.from(Ends.V4), got.path());
                assertTrue(Ends.send(endpoint, toPlain, payload));
                DatagramPacket packet = new DatagramPacket(memory, memory.length);
                plain.receive(packet);
                assertEquals(size, packet.getLength());
                assertEquals(endpoint.port(), packet.getPort());
                assertEquals(ByteBuffer.wrap(payload), ByteBuffer.wrap(memory, 0, size));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"linux, linux", "linux, portable", "portable, linux"})
    void shouldKeepOrderAndBytesOfRandomBatches(String left, String right) throws IOException {
        long seed = 0x6261746368L;
        Random random = new Random(seed);
        try (DatagramEndpoint sender = Ends.open(left, Ends.V4);
                DatagramEndpoint first = Ends.open(right, Ends.V4);
                DatagramEndpoint second = Ends.open(right, Ends.V4)) {
            for (int round = 0; round < 200; round++) {
                Map<DatagramEndpoint, List<byte[]>> expected = new HashMap<>();
                expected.put(first, new ArrayList<>());
                expected.put(second, new ArrayList<>());
                Burst burst = Burst.open();
                writeRandomRuns(random, sender, List.of(first, second), expected);
                burst.close();
                for (Map.Entry<DatagramEndpoint, List<byte[]>> entry : expected.entrySet()) {
                    List<Received> got =
                            Received.take(entry.getKey(), entry.getValue().size());
                    String where = "seed=" + seed + " round=" + round;
                    assertEquals(entry.getValue().size(), got.size(), where);
                    for (int i = 0; i < got.size(); i++) {
                        assertArrayEquals(entry.getValue().get(i), got.get(i).payload(), where + " i=" + i);
                    }
                }
            }
            if (left.equals("linux")) {
                assertTrue(sender.counter(DatagramCounter.SEGMENTS) > 1000, sender.describe());
                assertEquals(0, sender.counter(DatagramCounter.SEGMENTATION_FALLBACKS));
            }
            if (left.equals("linux") && right.equals("linux")) {
                assertTrue(first.counter(DatagramCounter.COALESCED) > 500, first.describe());
            }
        }
    }

    /** Runs of equal datagrams with equal, shorter, empty and longer tails, to one of several receivers each. */
    private static void writeRandomRuns(
            Random random,
            DatagramEndpoint sender,
            List<DatagramEndpoint> receivers,
            Map<DatagramEndpoint, List<byte[]>> expected) {
        int runs = 1 + random.nextInt(4);
        for (int run = 0; run < runs; run++) {
            DatagramEndpoint receiver = receivers.get(random.nextInt(receivers.size()));
            int size = random.nextInt(4) == 0 ? random.nextInt(9000) : random.nextInt(1500);
            int count = 1 + random.nextInt(80);
            for (int i = 0; i <= count; i++) {
                int length = i < count ? size : random.nextInt(size + 2);
                byte[] payload = Ends.payload(length, random.nextLong());
                assertTrue(Ends.write(sender, Ends.to(receiver, Ends.V4), payload));
                expected.computeIfAbsent(receiver, key -> new ArrayList<>()).add(payload);
            }
        }
    }

    @Test
    void shouldSendARunWithOneCallAndTakeItJoined() throws IOException {
        try (DatagramEndpoint a = Ends.open("linux", Ends.V4);
                DatagramEndpoint b = Ends.open("linux", Ends.V4)) {
            Burst burst = Burst.open();
            for (int i = 0; i < 20; i++) {
                Ends.write(a, Ends.to(b, Ends.V4), Ends.payload(i == 19 ? 100 : 1400, i));
            }
            assertEquals(0, a.counter(DatagramCounter.SEND_CALLS));
            burst.close();

            assertEquals(20, Received.take(b, 20).size());
            assertEquals(1, a.counter(DatagramCounter.SEND_CALLS));
            assertEquals(1, a.counter(DatagramCounter.SEGMENTED_SENDS));
            assertEquals(20, a.counter(DatagramCounter.SEGMENTS));
            assertEquals(1, b.counter(DatagramCounter.RECEIVE_CALLS));
            assertEquals(20, b.counter(DatagramCounter.COALESCED));
        }
    }

    @Test
    void shouldNotSegmentWhatIsSwitchedOff() throws IOException {
        try (DatagramEndpoint a = Ends.open("linux", Ends.V4);
                DatagramEndpoint b = Ends.open("linux", Ends.V4)) {
            assertTrue(a.features().contains(DatagramFeature.SEGMENTATION), a.describe());
            assertFalse(a.setSegmentation(false));
            assertTrue(a.describe().contains("segmentation off (switched off)"), a.describe());
            run(a, b, 20);
            assertEquals(0, a.counter(DatagramCounter.SEGMENTS));
            assertEquals(1, a.counter(DatagramCounter.SEND_CALLS));

            assertTrue(a.setSegmentation(true));
            run(a, b, 20);
            assertEquals(20, a.counter(DatagramCounter.SEGMENTS));
        }
    }

    @Test
    void shouldNeverUseOffloadsThatTheConfigurationForbids() throws IOException {
        DatagramConfig config = DatagramConfig.builder()
                .address(Ends.V4)
                .offload(OffloadMode.OFF)
                .build();
        try (DatagramEndpoint a = Ends.provider("linux").open(config);
                DatagramEndpoint b = Ends.provider("linux").open(config)) {
            assertFalse(a.setSegmentation(true));
            run(a, b, 20);
            assertEquals(0, a.counter(DatagramCounter.SEGMENTS) + b.counter(DatagramCounter.COALESCED));
            assertFalse(b.features().contains(DatagramFeature.COALESCING));
        }
    }

    private static void run(DatagramEndpoint from, DatagramEndpoint to, int count) throws IOException {
        Burst burst = Burst.open();
        for (int i = 0; i < count; i++) {
            Ends.write(from, Ends.to(to, Ends.V4), Ends.payload(500, i));
        }
        burst.close();
        List<Received> got = Received.take(to, count);
        for (int i = 0; i < count; i++) {
            assertArrayEquals(Ends.payload(500, i), got.get(i).payload());
        }
    }

    @ParameterizedTest
    @CsvSource({"linux, AUTO", "linux, OFF", "portable, OFF"})
    void shouldSurviveDatagramsThatAreTooLong(String provider, OffloadMode mode) throws IOException {
        DatagramConfig config = DatagramConfig.builder()
                .address(Ends.V4)
                .offload(mode)
                .largestDatagram(1500)
                .build();
        try (DatagramEndpoint sender = Ends.open("linux", Ends.V4);
                DatagramEndpoint receiver = Ends.provider(provider).open(config)) {
            FixedPath to = Ends.to(receiver, Ends.V4);
            Burst burst = Burst.open();
            for (int i = 0; i < 10; i++) {
                Ends.write(sender, to, Ends.payload(1500, i));
            }
            Ends.write(sender, to, Ends.payload(65_507, 99));
            Ends.write(sender, to, Ends.payload(1501, 98));
            for (int i = 10; i < 30; i++) {
                Ends.write(sender, to, Ends.payload(i == 20 ? 1501 : 1500, i));
            }
            burst.close();

            List<Received> got = Received.take(receiver, 29);

            assertEquals(29, got.size());
            for (int i = 0; i < 29; i++) {
                assertArrayEquals(
                        Ends.payload(1500, i < 20 ? i : i + 1), got.get(i).payload(), "i=" + i);
            }
            assertEquals(3, receiver.stats().dropped(DropReason.TRUNCATED));
        }
    }

    @Test
    void shouldRefuseWhatCannotBeSent() throws IOException {
        try (DatagramEndpoint endpoint = Ends.open("linux", Ends.V4)) {
            byte[] tooLong = new byte[65_508];
            assertFalse(Ends.send(endpoint, Ends.to(endpoint, Ends.V4), tooLong));
            assertFalse(Ends.send(endpoint, FixedPath.to(Ends.V6, 9), new byte[1]));
            assertFalse(Ends.send(endpoint, new PortZero(), new byte[1]));
            assertEquals(1, endpoint.stats().dropped(DropReason.TOO_BIG));
            assertEquals(1, endpoint.stats().dropped(DropReason.NO_ROUTE));
            assertEquals(1, endpoint.stats().dropped(DropReason.UNREACHABLE));
            assertEquals(0, endpoint.counter(DatagramCounter.SEND_CALLS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "portable"})
    void shouldServeBothFamiliesOnOnePort(String provider) throws IOException {
        try (DatagramEndpoint both =
                        Ends.provider(provider).open(DatagramConfig.builder().build());
                DatagramEndpoint v4 = Ends.open("portable", Ends.V4);
                DatagramEndpoint v6 = Ends.open("portable", Ends.V6)) {
            assertEquals(IpAddress.unspecified(IpFamily.IPV4), both.localAddress(IpFamily.IPV4));
            assertEquals(IpAddress.unspecified(IpFamily.IPV6), both.localAddress(IpFamily.IPV6));
            for (int i = 0; i < 40; i++) {
                boolean fourth = i % 3 == 0;
                DatagramEndpoint from = fourth ? v4 : v6;
                IpAddress loopback = fourth ? Ends.V4 : Ends.V6;
                assertTrue(Ends.send(from, Ends.to(both, loopback), Ends.payload(i, i)));
                Received got = Received.take(both, 1).get(0);
                assertEquals(loopback, got.path().remoteAddress());
                assertTrue(Ends.send(both, got.path(), got.payload()));
                assertArrayEquals(
                        Ends.payload(i, i), Received.take(from, 1).get(0).payload());
            }
        }
    }

    /** A busy family must not keep the other from being heard. */
    @Test
    void shouldHearTheQuietFamilyToo() throws IOException {
        try (DatagramEndpoint both =
                        Ends.provider("linux").open(DatagramConfig.builder().build());
                DatagramEndpoint v4 = Ends.open("linux", Ends.V4);
                DatagramEndpoint v6 = Ends.open("linux", Ends.V6)) {
            Ends.send(v4, Ends.to(both, Ends.V4), new byte[1]);
            Received.take(both, 1);
            Ends.send(v6, Ends.to(both, Ends.V6), new byte[6]);
            int[] heard = new int[2]; // of the busy family, and of the quiet one
            // Not at once, since a kernel that is busy delivers a moment after the send.
            while (heard[1] == 0 && heard[0] < 10_000) {
                Ends.send(v4, Ends.to(both, Ends.V4), new byte[4]);
                both.poll(datagram -> heard[datagram.length() == 6 ? 1 : 0]++);
            }
            assertEquals(1, heard[1], "beside " + heard[0] + " of the busy one");
        }
    }

    @Test
    void shouldCarryTheTrafficClassInRunsToo() throws IOException {
        for (IpAddress loopback : List.of(Ends.V4, Ends.V6)) {
            try (DatagramEndpoint a = Ends.open("linux", loopback);
                    DatagramEndpoint b = Ends.open("linux", loopback)) {
                Burst burst = Burst.open();
                for (int i = 0; i < 20; i++) {
                    a.send(ByteBuffer.allocate(100), 0, 100, Ends.to(b, loopback), i < 10 ? 0x89 : 2);
                }
                burst.close();
                List<Integer> classes = new ArrayList<>();
                while (classes.size() < 20) {
                    b.receive(datagram -> classes.add((datagram.trafficClass() << 4) | datagram.ecn()));
                }
                for (int i = 0; i < 20; i++) {
                    assertEquals(i < 10 ? 0x891 : 0x22, classes.get(i));
                }
                assertEquals(20, a.counter(DatagramCounter.SEGMENTS));
            }
        }
    }

    @Test
    void shouldLetAHandlerWriteIntoEachPieceOfARun() throws IOException {
        try (DatagramEndpoint a = Ends.open("linux", Ends.V4);
                DatagramEndpoint b = Ends.open("linux", Ends.V4)) {
            Burst burst = Burst.open();
            for (int i = 0; i < 20; i++) {
                Ends.write(a, Ends.to(b, Ends.V4), Ends.payload(300, i));
            }
            burst.close();
            List<byte[]> got = new ArrayList<>();
            while (got.size() < 20) {
                b.receive(datagram -> {
                    got.add(datagram.toBytes());
                    for (int i = 0; i < datagram.length(); i++) {
                        datagram.buffer().put(datagram.offset() + i, (byte) 0);
                    }
                });
            }
            for (int i = 0; i < 20; i++) {
                assertArrayEquals(Ends.payload(300, i), got.get(i));
            }
        }
    }

    /** What a peer with source port 0 would be answered to. */
    private static final class PortZero implements io.pktkit.datagram.DatagramPath {
        @Override
        public boolean isIpv4() {
            return true;
        }

        @Override
        public long remoteHigh() {
            return 0;
        }

        @Override
        public long remoteLow() {
            return 0x7f000001;
        }

        @Override
        public int remoteScope() {
            return 0;
        }

        @Override
        public int remotePort() {
            return 0;
        }

        @Override
        public long localHigh() {
            return 0;
        }

        @Override
        public long localLow() {
            return 0;
        }
    }
}
