// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NativeFdTest {

    @Test
    void shouldReadWhatWasWrittenWhateverThePositions(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("data"));
        ByteBuffer source = ByteBuffer.allocateDirect(100);
        source.put(10, new byte[] {1, 2, 3, 4}).position(50);
        ByteBuffer target = ByteBuffer.allocateDirect(100);
        for (int i = 0; i < target.capacity(); i++) {
            target.put(i, (byte) 0xa5);
        }
        target.position(7);

        try (NativeFd out = NativeFd.open(file.toString(), NativeFd.O_RDWR);
                NativeFd in = NativeFd.open(file.toString(), NativeFd.O_RDONLY)) {
            assertEquals(4, out.write(source, 10, 4));
            assertEquals(4, in.read(target, 20, 8));
            assertEquals(0, in.read(target, 20, 8));
        }

        byte[] around = new byte[6];
        target.get(19, around);
        assertEquals("[-91, 1, 2, 3, 4, -91]", Arrays.toString(around));
        assertEquals(50, source.position());
        assertEquals(7, target.position());
    }

    @Test
    void shouldWriteFromSlicesAndReadOnlyViews(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("data"));
        ByteBuffer whole = ByteBuffer.allocateDirect(16);
        whole.put(8, new byte[] {5, 6, 7});

        try (NativeFd out = NativeFd.open(file.toString(), NativeFd.O_RDWR)) {
            assertEquals(2, out.write(whole.slice(8, 4), 0, 2));
            assertEquals(1, out.write(whole.asReadOnlyBuffer(), 10, 1));
        }

        assertEquals("[5, 6, 7]", Arrays.toString(Files.readAllBytes(file)));
    }

    @Test
    void shouldRefuseMemoryThatIsNotItsToTouch() throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(8).limit(4);

        try (NativeFd zero = NativeFd.open("/dev/zero", NativeFd.O_RDWR)) {
            assertThrows(IllegalArgumentException.class, () -> zero.read(ByteBuffer.allocate(8), 0, 8));
            assertThrows(IllegalArgumentException.class, () -> zero.read(direct.asReadOnlyBuffer(), 0, 4));
            assertThrows(IndexOutOfBoundsException.class, () -> zero.read(direct, 0, 5));
            assertThrows(IndexOutOfBoundsException.class, () -> zero.read(direct, -1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> zero.write(direct, 2, 3));
            assertThrows(IndexOutOfBoundsException.class, () -> zero.write(direct, 0, -1));
            assertThrows(IndexOutOfBoundsException.class, () -> zero.receive(direct, 4, Integer.MAX_VALUE, 0));
        }
    }

    @Test
    void shouldNameAFileThatCannotBeOpened() {
        NativeIoException failure =
                assertThrows(NativeIoException.class, () -> NativeFd.open("/no/such/file", NativeFd.O_RDONLY));

        assertEquals(Errno.ENOENT, failure.errno());
        assertEquals("open /no/such/file: ENOENT", failure.getMessage());
    }

    @Test
    void shouldRefuseAPathWithANul() {
        assertThrows(IllegalArgumentException.class, () -> NativeFd.open("/dev/null\0x", NativeFd.O_RDONLY));
    }

    @Test
    void shouldNotBeInheritedByPrograms() throws IOException {
        try (NativeFd file = NativeFd.open("/dev/null", NativeFd.O_RDWR);
                EventFd event = EventFd.open();
                RouteNetlink netlink = RouteNetlink.open()) {
            assertTrue(file.isCloseOnExec());
            assertTrue(event.fd().isCloseOnExec());
            assertTrue(netlink.socket().isCloseOnExec());
        }
    }

    @Test
    void shouldRefuseCallsOnceClosed() throws IOException {
        NativeFd file = NativeFd.open("/dev/null", NativeFd.O_RDWR);
        ByteBuffer memory = ByteBuffer.allocateDirect(8);

        file.close();
        file.close();

        assertTrue(file.isClosed());
        assertEquals(-Errno.EBADF, file.read(memory, 0, 8));
        assertEquals(-Errno.EBADF, file.write(memory, 0, 8));
        assertEquals(-Errno.EBADF, file.ioctl(0, memory));
    }

    @Test
    void shouldCloseOnlyWhenTheLastUseEnds() throws Exception {
        NativeFd file = NativeFd.open("/dev/null", NativeFd.O_RDWR);
        assertTrue(file.acquire());
        Path entry = Path.of("/proc/self/fd/" + file.number());

        file.close();

        assertTrue(Files.exists(entry), "closed under a use");
        assertFalse(file.acquire());
        file.release();
        file.awaitReleased();
        assertFalse(Files.exists(entry) && Files.readSymbolicLink(entry).equals(Path.of("/dev/null")), "leaked");
    }

    @Test
    void shouldCloseWhatWasForgotten(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("forgotten"));
        forget(file);

        while (isOpen(file)) { // bounded by the time of the test; the cleaner's thread may be late
            System.gc();
        }
    }

    /** In a method of its own, so that no variable of the caller keeps the descriptor reachable. */
    private static void forget(Path file) throws IOException {
        assertFalse(NativeFd.open(file.toString(), NativeFd.O_RDONLY).isClosed());
        assertTrue(isOpen(file));
    }

    private static boolean isOpen(Path file) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.anyMatch(entry -> {
                try {
                    return Files.readSymbolicLink(entry).equals(file.toRealPath());
                } catch (IOException closedMeanwhile) {
                    return false;
                }
            });
        }
    }

    /** If a number were closed under a call, that call would sooner or later read from another file. */
    @Test
    void shouldNeverCallOnANumberThatBecameAnotherFile() throws Exception {
        long seed = 0x66643131;
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            NativeFd zero = NativeFd.open("/dev/zero", NativeFd.O_RDWR);
            int reads = random.nextInt(20);
            CompletableFuture<String> reader = CompletableFuture.supplyAsync(
                    () -> {
                        ByteBuffer memory = ByteBuffer.allocateDirect(8);
                        while (true) {
                            memory.putLong(0, -1);
                            int result = zero.read(memory, 0, 8);
                            if (result == -Errno.EBADF && zero.isClosed()) {
                                return "";
                            }
                            if (result != 8 || memory.getLong(0) != 0) {
                                return "result=" + result;
                            }
                        }
                    },
                    OwnThreads.EACH);
            ByteBuffer mine = ByteBuffer.allocateDirect(8);
            for (int i = 0; i < reads; i++) {
                zero.read(mine, 0, 8);
            }
            zero.close();
            try (NativeFd other = NativeFd.open("/dev/null", NativeFd.O_RDWR)) {
                assertFalse(other.isClosed());
                String problem = reader.get();
                if (!problem.isEmpty()) {
                    fail(problem + " seed=" + seed + " round=" + round);
                }
            }
        }
    }

    /** A thread uses a few buffers over and over; others in between change nothing. */
    @Test
    void shouldKnowEachBufferAgain(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        ByteBuffer[] buffers = new ByteBuffer[7];
        try (NativeFd fd = NativeFd.open(file.toString(), NativeFd.O_RDWR)) {
            for (int i = 0; i < 100; i++) {
                int at = i * i % buffers.length;
                ByteBuffer buffer = buffers[at];
                if (buffer == null || i % 13 == 0) {
                    buffer = ByteBuffer.allocateDirect(8);
                    buffers[at] = buffer;
                }
                buffer.putInt(4, i);
                assertEquals(4, fd.write(buffer, 4, 4));
            }
        }
        ByteBuffer written = ByteBuffer.wrap(Files.readAllBytes(file));
        for (int i = 0; i < 100; i++) {
            assertEquals(i, written.getInt());
        }
    }

    /** Not even before anything is compiled: nothing is left to the compiler to remove. */
    @Test
    void shouldNotAllocatePerCall() throws IOException {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long own = Thread.currentThread().getId();
        ByteBuffer in = ByteBuffer.allocateDirect(64);
        ByteBuffer out = ByteBuffer.allocateDirect(64);
        try (NativeFd zero = NativeFd.open("/dev/zero", NativeFd.O_RDWR)) {
            callOften(zero, in, out, 100); // classes are loaded, and the thread knows its buffers
            long before = threads.getThreadAllocatedBytes(own);
            callOften(zero, in, out, 10_000);
            assertEquals(0, (threads.getThreadAllocatedBytes(own) - before) / 10_000, "bytes per read and write");
        }
    }

    private static void callOften(NativeFd fd, ByteBuffer in, ByteBuffer out, int calls) {
        for (int i = 0; i < calls; i++) {
            assertTrue(fd.read(in, 0, 64) == 64 && fd.write(out, 0, 64) == 64);
        }
    }
}
