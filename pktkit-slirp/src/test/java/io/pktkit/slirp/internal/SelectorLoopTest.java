// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SelectorLoopTest {
    @Test
    void shouldLoseNoTaskWhenManyThreadsExecuteAndWait() throws Exception {
        int threads = 3;
        int tasks = 3000;
        AtomicInteger ran = new AtomicInteger();
        SelectorLoop loop = new SelectorLoop("loop under test");
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                done.add(pool.submit(() -> {
                    for (int task = 0; task < tasks; task++) {
                        loop.execute(ran::incrementAndGet);
                        loop.executeAndWait(ran::incrementAndGet);
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        } finally {
            pool.shutdownNow();
            loop.close();
        }

        assertEquals(2 * threads * tasks, ran.get());
    }

    /** Or who opened a NAT and is unloaded stays in memory for as long as the NAT runs. */
    @Test
    void shouldHoldNobodysClasses() throws Exception {
        AtomicReference<@Nullable ClassLoader> held = new AtomicReference<>();
        ClassLoader mine = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new ClassLoader() {});
        SelectorLoop loop;
        try {
            loop = new SelectorLoop("loop under test");
        } finally {
            Thread.currentThread().setContextClassLoader(mine);
        }

        loop.executeAndWait(() -> held.set(Thread.currentThread().getContextClassLoader()));
        loop.close();

        assertSame(ClassLoader.getSystemClassLoader(), held.get());
    }

    @Test
    void shouldGoOnAfterATaskThatThrows() throws Exception {
        SelectorLoop loop = new SelectorLoop("loop under test");
        CountDownLatch next = new CountDownLatch(1);
        loop.execute(() -> {
            throw new IllegalStateException("on purpose");
        });
        loop.execute(next::countDown);

        next.await();
        loop.close();
    }

    @Test
    void shouldReleaseWhoWaitsWhenTheLoopHasEnded() throws Exception {
        SelectorLoop loop = new SelectorLoop("loop under test");
        loop.close();
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            Future<?> late = pool.submit(() -> loop.executeAndWait(() -> {}));
            assertEquals(null, late.get());
        } finally {
            pool.shutdownNow();
        }
    }
}
