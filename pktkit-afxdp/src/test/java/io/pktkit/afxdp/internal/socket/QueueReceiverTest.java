// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.internal.ring.ConsumerRing;
import io.pktkit.afxdp.internal.ring.ProducerRing;
import io.pktkit.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Receiving, with a kernel that is played: what is lent, and that each chunk comes back. */
class QueueReceiverTest {

    private final FakeKernel kernel = new FakeKernel();
    private final ProducerRing fill = new ProducerRing(kernel.fill);
    private final QueueReceiver receiver =
            new QueueReceiver(kernel.chunks, FakeKernel.CHUNK, new ConsumerRing(kernel.rx), fill, kernel::pull);
    private final List<Integer> lengths = new ArrayList<>();
    private int invalid;

    private final QueueReceiver.Receiver log = new QueueReceiver.Receiver() {
        @Override
        public void onFrame(Frame frame) {
            assertEquals(0x88b5, frame.etherType());
            lengths.add(frame.length());
        }

        @Override
        public void onInvalid() {
            invalid++;
        }
    };

    @BeforeEach
    void fill() {
        for (int i = 0; i < FakeKernel.ENTRIES; i++) {
            fill.put((long) i * FakeKernel.CHUNK);
        }
        fill.submit();
    }

    private static byte[] frame(int length) {
        byte[] bytes = new byte[length];
        bytes[12] = (byte) 0x88;
        bytes[13] = (byte) 0xb5;
        return bytes;
    }

    /** More frames than chunks, across 2^32: none is lost, whatever the headroom. */
    @Test
    void shouldGiveEachChunkBack() {
        for (int i = 0; i < 1000; i++) {
            for (int k = 0; k < i % (FakeKernel.ENTRIES + 1); k++) {
                assertTrue(kernel.receive(frame(60 + i), 256), "i=" + i + " k=" + k);
            }
            lengths.clear();
            assertEquals(i % (FakeKernel.ENTRIES + 1), receiver.receive(log, 64));
            assertEquals(i % (FakeKernel.ENTRIES + 1), lengths.size());
            assertTrue(lengths.stream().allMatch(Integer.valueOf(60 + i)::equals));
            assertEquals(FakeKernel.ENTRIES, FakeKernel.unread(kernel.fill), "i=" + i);
            assertEquals(0, fill.unpublished());
        }
        assertEquals(0, invalid);
    }

    @Test
    void shouldTakeNoMoreThanABatch() {
        for (int i = 0; i < 5; i++) {
            assertTrue(kernel.receive(frame(60), 0));
        }
        assertEquals(3, receiver.receive(log, 3));
        assertEquals(2, FakeKernel.unread(kernel.rx));
        assertEquals(2, receiver.receive(log, 3));
        assertEquals(0, receiver.receive(log, 3));
    }

    @ParameterizedTest
    @CsvSource({"-1, 60", "9223372036854775807, 60", "32768, 1", "32700, 100", "0, -1", "4294967296, 60"})
    void shouldLendNothingOutsideItsMemory(long address, int length) {
        assertTrue(kernel.receive(frame(60), 0));
        assertEquals(1, receiver.receive(log, 1));
        kernel.descriptor(address, length);

        assertEquals(1, receiver.receive(log, 64));

        assertEquals(1, invalid);
        assertEquals(1, lengths.size());
    }

    @Test
    void shouldCallTheKernelForChunksIfItAsks() {
        assertTrue(kernel.receive(frame(60), 0));
        receiver.receive(log, 64);
        assertEquals(0, kernel.pulls);
        FakeKernel.wakeup(kernel.fill, true);
        receiver.receive(log, 64);
        assertEquals(0, kernel.pulls, "nothing was given");
        assertTrue(kernel.receive(frame(60), 0));
        receiver.receive(log, 64);
        assertEquals(1, kernel.pulls);
        assertFalse(lengths.isEmpty());
    }
}
