// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramFeature;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.nativeio.MessageVector;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.Poller;
import io.pktkit.nativeio.UdpSocket;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** System calls that fail, with a kernel behind them that does the rest. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultTest {

    private final FailingCalls calls = new FailingCalls();
    private DatagramEndpoint sender;
    private DatagramEndpoint receiver;

    /** Fails sends whose first message has a segment size that the predicate matches, or that come next in line. */
    private static final class FailingCalls extends UdpCalls {

        private final Deque<Integer> nextSends = new ArrayDeque<>();
        private IntPredicate failing = segmentSize -> false;
        private int errno;
        private int most = Integer.MAX_VALUE;
        private int receiveErrno;

        @Override
        int send(UdpSocket socket, MessageVector messages, int first, int count) {
            Integer next = nextSends.poll();
            if (next != null && next != 0) {
                return -next;
            }
            if (failing.test(messages.segmentSize(first))) {
                return -errno;
            }
            int whole = 1;
            while (whole < count && whole < most && !failing.test(messages.segmentSize(first + whole))) {
                whole++;
            }
            return super.send(socket, messages, first, whole);
        }

        @Override
        int receive(UdpSocket socket, MessageVector messages, int count) {
            return receiveErrno != 0 ? -receiveErrno : super.receive(socket, messages, count);
        }

        void failRuns(int number) {
            failing = segmentSize -> segmentSize != 0;
            errno = number;
        }
    }

    @BeforeEach
    void open() throws IOException {
        sender = Ends.linux(calls);
        receiver = Ends.open("linux", Ends.V4);
    }

    @AfterEach
    void close() {
        sender.close();
        receiver.close();
    }

    /** Sends ten datagrams as one batch. */
    private void sendTen() {
        Burst burst = Burst.open();
        for (int i = 0; i < 10; i++) {
            Ends.write(sender, Ends.to(receiver, Ends.V4), Ends.payload(i == 9 ? 7 : 400, i));
        }
        burst.close();
    }

    private void assertTenCome() throws IOException {
        List<Received> got = Received.take(receiver, 10);
        for (int i = 0; i < 10; i++) {
            assertArrayEquals(Ends.payload(i == 9 ? 7 : 400, i), got.get(i).payload(), "i=" + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"EIO, 5", "EINVAL, 22", "EMSGSIZE, 90", "EOPNOTSUPP, 95"})
    void shouldSendInPiecesWhatIsNotCut(String name, int errno) throws IOException {
        calls.failRuns(errno);

        sendTen();

        assertTenCome();
        assertEquals(1, sender.counter(DatagramCounter.SEGMENTATION_FALLBACKS), name);
        assertEquals(0, sender.counter(DatagramCounter.SEGMENTS));
        assertEquals(10, sender.stats().snapshot().sentPackets());
        assertEquals(0, sender.stats().snapshot().sendDropped());
        assertTrue(sender.features().contains(DatagramFeature.SEGMENTATION), "one refusal is not enough");
    }

    @Test
    void shouldGiveUpSegmentationAfterManyRefusalsInARow() throws IOException {
        calls.failRuns(Errno.EIO);
        for (int i = 0; i < 12; i++) {
            sendTen();
            assertTenCome();
        }

        assertEquals(8, sender.counter(DatagramCounter.SEGMENTATION_FALLBACKS));
        assertFalse(sender.features().contains(DatagramFeature.SEGMENTATION));
        assertTrue(
                sender.describe().contains("segmentation off (8 runs in a row were refused: EIO)"), sender.describe());

        calls.failing = size -> false;
        assertTrue(sender.setSegmentation(true), "the user may know better");
        sendTen();
        assertTenCome();
        assertEquals(10, sender.counter(DatagramCounter.SEGMENTS));
    }

    @Test
    void shouldKeepSegmentationWhileOthersSucceed() throws IOException {
        for (int i = 0; i < 40; i++) {
            calls.failRuns(Errno.EIO);
            if (i % 7 == 0) {
                calls.failing = size -> false;
            }
            sendTen();
            assertTenCome();
        }
        assertTrue(sender.features().contains(DatagramFeature.SEGMENTATION));
    }

    /** One peer behind a narrow path must not switch it off for all, as it can make this happen at will. */
    @Test
    void shouldKeepSegmentationWhenPathsAreNarrow() throws IOException {
        calls.failRuns(Errno.EMSGSIZE);
        for (int i = 0; i < 40; i++) {
            sendTen();
            assertTenCome();
        }
        assertEquals(40, sender.counter(DatagramCounter.SEGMENTATION_FALLBACKS));
        assertTrue(sender.features().contains(DatagramFeature.SEGMENTATION));
    }

    @Test
    void shouldGoOnWhereTheKernelStopped() throws IOException {
        sender.setSegmentation(false);
        for (int most = 1; most < 5; most++) {
            calls.most = most;
            sendTen();
            assertTenCome();
        }
        assertEquals(0, sender.stats().snapshot().sendDropped());
    }

    @Test
    void shouldTryAgainAfterTheErrorOfAnEarlierDatagram() throws IOException {
        calls.nextSends.add(Errno.ECONNREFUSED);

        sendTen();

        assertTenCome();
        assertEquals(1, sender.counter(DatagramCounter.ERROR_RETRIES));
        assertEquals(0, sender.stats().snapshot().sendDropped());
    }

    @Test
    void shouldTryAgainOnce() {
        calls.failing = size -> true;
        calls.errno = Errno.ECONNREFUSED;
        assertFalse(Ends.send(sender, Ends.to(receiver, Ends.V4), new byte[3]));
        assertEquals(1, sender.counter(DatagramCounter.ERROR_RETRIES));
        assertEquals(1, sender.stats().dropped(DropReason.UNREACHABLE));
    }

    @ParameterizedTest
    @CsvSource({
        "105, NO_BUFFER",
        "12, NO_BUFFER",
        "113, UNREACHABLE",
        "101, UNREACHABLE",
        "100, UNREACHABLE",
        "1, FILTERED",
        "90, TOO_BIG",
        "71, IO_ERROR"
    })
    void shouldDropOneDatagramAndSendTheOthers(int errno, DropReason reason) throws IOException {
        sender.setSegmentation(false);
        calls.most = 1;
        calls.nextSends.addAll(List.of(0, 0, errno));

        sendTen();

        List<Received> got = Received.take(receiver, 9);
        assertArrayEquals(Ends.payload(400, 1), got.get(1).payload());
        assertArrayEquals(Ends.payload(400, 3), got.get(2).payload());
        assertEquals(1, sender.stats().dropped(reason));
        assertEquals(1, sender.stats().snapshot().sendDropped());
    }

    /** A full socket buffer is not waited for: the rest of the batch is lost, at the cost of one call. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDropTheRestWhenTheSocketIsFull(boolean segmenting) throws IOException {
        sender.setSegmentation(segmenting);
        calls.failing = size -> true;
        calls.errno = Errno.EAGAIN;

        sendTen();

        assertEquals(1, sender.counter(DatagramCounter.SEND_CALLS));
        assertEquals(10, sender.stats().dropped(DropReason.QUEUE_FULL));
        calls.failing = size -> false;
        sendTen();
        assertTenCome();
    }

    @Test
    void shouldOutliveReceiveErrors() throws IOException {
        calls.receiveErrno = Errno.EHOSTUNREACH;
        for (int i = 0; i < 20; i++) {
            assertEquals(0, sender.poll(datagram -> {}));
        }
        calls.receiveErrno = 0;
        Ends.send(receiver, Ends.to(sender, Ends.V4), new byte[3]);
        assertEquals(1, Received.take(sender, 1).size());
        assertEquals(20, sender.counter(DatagramCounter.RECEIVE_ERRORS));
    }

    @Test
    void shouldTellWhenTheSocketIsBroken() {
        calls.receiveErrno = Errno.EIO;
        NativeIoException failure = assertThrows(NativeIoException.class, () -> {
            for (int i = 0; i < 1000; i++) {
                sender.poll(datagram -> {});
            }
        });
        assertEquals(Errno.EIO, failure.errno());
        assertTrue(failure.toString().contains("open another"), failure.getMessage());
    }

    @Test
    void shouldNotTrustAKernelThatRefusesTheTest() throws IOException {
        calls.failRuns(Errno.EIO);
        try (DatagramEndpoint untrusting = Ends.linux(calls)) {
            assertFalse(untrusting.features().contains(DatagramFeature.SEGMENTATION));
            assertFalse(untrusting.setSegmentation(true));
            assertTrue(
                    untrusting.describe().contains("segmentation off (a run is refused: EIO)"), untrusting.describe());
        }
    }

    /** Damage that no error tells of: pieces arrive twice. */
    @Test
    void shouldNotTrustAKernelThatRepeatsPieces() throws IOException {
        UdpCalls repeating = new UdpCalls() {
            @Override
            int send(UdpSocket socket, MessageVector messages, int first, int count) {
                super.send(socket, messages, first, count);
                return super.send(socket, messages, first, count);
            }
        };
        try (DatagramEndpoint untrusting = Ends.linux(repeating)) {
            assertFalse(untrusting.features().contains(DatagramFeature.SEGMENTATION), untrusting.describe());
        }
    }

    /** Damage that no error tells of: nothing arrives. */
    @Test
    void shouldNotTrustAKernelThatLosesRuns() throws IOException {
        UdpCalls losing = new UdpCalls() {
            @Override
            int send(UdpSocket socket, MessageVector messages, int first, int count) {
                return messages.segmentSize(first) != 0 ? count : super.send(socket, messages, first, count);
            }

            @Override
            int await(Poller poller, int millis) throws NativeIoException {
                return super.await(poller, 0); // all of the time has passed
            }
        };
        try (DatagramEndpoint untrusting = Ends.linux(losing)) {
            assertTrue(untrusting.describe().contains("0 of 2700 bytes arrived"), untrusting.describe());
        }
    }

    /** The kernel's own thread may wait for a processor that long. */
    @Test
    void shouldTrustAKernelThatDeliversLate() throws IOException {
        UdpCalls late = new UdpCalls() {
            @Override
            int await(Poller poller, int millis) throws NativeIoException {
                return millis < 5000 ? 0 : super.await(poller, millis);
            }
        };
        try (DatagramEndpoint patient = Ends.linux(late)) {
            assertTrue(patient.features().contains(DatagramFeature.SEGMENTATION), patient.describe());
        }
    }

    @Test
    void shouldNotSegmentUnaskedOnAKernelThatIsKnownToBeBroken() throws IOException {
        KernelVersion broken = KernelVersion.parse("7.1.4-generic");
        LinuxDatagramProvider provider = new LinuxDatagramProvider(new UdpCalls(), broken);
        DatagramConfig.Builder config = DatagramConfig.builder().address(Ends.V4);
        try (DatagramEndpoint unasked = provider.open(config.build());
                DatagramEndpoint asked =
                        provider.open(config.offload(OffloadMode.ON).build())) {
            assertTrue(unasked.describe().contains("segmentation off (Linux 7.1.4 damages runs)"), unasked.describe());
            assertTrue(unasked.features().contains(DatagramFeature.COALESCING), unasked.describe());
            assertTrue(asked.features().contains(DatagramFeature.SEGMENTATION), asked.describe());
            assertTrue(unasked.setSegmentation(true), "a user may ask for it at run time too");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "6.18.44-fc-v595, false", "7.0.0-rc1, true", "7.0.0, true", "7.0-rc3+, true", "7.1.4, true", "7.1.5, false",
        "7.2.0-rc1, false", "6.99.99, false", "8.0.0, false", "nonsense, false", "'', false", "7, true"
    })
    void shouldKnowTheKernelsThatDamageRuns(String release, boolean damaging) {
        assertEquals(damaging, KernelVersion.parse(release).damagesSegments());
    }

    @ParameterizedTest
    @CsvSource({"5.11.22, false", "5.12.0-rc1, true", "5.12, true", "4.19.0, false", "6.1.0-30-amd64, true"})
    void shouldKnowTheKernelsThatJoinWell(String release, boolean joining) {
        assertEquals(joining, KernelVersion.parse(release).coalesces());
    }
}
