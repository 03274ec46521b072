// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.GatheredWrite;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.VirtioNetHeader;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of super-segments when the kernel does what it hardly ever does; the kernel is played here. */
@EnabledOnOs(OS.LINUX)
class OffloadFaultTest {

    private static final KernelVersion GOOD = KernelVersion.parse("6.18.0");
    private static final int SHORT = -1;

    private final DeviceStats stats = new DeviceStats();
    private final Kernel kernel = new Kernel();
    private final byte[] payload = new byte[10_000];
    private NativeFd fd;

    /** Notes what is written; refuses by kind. */
    private static final class Kernel extends InterfaceCalls {
        private final List<byte[]> written = new ArrayList<>();
        private final List<Integer> features = new ArrayList<>();

        /** Answers to super-segments, by {@code gso_type}; 0 to take them. */
        private final int[] answers = new int[8];

        private int answerToPending;
        private int unknownFeatures;
        private boolean down;
        private int tries;
        private int maxTail = -1;

        @Override
        int write(NativeFd fd, ByteBuffer source, int offset, int length) {
            byte[] bytes = new byte[length];
            source.get(offset, bytes);
            return take(bytes);
        }

        @Override
        int writeGathered(NativeFd fd, ByteBuffer head, int headLength, ByteBuffer rest, int offset, int length) {
            byte[] bytes = new byte[headLength + length];
            head.get(GatheredWrite.ROOM, bytes, 0, headLength);
            rest.get(offset, bytes, headLength, length);
            return take(bytes);
        }

        @Override
        int setOffload(NativeFd fd, int wanted) {
            features.add(wanted);
            return (wanted & unknownFeatures) == 0 ? 0 : -Errno.EINVAL;
        }

        private int take(byte[] bytes) {
            int type = bytes[1] & 0x7f;
            int answer = type != 0 ? answers[type] : bytes[0] != 0 ? answerToPending : 0;
            if (type != 0) {
                tries++;
                Packet packet = new Packet().wrap(ByteBuffer.wrap(bytes), 10, bytes.length - 10);
                new VirtioNetHeader().read(packet.buffer(), 0).applyTo(packet, true);
                int tail = packet.transportLength() % packet.segmentSize();
                if (maxTail >= 0 && tail > maxTail) {
                    answer = -Errno.EINVAL;
                }
            }
            if (answer == SHORT) {
                return bytes.length - 1;
            }
            if (answer != 0) {
                return answer;
            }
            if (down) {
                return -Errno.EIO;
            }
            written.add(bytes);
            return bytes.length;
        }
    }

    @BeforeEach
    void open() throws IOException {
        fd = NativeFd.open("/dev/null", NativeFd.O_RDWR);
        new Random(1).nextBytes(payload);
    }

    @AfterEach
    void close() {
        fd.close();
    }

    private InterfaceOffloads choose(OffloadMode mode, KernelVersion version) {
        kernel.down = true;
        InterfaceOffloads offloads = InterfaceOffloads.choose(mode, version, kernel, fd, false, false);
        kernel.down = false;
        kernel.tries = 0;
        return offloads;
    }

    private InterfaceWriter<Packet> writer(InterfaceOffloads offloads) {
        DriverHeader header = offloads.haveHeader() ? new VirtioHeader() : new NoHeader();
        return new InterfaceWriter<>(fd, kernel, header, offloads, stats, 65_535);
    }

    private Packet tcp() {
        return new Packet()
                .wrap(PacketBuilder.tcp(
                        IpAddress.parse("10.0.0.1"),
                        1,
                        IpAddress.parse("10.0.0.2"),
                        2,
                        7,
                        1,
                        TcpSegment.ACK | TcpSegment.PSH,
                        1000,
                        ByteBuffer.wrap(payload)))
                .segmentSize(1448)
                .checksumPending(true);
    }

    private Packet udp() {
        return new Packet()
                .wrap(PacketBuilder.udp(
                        IpAddress.parse("10.0.0.1"), 1, IpAddress.parse("10.0.0.2"), 2, ByteBuffer.wrap(payload)))
                .segmentSize(1448)
                .checksumPending(true);
    }

    private boolean send(InterfaceWriter<Packet> writer, Packet packet) {
        return writer.write(packet, packet.totalLength());
    }

    /** What was written are the segments that a wire would have carried, and together all bytes in order. */
    private void assertCut() {
        assertEquals(7, kernel.written.size());
        int at = 0;
        for (byte[] message : kernel.written) {
            Packet packet = new Packet().wrap(ByteBuffer.wrap(message), 10, message.length - 10);
            assertEquals(0, message[0] | message[1], "nothing is left to the kernel");
            assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
            int header = packet.tcp() != null ? 40 : 28;
            for (int i = header; i < packet.totalLength(); i++) {
                assertEquals(payload[at++], packet.buffer().get(packet.offset() + i));
            }
        }
        assertEquals(payload.length, at);
        assertEquals(1, stats.snapshot().cutSuperSegments());
        assertEquals(0, stats.snapshot().sentSuperSegments());
        assertEquals(0, stats.snapshot().errors());
    }

    @Test
    void shouldGiveASuperSegmentWhole() {
        InterfaceOffloads offloads = choose(OffloadMode.AUTO, GOOD);
        assertEquals("super-segments in TCP and UDP, out TCP and UDP", offloads.describe());
        assertEquals(Set.of(Offload.values()), offloads.taken());

        assertTrue(send(writer(offloads), tcp()));
        assertTrue(send(writer(offloads), udp()));

        assertEquals(2, kernel.written.size());
        assertEquals(10 + 40 + 10_000, kernel.written.get(0).length);
        assertEquals(2, stats.snapshot().sentSuperSegments());
        assertEquals(0, stats.snapshot().cutSuperSegments());
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EINVAL, Errno.ENOBUFS, Errno.ENOMEM})
    void shouldCutWhatTheKernelRefuses(int errno) {
        InterfaceWriter<Packet> writer = writer(choose(OffloadMode.AUTO, GOOD));
        kernel.answers[1] = -errno;

        assertTrue(send(writer, tcp()));

        assertCut();
        assertEquals(0, stats.snapshot().sendDropped());
    }

    @Test
    void shouldSumWhatTheKernelWillNot() {
        InterfaceWriter<Packet> writer = writer(choose(OffloadMode.AUTO, GOOD));
        kernel.answerToPending = -Errno.EINVAL;
        Packet packet = udp().segmentSize(0);

        assertTrue(send(writer, packet));

        Packet written = new Packet().wrap(ByteBuffer.wrap(kernel.written.get(0)), 10, packet.totalLength());
        assertEquals(ChecksumStatus.VALID, written.verifyTransportChecksum());
    }

    /** A rest is never written, and an interface that is down takes no pieces either. */
    @Test
    void shouldNotCutForWhatIsNoRefusal() {
        InterfaceWriter<Packet> writer = writer(choose(OffloadMode.AUTO, GOOD));
        for (int answer : new int[] {-Errno.EIO, -Errno.EAGAIN, -Errno.EBADF, SHORT}) {
            kernel.answers[1] = answer;
            assertFalse(send(writer, tcp()));
        }
        assertEquals(0, kernel.written.size());
        assertEquals(2, stats.dropped(DropReason.IO_ERROR));
        assertEquals(1, stats.dropped(DropReason.QUEUE_FULL));
        assertEquals(1, stats.dropped(DropReason.CLOSED));
        assertEquals(0, stats.snapshot().cutSuperSegments());
    }

    @Test
    void shouldStopTryingAfterRefusalsInARowAndTryAgainWhenTold() {
        InterfaceOffloads offloads = choose(OffloadMode.AUTO, GOOD);
        InterfaceWriter<Packet> writer = writer(offloads);
        for (int round = 0; round < 3; round++) { // not in a row
            kernel.answers[1] = -Errno.EINVAL;
            for (int i = 0; i < 7; i++) {
                assertTrue(send(writer, tcp()));
            }
            kernel.answers[1] = 0;
            assertTrue(send(writer, tcp()));
        }
        assertEquals(24, kernel.tries);

        kernel.answers[1] = -Errno.EINVAL;
        for (int i = 0; i < 20; i++) {
            assertTrue(send(writer, tcp()));
        }
        assertEquals(24 + 8, kernel.tries);
        assertEquals("super-segments in TCP and UDP, out none (8 in a row were refused: EINVAL)", offloads.describe());

        kernel.answers[1] = 0;
        assertTrue(offloads.setSegmentation(true, kernel, fd));
        assertTrue(send(writer, tcp()));
        assertEquals(4, stats.snapshot().sentSuperSegments());
    }

    /** As Linux 6.6.44 did, for whatever is cut. */
    @Test
    void shouldFindOutAtTheOpeningThatShortTailsAreRefused() {
        kernel.maxTail = 30;
        for (int i = 1; i < 8; i++) {
            kernel.answers[i] = 0;
        }
        kernel.answers[4] = -Errno.EINVAL;
        InterfaceOffloads offloads = choose(OffloadMode.ON, GOOD);

        assertTrue(offloads.describe().startsWith("super-segments in TCP and UDP, out "), offloads.describe());
        assertTrue(offloads.describe().contains("TCP over IPv6 with a tail of 512 bytes is refused: EINVAL"));
        kernel.maxTail = -1;
        assertTrue(send(writer(offloads), tcp()));
        assertCut();
        assertEquals(0, kernel.tries, "it is not tried again and again");
    }

    @Test
    void shouldNotLetADamagingKernelCutUdpUnlessToldTo() {
        for (String version : new String[] {"7.0.0-rc1", "7.1.4"}) {
            InterfaceOffloads offloads = choose(OffloadMode.AUTO, KernelVersion.parse(version));
            assertTrue(offloads.describe().contains("out TCP (Linux 7."), offloads.describe());
            assertFalse(offloads.takes(udp()));
            assertTrue(offloads.takes(tcp()));
        }
        assertTrue(send(writer(choose(OffloadMode.AUTO, KernelVersion.parse("7.0.0"))), udp()));
        assertCut();
        assertTrue(choose(OffloadMode.ON, KernelVersion.parse("7.0.0")).takes(udp()));
        assertTrue(choose(OffloadMode.AUTO, KernelVersion.parse("7.1.5")).takes(udp()));
    }

    @Test
    void shouldAskAnOlderKernelForLess() {
        kernel.unknownFeatures = InterfaceOffloads.UDP;
        assertTrue(choose(OffloadMode.AUTO, GOOD).describe().contains("in TCP, out"));

        kernel.unknownFeatures = InterfaceOffloads.UDP | InterfaceOffloads.TCP;
        assertTrue(choose(OffloadMode.AUTO, GOOD).describe().contains("in none, out"));
    }

    @Test
    void shouldSwitchBothWaysOffAtRunTime() {
        InterfaceOffloads offloads = choose(OffloadMode.AUTO, GOOD);

        assertFalse(offloads.setSegmentation(false, kernel, fd));
        assertEquals("super-segments in none, out none (switched off)", offloads.describe());
        assertEquals(InterfaceOffloads.CHECKSUM, kernel.features.get(kernel.features.size() - 1));
        assertTrue(send(writer(offloads), tcp()));
        assertCut();
    }

    @Test
    void shouldFinishForAnInterfaceWithoutAHeader() {
        InterfaceOffloads none = InterfaceOffloads.none("switched off by the configuration");
        assertEquals(Set.of(), none.taken());
        assertEquals("offload off (switched off by the configuration)", none.describe());
        assertFalse(none.setSegmentation(true, kernel, fd));

        assertTrue(send(writer(none), tcp()));

        assertEquals(7, kernel.written.size());
        assertEquals(0x45, kernel.written.get(0)[0]);
        assertEquals(1, stats.snapshot().cutSuperSegments());
    }
}
