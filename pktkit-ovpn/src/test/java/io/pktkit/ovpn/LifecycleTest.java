// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.ClientListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LifecycleTest {

    private final ArrayDeque<Runnable> executor = new ArrayDeque<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final List<Integer> done = new ArrayList<>();
    private final Lifecycle lifecycle = new Lifecycle(failures::add, executor::add, ClientListener.class);

    private void run() {
        for (Runnable next = executor.poll(); next != null; next = executor.poll()) {
            next.run();
        }
    }

    @Test
    void shouldLoseNoEndHoweverManyWait() {
        int many = 5 * Lifecycle.MOST_BEGINNINGS;
        for (int i = 0; i < many; i++) {
            int number = i;
            lifecycle.end(() -> done.add(number));
        }
        run();
        assertEquals(IntStream.range(0, many).boxed().toList(), done);
    }

    @Test
    void shouldRefuseABeginningWhenManyWait() {
        for (int i = 0; i < Lifecycle.MOST_BEGINNINGS; i++) {
            assertTrue(lifecycle.begin(() -> {}));
        }
        assertFalse(lifecycle.begin(() -> done.add(1)));
        lifecycle.end(() -> done.add(2));
        run();
        assertTrue(lifecycle.begin(() -> done.add(3)));
        run();
        assertEquals(List.of(2, 3), done);
    }

    @Test
    void shouldGoOnAfterATaskThatFails() {
        lifecycle.end(() -> {
            throw new IllegalStateException("on purpose");
        });
        lifecycle.end(() -> done.add(1));
        run();
        assertEquals(List.of(1), done);
    }

    @Test
    void shouldDoWhatMustBeDoneWhenItIsClosed() {
        lifecycle.begin(() -> done.add(1));
        lifecycle.end(() -> {
            throw new IllegalStateException("on purpose");
        });
        lifecycle.end(() -> done.add(2));
        lifecycle.close();
        assertEquals(List.of(2), done);
        assertEquals(1, failures.size());
        lifecycle.end(() -> done.add(3));
        assertFalse(lifecycle.begin(() -> done.add(4)));
        run();
        assertEquals(List.of(2), done);
    }

    @Test
    void shouldBeginNothingWithoutAnExecutor() {
        Lifecycle dead = new Lifecycle(
                failures::add,
                task -> {
                    throw new RejectedExecutionException("on purpose");
                },
                ClientListener.class);
        assertFalse(dead.begin(() -> done.add(1)));
        dead.end(() -> done.add(2));
        dead.close();
        assertEquals(List.of(2), done);
    }

    /** One that is refused for now: what must be done waits for the next that is taken. */
    @Test
    void shouldGoOnWhenTheExecutorRefusesOnce() {
        Lifecycle once = failingOnce(new RejectedExecutionException("on purpose"));
        assertFalse(once.begin(() -> done.add(0)));
        Lifecycle other = failingOnce(new RejectedExecutionException("on purpose"));
        other.end(() -> done.add(1));
        other.end(() -> done.add(2));
        run();
        assertEquals(List.of(1, 2), done);
    }

    /** One that throws anything, such as for want of a thread, is no failure of who leaves a task, nor the loss of one. */
    @Test
    void shouldLoseNoEndWhenTheExecutorThrows() {
        Lifecycle once = failingOnce(new InternalError("on purpose"));
        assertFalse(once.begin(() -> done.add(0)));
        Lifecycle other = failingOnce(new InternalError("on purpose"));
        other.end(() -> done.add(1));
        other.end(() -> done.add(2));
        run();
        other.close();
        assertEquals(List.of(1, 2), done);
    }

    private Lifecycle failingOnce(Throwable failure) {
        boolean[] failed = new boolean[1];
        return new Lifecycle(
                failures::add,
                task -> {
                    if (failed[0]) {
                        executor.add(task);
                        return;
                    }
                    failed[0] = true;
                    if (failure instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) failure;
                },
                ClientListener.class);
    }
}
