// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.RecordingEndpoint.Sent;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramBatchTest {

    private static final FixedPath A = FixedPath.to(IpAddress.parse("10.0.0.1"), 1000);
    private static final FixedPath B = FixedPath.to(IpAddress.parse("10.0.0.1"), 1001);

    private final RecordingEndpoint endpoint = new RecordingEndpoint(3);

    private static byte[] payload(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private boolean write(DatagramPath to, byte[] payload) {
        DatagramBatch batch = Objects.requireNonNull(endpoint.batch());
        int at = batch.reserve(payload.length, to, 0);
        batch.buffer().put(at, payload);
        return batch.commit(payload.length);
    }

    @Test
    void shouldSendAtOnceOutsideABurstAndTogetherInside() {
        assertTrue(write(A, payload(10, 1)));
        assertEquals(1, endpoint.calls.size());

        Burst outer = Burst.open();
        Burst inner = Burst.open();
        write(A, payload(10, 2));
        assertTrue(endpoint.send(ByteBuffer.wrap(payload(11, 3)), 0, 11, B));
        inner.close();
        assertEquals(1, endpoint.calls.size());
        outer.close();

        assertEquals(2, endpoint.calls.size());
        List<Sent> together = endpoint.calls.get(1);
        assertEquals(2, together.size());
        assertArrayEquals(payload(10, 2), together.get(0).payload());
        assertArrayEquals(payload(11, 3), together.get(1).payload());
        assertEquals(B, together.get(1).path());
    }

    @Test
    void shouldSendWhatIsFullBeforeTheEnd() {
        List<byte[]> all = new ArrayList<>();
        Random random = new Random(5);
        Burst burst = Burst.open();
        for (int i = 0; i < 2000; i++) {
            byte[] payload = payload(random.nextInt(i % 50 == 0 ? 65_508 : 3000), i);
            all.add(payload);
            assertTrue(write(A, payload));
        }
        burst.close();

        List<Sent> sent = endpoint.calls.stream().flatMap(List::stream).toList();
        assertEquals(all.size(), sent.size());
        for (int i = 0; i < all.size(); i++) {
            assertArrayEquals(all.get(i), sent.get(i).payload(), "i=" + i);
        }
        for (List<Sent> call : endpoint.calls) {
            assertTrue(call.size() <= DatagramBatch.MAX_DATAGRAMS);
            assertTrue(call.stream().mapToInt(one -> one.payload().length).sum() <= DatagramBatch.CAPACITY);
        }
        assertTrue(endpoint.calls.size() < 60, "calls=" + endpoint.calls.size());
    }

    @Test
    void shouldForgetAReservationThatWasNotCommitted() {
        DatagramBatch batch = Objects.requireNonNull(endpoint.batch());
        int first = batch.reserve(100, A, 0);
        int second = batch.reserve(50, B, 0);
        assertEquals(first, second);
        batch.buffer().put(second, payload(20, 1));
        assertTrue(batch.commit(20));

        assertEquals(1, endpoint.calls.size());
        assertEquals(B, endpoint.calls.get(0).get(0).path());
        assertThrows(IllegalArgumentException.class, () -> batch.commit(0));
    }

    @Test
    void shouldRefuseMoreThanWasReserved() {
        DatagramBatch batch = Objects.requireNonNull(endpoint.batch());
        batch.reserve(100, A, 0);
        assertThrows(IllegalArgumentException.class, () -> batch.commit(101));
        assertThrows(IllegalArgumentException.class, () -> batch.commit(-1));
        assertThrows(IllegalArgumentException.class, () -> batch.reserve(-1, A, 0));
        assertTrue(endpoint.calls.isEmpty());
    }

    @Test
    void shouldNotTakeAPathThatChangesAfterwards() {
        Datagram reused = new Datagram().remote(true, 0, 0x0a000001, 0, 7).local(0, 0x0a000009, 0);
        Burst burst = Burst.open();
        write(reused, payload(3, 3));
        reused.remote(true, 0, 0x0a000002, 0, 8);
        burst.close();
        FixedPath expected = FixedPath.to(IpAddress.parse("10.0.0.1"), 7).from(IpAddress.parse("10.0.0.9"));
        assertEquals(expected, endpoint.calls.get(0).get(0).path());
    }

    @Test
    void shouldCountWhatCannotBeSent() {
        DatagramBatch batch = Objects.requireNonNull(endpoint.batch());
        assertEquals(-1, batch.reserve(65_508, A, 0));
        assertEquals(-1, batch.reserve(1, FixedPath.to(IpAddress.parse("::1"), 1), 0));
        assertEquals(-1, batch.reserve(1, new Datagram().remote(true, 0, 1, 0, 0), 0));
        endpoint.close();
        assertEquals(-1, batch.reserve(1, A, 0));
        assertEquals(1, endpoint.stats().dropped(DropReason.TOO_BIG));
        assertEquals(1, endpoint.stats().dropped(DropReason.NO_ROUTE));
        assertEquals(1, endpoint.stats().dropped(DropReason.UNREACHABLE));
        assertEquals(1, endpoint.stats().dropped(DropReason.CLOSED));
    }

    @Test
    void shouldDropWhatWaitsWhenClosed() {
        Burst burst = Burst.open();
        write(A, payload(3, 3));
        write(A, payload(3, 3));
        endpoint.close();
        burst.close();
        assertTrue(endpoint.calls.isEmpty());
        assertEquals(2, endpoint.stats().dropped(DropReason.CLOSED));
    }

    @Test
    void shouldLendAThreadItsOwnBatchUntilItIsSent() throws Exception {
        Burst burst = Burst.open();
        DatagramBatch mine = Objects.requireNonNull(endpoint.batch());
        write(A, payload(1, 1));
        assertSame(mine, endpoint.batch());
        AtomicReference<@Nullable DatagramBatch> others = new AtomicReference<>();
        Thread other = new Thread(() -> {
            DatagramBatch batch = Objects.requireNonNull(endpoint.batch());
            batch.cancel();
            others.set(batch);
        });
        other.start();
        other.join();
        assertNotSame(mine, Objects.requireNonNull(others.get()));
        burst.close();
    }

    @Test
    void shouldNotGrowBeyondItsLimit() throws Exception {
        CompletableFuture<Void> release = new CompletableFuture<>();
        List<Thread> holders = new ArrayList<>();
        List<CompletableFuture<Boolean>> got = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Boolean> result = new CompletableFuture<>();
            got.add(result);
            Thread holder = new Thread(() -> {
                result.complete(endpoint.batch() != null);
                release.join();
            });
            holder.start();
            holders.add(holder);
        }
        for (CompletableFuture<Boolean> result : got) {
            assertTrue(result.get());
        }

        assertNull(endpoint.batch());
        assertFalse(endpoint.send(ByteBuffer.allocate(3), 0, 3, A));
        assertEquals(2, endpoint.stats().dropped(DropReason.NO_BUFFER));

        // A thread that ends without having sent does not keep its batch.
        release.complete(null);
        for (Thread holder : holders) {
            holder.join();
        }
        assertNotNull(endpoint.batch());
    }

    /** A burst remembers a batch that was sent early; by its end the batch may be filled by another thread. */
    @Test
    void shouldNotSendABatchThatIsAnotherThreadsByNow() throws Exception {
        RecordingEndpoint single = new RecordingEndpoint(1);
        Burst burst = Burst.open();
        DatagramBatch batch = Objects.requireNonNull(single.batch());
        batch.reserve(1, A, 0);
        batch.commit(1);
        batch.flush();
        CompletableFuture<Void> held = new CompletableFuture<>();
        CompletableFuture<Void> release = new CompletableFuture<>();
        Thread other = new Thread(() -> {
            Burst own = Burst.open();
            single.send(ByteBuffer.allocate(9), 0, 9, B);
            held.complete(null);
            release.join();
            own.close();
        });
        other.start();
        held.get();

        burst.close();

        assertEquals(1, single.calls.size());
        release.complete(null);
        other.join();
        assertEquals(2, single.calls.size());
    }

    /** Against the definition, read datagram by datagram. */
    @Property(tries = 300)
    void shouldFindRuns(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 64) int maxSegments, @ForAll boolean small) {
        Random random = new Random(seed);
        RecordingEndpoint recording = new RecordingEndpoint(1);
        int maxBytes = small ? 900 : DatagramConfig.MAX_PAYLOAD;
        recording.limitRuns(maxSegments, maxBytes);
        FixedPath[] paths = {A, B, A.from(IpAddress.parse("10.0.0.9"))};
        Burst burst = Burst.open();
        FixedPath path = A;
        int length = 100;
        for (int i = 0; i < DatagramBatch.MAX_DATAGRAMS; i++) {
            path = random.nextInt(10) == 0 ? paths[random.nextInt(paths.length)] : path;
            length = random.nextInt(6) == 0 ? random.nextInt(200) : length;
            int trafficClass = random.nextInt(20) == 0 ? 1 : 0;
            recording.send(ByteBuffer.allocate(length), 0, length, path, trafficClass);
        }
        burst.close();

        List<Sent> sent = recording.calls.get(0);
        for (int first = 0; first < sent.size(); first++) {
            assertEquals(
                    naiveRun(sent, first, maxSegments, maxBytes),
                    sent.get(first).run(),
                    "first=" + first);
        }
    }

    private static int naiveRun(List<Sent> sent, int first, int maxSegments, int maxBytes) {
        int longest = 1;
        for (int count = 2; first + count <= sent.size() && count <= maxSegments; count++) {
            if (isRun(sent.subList(first, first + count), maxBytes)) {
                longest = count;
            }
        }
        return longest;
    }

    /** Whether all but the last are equally long, the last is no longer and not empty, and all else is equal. */
    private static boolean isRun(List<Sent> run, int maxBytes) {
        int size = run.get(0).payload().length;
        int total = 0;
        for (int i = 0; i < run.size(); i++) {
            Sent one = run.get(i);
            int length = one.payload().length;
            total += length;
            boolean fits = i < run.size() - 1 ? length == size : length <= size && length > 0;
            if (!fits
                    || !one.path().equals(run.get(0).path())
                    || one.trafficClass() != run.get(0).trafficClass()) {
                return false;
            }
        }
        return total <= maxBytes;
    }
}
