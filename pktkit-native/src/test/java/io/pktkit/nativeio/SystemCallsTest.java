// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.nativeio.foreign.Linkage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to make the calls does the same; the tests of the module are granted native access. */
@EnabledOnOs(OS.LINUX)
class SystemCallsTest {

    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int FIRST_JDK = 22;
    private static final int AF_INET = 2;
    private static final int SOCKADDR_IN = 16;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int ENOTSOCK = 88;
    private static final int ENOTCONN = 107;
    private static final int HEADERS = 192;
    private static final int POLLED = 448;

    private final ByteBuffer memory = Structs.allocate(512);
    private final long at = Posix.address(memory);

    @BeforeAll
    static void bind() throws IOException {
        NativePlatform.require("a test of system calls");
    }

    static Stream<SystemCalls> ways() {
        return Runtime.version().feature() < FIRST_JDK
                ? Stream.of(new JnaSystemCalls())
                : Stream.of(new JnaSystemCalls(), new ForeignSystemCalls());
    }

    @Test
    void shouldBeMadeWithoutJnaWhereTheApiIs() {
        assertEquals(Runtime.version().feature() < FIRST_JDK ? "JNA" : "FFM", "" + SystemCalls.get());
        assertEquals("" + SystemCalls.get(), "" + SystemCalls.Chosen.choose());
    }

    @Test
    void shouldBeMadeByJnaWhenToldSo() {
        System.setProperty("pktkit.native.calls", "jna");
        try {
            assertEquals("JNA", "" + SystemCalls.Chosen.choose());
            assertTrue(!Linkage.isUsable());
        } finally {
            System.clearProperty("pktkit.native.calls");
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldMoveBytes(SystemCalls calls) throws IOException {
        try (EventFd pipe = EventFd.openPipe()) {
            int in = pipe.fd().number();
            int out = pipe.target().number();
            memory.putLong(0, 0x0123_4567_89ab_cdefL);
            assertEquals(-Errno.EAGAIN, calls.read(in, at + 8, 8));

            assertEquals(8, calls.write(out, at, 8));
            assertEquals(5, calls.read(in, at + 8, 5));
            assertEquals(3, calls.read(in, at + 13, 100));
            assertEquals(0x0123_4567_89ab_cdefL, memory.getLong(8));

            memory.putLong(16, at).putLong(24, 2).putLong(32, at + 4).putLong(40, 3);
            assertEquals(5, calls.writev(out, at + 16, 2));
            memory.putLong(8, 0);
            assertEquals(5, calls.read(in, at + 8, 8));
            assertEquals(memory.getShort(0), memory.getShort(8));
            assertEquals(memory.getInt(4) & 0xff_ffff, memory.getInt(10) & 0xff_ffff);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldWaitForADescriptor(SystemCalls calls) throws IOException {
        try (EventFd event = EventFd.open()) {
            memory.putInt(0, event.fd().number()).putShort(4, (short) Poller.IN).putShort(6, (short) 0);
            assertEquals(0, calls.poll(at, 1, 0));
            event.signal();
            assertEquals(1, calls.poll(at, 1, -1));
            assertEquals(Poller.IN, memory.getShort(6));
            assertEquals(-Errno.EINVAL, calls.poll(at, 1L << 30, 0));
        }
    }

    /** From a socket to itself. */
    @ParameterizedTest
    @MethodSource("ways")
    void shouldMoveMessages(SystemCalls calls) throws IOException {
        try (NativeFd socket = NativeFd.socket(AF_INET, SOCK_DGRAM, 0)) {
            ByteBuffer name = Structs.allocate(SOCKADDR_IN + Integer.BYTES).putShort(0, (short) AF_INET);
            name.put(4, (byte) 127).put(7, (byte) 1).putInt(SOCKADDR_IN, SOCKADDR_IN);
            assertEquals(0, socket.call(name, (fd, memoryAt) -> LibC.bind(fd, memoryAt, SOCKADDR_IN)));
            assertEquals(
                    0, socket.call(name, (fd, memoryAt) -> LibC.getsockname(fd, memoryAt, memoryAt + SOCKADDR_IN)));
            assertEquals(0, socket.connect(name.limit(SOCKADDR_IN)));
            int number = socket.number();
            memory.putInt(0, 0x1234_5678);
            assertEquals(-Errno.EAGAIN, calls.recv(number, at, 4, MSG_DONTWAIT));
            assertEquals(4, calls.send(number, at, 4, 0));
            awaitData(calls, number);
            assertEquals(4, calls.recv(number, at + 8, 100, MSG_DONTWAIT));
            assertEquals(0x1234_5678, memory.getInt(8));

            // struct iovec { void *base; size_t length; }, and of struct mmsghdr where they are and how many
            for (int i = 0; i < 2; i++) {
                memory.putLong(128 + i * 16, at + i).putLong(136 + i * 16, 4L - i);
                memory.putLong(HEADERS + i * 64 + 16, at + 128 + i * 16L).putLong(HEADERS + i * 64 + 24, 1);
            }
            assertEquals(2, calls.sendmmsg(number, at + HEADERS, 2, 0));
            memory.putInt(HEADERS + 56, 0).putInt(HEADERS + 64 + 56, 0).putInt(0, 0);
            int got = 0;
            while (got < 2) {
                awaitData(calls, number);
                int received = calls.recvmmsg(number, at + HEADERS + got * 64L, 2 - got, MSG_DONTWAIT);
                assertTrue(received > 0, "received=" + received);
                got += received;
            }
            assertEquals(4, memory.getInt(HEADERS + 56));
            assertEquals(3, memory.getInt(HEADERS + 64 + 56));
            assertEquals(0x1234_5678 >>> 8, memory.getInt(1) & 0xff_ffff);
            assertEquals(-Errno.EAGAIN, calls.recvmmsg(number, at + HEADERS, 2, MSG_DONTWAIT));
        }
    }

    /** A kernel that is busy delivers to the loopback after the send. */
    private void awaitData(SystemCalls calls, int number) {
        memory.putInt(POLLED, number).putShort(POLLED + 4, (short) Poller.IN);
        assertEquals(1, calls.poll(at + POLLED, 1, -1));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldTellErrno(SystemCalls calls) throws IOException {
        assertEquals(-Errno.EBADF, calls.read(-1, at, 1));
        try (NativeFd file = NativeFd.open("/dev/null", NativeFd.O_RDONLY);
                NativeFd socket = NativeFd.socket(AF_UNIX, SOCK_DGRAM, 0)) {
            int number = file.number();
            assertEquals(-Errno.EBADF, calls.write(number, at, 1));
            assertEquals(-Errno.EBADF, calls.writev(number, at, 0));
            assertEquals(-ENOTSOCK, calls.recv(number, at, 1, 0));
            assertEquals(-ENOTSOCK, calls.send(number, at, 1, 0));
            assertEquals(-ENOTSOCK, calls.recvmmsg(number, at, 1, 0));
            assertEquals(-ENOTSOCK, calls.sendmmsg(number, at, 1, 0));
            assertEquals(-ENOTCONN, calls.send(socket.number(), at, 1, 0));
        }
    }

    /** The errno of one thread's call is never that of another's, while the JVM makes calls of its own too. */
    @ParameterizedTest
    @MethodSource("ways")
    void shouldTellEachThreadItsOwnErrno(SystemCalls calls) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> working = new ArrayList<>();
        try (NativeFd file = NativeFd.open("/dev/null", NativeFd.O_RDONLY)) {
            for (int i = 0; i < 4; i++) {
                boolean odd = i % 2 == 1;
                working.add(threads.submit(() -> {
                    byte[] garbage = new byte[0];
                    for (int round = 0; round < 20_000; round++) {
                        garbage = new byte[1000 + garbage.length % 2];
                        if (odd) {
                            assertEquals(-Errno.EBADF, calls.read(-1, at, 1));
                        } else {
                            assertEquals(-ENOTSOCK, calls.send(file.number(), at, 1, 0));
                        }
                    }
                }));
            }
            for (Future<?> work : working) {
                work.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldAllocateNothing(SystemCalls calls) throws IOException {
        int rounds = 5000;
        long bytes = Long.MAX_VALUE;
        ThreadMXBean mx = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long own = Thread.currentThread().getId();
        try (EventFd event = EventFd.open()) {
            int number = event.fd().number();
            // What a class or the compiler costs once comes early, but how early is the machine's.
            for (int run = 0; run < 100 && bytes >= rounds; run++) {
                long before = mx.getThreadAllocatedBytes(own);
                for (int i = 0; i < rounds; i++) {
                    memory.putLong(0, 1).putInt(16, number).putShort(20, (short) Poller.IN);
                    calls.write(number, at, 8);
                    calls.poll(at + 16, 1, 0);
                    calls.read(number, at, 8);
                    calls.read(number, at, 8); // which fails
                    calls.writev(number, at, 0);
                    calls.recv(number, at, 1, 0);
                    calls.send(number, at, 1, 0);
                    calls.recvmmsg(number, at, 1, 0);
                    calls.sendmmsg(number, at, 1, 0);
                }
                bytes = mx.getThreadAllocatedBytes(own) - before;
            }
        }
        assertTrue(bytes < rounds, bytes + " bytes in " + rounds + " rounds");
    }
}
