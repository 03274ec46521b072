// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory that outlives its close, as long as somebody can reach it, and no longer. */
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MappedMemoryTest {

    private static final int SIZE = 1 << 20;

    @BeforeEach
    void requireLinux() {
        org.junit.jupiter.api.Assumptions.assumeTrue(NativePlatform.unsupported() == null, "needs Linux");
    }

    @Test
    void shouldReadAsZerosOnceClosed() throws IOException {
        MappedMemory memory = MappedMemory.anonymous(SIZE);
        ByteBuffer view = memory.buffer().duplicate().position(4096).slice();
        view.putLong(0, -1);
        assertEquals(-1, memory.buffer().getLong(4096));

        memory.close();
        memory.close();

        assertEquals(0, view.getLong(0));
        view.putLong(0, 5); // nobody sees it, and nothing ends
        assertEquals(0, memory.buffer().getLong(0));
    }

    /** What was behind is given back at once: by the kernel's own count of what this process has. */
    @Test
    void shouldGiveTheMemoryBack() throws IOException {
        MappedMemory memory = MappedMemory.anonymous(256 << 20);
        long with = resident();
        memory.close();
        long without = resident();
        assertTrue(with - without > 128 << 10, "resident kB: " + with + " " + without);
        assertEquals(256 << 20, memory.buffer().capacity(), "reachable until here");
    }

    private static long resident() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon:")) {
                return Long.parseLong(line.replaceAll("\\D+", ""));
            }
        }
        throw new IOException("no RssAnon");
    }

    /** The addresses go when the last view has gone, whether it was closed or forgotten. */
    @Test
    void shouldUnmapWhatNobodyCanReach() throws IOException {
        awaitRanges(0); // else the collector takes those of the tests before in the middle of this one
        List<ByteBuffer> views = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            MappedMemory memory = MappedMemory.anonymous(SIZE);
            views.add(memory.buffer().duplicate().position(100).slice());
            if (i % 2 == 0) {
                memory.close();
            }
        }
        System.gc();
        assertEquals(20, MappedMemory.ranges(), "each is reachable by a view");
        assertEquals(0, views.stream().mapToInt(view -> view.get(0)).sum());
        views.clear();
        awaitRanges(0);
    }

    private static void awaitRanges(int count) {
        while (MappedMemory.ranges() > count) { // bounded by the time of the test
            System.gc();
            Thread.onSpinWait();
        }
    }

    /** Threads that read and write throughout. A gap of an instant would end the JVM. */
    @Test
    void shouldBeTouchableWhileItCloses() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        for (int round = 0; round < 300; round++) {
            MappedMemory memory = MappedMemory.anonymous(SIZE);
            stop.set(false);
            Thread toucher = new Thread(() -> {
                ByteBuffer buffer = memory.buffer();
                while (!stop.get()) {
                    for (int i = 0; i < SIZE; i += 512) {
                        buffer.putLong(i, buffer.getLong(i) + 1);
                    }
                }
            });
            toucher.start();
            memory.close();
            stop.set(true);
            toucher.join();
        }
    }
}
