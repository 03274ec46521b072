// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
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
