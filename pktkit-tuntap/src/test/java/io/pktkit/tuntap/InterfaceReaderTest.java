// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Burst;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.nativeio.EventFd;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Reader and writer on a named pipe, which needs no privilege and can do what an interface hardly ever does. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InterfaceReaderTest {

    private static final int LONGEST = 100;
    private static final int HEADER = 10;

    /** What a pipe holds, see pipe(7). */
    private static final int PIPE_CAPACITY = 65536;

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final DeviceStats stats = new DeviceStats();
    private final AtomicBoolean wanted = new AtomicBoolean();
    private NativeFd pipe;
    private EventFd change;
    private InterfaceReader reader;

    @BeforeEach
    void openPipe(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        // for both directions: Linux then does not wait for the other end
        pipe = NativeFd.open(path.toString(), NativeFd.O_RDWR | NativeFd.O_NONBLOCK);
        change = EventFd.open();
        reader = reader(HEADER, new Recorder());
    }

    @AfterEach
    void closePipe() {
        reader.stop();
        pipe.close();
        awaitEnd(reader);
        change.close();
    }

    private InterfaceReader reader(int header, InterfaceReader.Receiver receiver) throws IOException {
        int longest = LONGEST - header;
        return new InterfaceReader(
                pipe, change.fd(), new InterfaceCalls(), "test", header, longest, wanted::get, receiver);
    }

    private static void awaitEnd(InterfaceReader reader) {
        try {
            reader.thread().join();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        assertFalse(reader.thread().isAlive());
    }

    private void read() {
        wanted.set(true);
        reader.wake();
    }

    @Test
    void shouldReadMessagesInsideABurst() throws Exception {
        read();
        reader.start();

        assertTrue(write(3, LONGEST));
        assertEquals("message 3 burst", events.poll(30, SECONDS));
        assertTrue(write(LONGEST, LONGEST));
        assertEquals("message 100 burst", events.poll(30, SECONDS));
    }

    @Test
    void shouldTellAMessageThatFillsTheBufferAsCut() throws Exception {
        read();
        assertTrue(write(LONGEST + 1, 1000));
        reader.start();

        assertEquals("truncated", events.poll(30, SECONDS));
        assertTrue(write(4, LONGEST));
        assertEquals("message 4 burst", events.poll(30, SECONDS));
    }

    @Test
    void shouldReadNothingWhileHeld() throws Exception {
        reader.start();
        assertTrue(write(3, LONGEST));
        assertNull(events.poll(50, MILLISECONDS));

        read();
        assertEquals("message 3 burst", events.poll(30, SECONDS));
    }

    @Test
    void shouldReadNothingMoreWhenNobodyWantsItAnyMore() throws Exception {
        read();
        reader.start();
        assertTrue(write(3, LONGEST));
        assertEquals("message 3 burst", events.poll(30, SECONDS));

        wanted.set(false);
        change.signal();
        assertEquals("change", events.poll(30, SECONDS), "it has looked before that reading for the last time");
        assertTrue(write(4, LONGEST));
        change.signal();
        assertEquals("change", events.poll(30, SECONDS));
        assertTrue(events.isEmpty(), events::toString);

        read();
        assertEquals("message 4 burst", events.poll(30, SECONDS));
    }

    @Test
    void shouldHearOfChangesWhetherItReadsOrNot() throws Exception {
        reader.start();
        change.signal();
        assertEquals("change", events.poll(30, SECONDS));

        read();
        change.signal();
        assertEquals("change", events.poll(30, SECONDS));
    }

    @Test
    void shouldStopWhileItWaits() throws Exception {
        read();
        reader.start();

        reader.stop();
        pipe.close();
        awaitEnd(reader);

        pipe.awaitReleased();
        assertTrue(events.isEmpty(), events::toString);
    }

    @Test
    void shouldTellOnceThatItCannotReadAnyMore() throws Exception {
        reader.start();

        pipe.close();
        read();

        assertEquals("gone: EBADF", events.poll(30, SECONDS));
        awaitEnd(reader);
        assertTrue(events.isEmpty(), events::toString);
    }

    /** Devices contain what handlers throw, so that this is a defect of ours; it must not pass unnoticed. */
    @Test
    void shouldTellWhatItsReceiverThrows() throws Exception {
        InterfaceReader failing = reader(0, new Recorder() {
            @Override
            public void onMessage(ByteBuffer buffer, int offset, int length) {
                throw new AssertionError("thrown on purpose");
            }
        });
        wanted.set(true);
        failing.start();

        assertTrue(write(3, LONGEST));

        assertEquals("gone: thrown on purpose", events.poll(30, SECONDS));
        awaitEnd(failing);
    }

    @Test
    void shouldCountAFullQueue() {
        assertTrue(write(PIPE_CAPACITY, PIPE_CAPACITY));

        assertFalse(write(10, PIPE_CAPACITY));
        assertEquals(1, stats.dropped(DropReason.QUEUE_FULL));
        assertEquals(0, stats.snapshot().errors());
    }

    /** The rest is not written: it would come out as a second message. */
    @Test
    void shouldTakeAShortWriteForAFailure() {
        assertFalse(write(PIPE_CAPACITY + 10, PIPE_CAPACITY * 2));

        assertEquals(1, stats.dropped(DropReason.IO_ERROR));
        assertEquals(1, stats.snapshot().errors());
        assertEquals(0, stats.snapshot().sentPackets());
        ByteBuffer all = ByteBuffer.allocateDirect(PIPE_CAPACITY * 2);
        assertEquals(PIPE_CAPACITY, pipe.read(all, 0, all.capacity()));
    }

    @Test
    void shouldCountAClosedDescriptor() {
        pipe.close();

        assertFalse(write(10, LONGEST));
        assertEquals(1, stats.dropped(DropReason.CLOSED));
    }

    private boolean write(int length, int longest) {
        InterfaceOffloads none = InterfaceOffloads.none("a pipe");
        return new InterfaceWriter<Packet>(pipe, new InterfaceCalls(), new NoHeader(), none, stats, longest)
                .write(new Packet().wrap(ByteBuffer.allocate(length + 5), 5, length), length);
    }

    private class Recorder implements InterfaceReader.Receiver {

        @Override
        public void onMessage(ByteBuffer buffer, int offset, int length) {
            assertEquals(0, (offset + HEADER) % 16, "what is behind the header must be aligned");
            events.add("message " + length + (Burst.isOpen() ? " burst" : ""));
        }

        @Override
        public void onChange() {
            change.drain();
            events.add("change");
        }

        @Override
        public void onTruncated() {
            events.add("truncated");
        }

        @Override
        public void onGone(Throwable reason) {
            boolean closed = reason instanceof IOException && reason.toString().contains("EBADF");
            events.add("gone: " + (closed ? "EBADF" : reason.getMessage()));
        }
    }
}
