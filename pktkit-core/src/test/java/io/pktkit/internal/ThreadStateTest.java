// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThreadStateTest {

    private final ThreadState thread = ThreadState.current();

    @Test
    void shouldLendADirectBufferThatIsLongEnough() {
        ByteBuffer first = thread.direct(1);
        assertTrue(first.isDirect());
        assertTrue(first.capacity() >= 2048, "capacity " + first.capacity());

        int more = first.capacity() + 1;
        ByteBuffer longer = thread.direct(more);

        assertTrue(longer.capacity() >= more);
        assertEquals(1, Integer.bitCount(longer.capacity()), "grows by doubling: capacity " + longer.capacity());
        assertSame(longer, thread.direct(longer.capacity()));
        assertSame(longer, thread.direct(1));
    }

    @Test
    void shouldLendEachLevelBuffersOfItsOwn() {
        assertTrue(thread.enter(ThreadState.DEFAULT_LIMIT));
        Scratch outer = thread.scratch();
        ByteBuffer lent = outer.buffer(Scratch.ROUTED, 100);
        assertTrue(thread.enter(ThreadState.DEFAULT_LIMIT));
        assertNotSame(outer, thread.scratch());
        assertNotSame(lent, thread.scratch().buffer(Scratch.ROUTED, 100));
        thread.leave();
        assertSame(outer, thread.scratch());
        thread.leave();
    }

    @Test
    void shouldGrowBuffersByDoubling() throws InterruptedException {
        List<Integer> capacities = new ArrayList<>();
        Thread fresh = new Thread(() -> {
            Scratch scratch = ThreadState.current().scratch();
            for (int length : new int[] {1, 2048, 2049, 100, 65_536}) {
                capacities.add(scratch.buffer(Scratch.ROUTED, length).capacity());
            }
        });
        fresh.start();
        fresh.join();

        assertEquals(List.of(2048, 2048, 4096, 4096, 65_536), capacities);
    }

    @Test
    void shouldRunWhatWasDeferredAfterTheOutermostCallback() {
        List<String> log = new ArrayList<>();
        CallbackGate outer = new CallbackGate();
        CallbackGate inner = new CallbackGate();
        assertFalse(thread.inCallback());
        outer.enter(thread);
        inner.enter(thread);
        assertTrue(thread.inCallback());
        thread.defer(() -> log.add("deferred"));
        inner.exit(thread);
        assertEquals(List.of(), log);

        outer.exit(thread);

        assertEquals(List.of("deferred"), log);
        assertFalse(thread.inCallback());
    }

    @Test
    void shouldMakeDaemonsThatHoldNobodysClasses() throws InterruptedException {
        List<Object> facts = new ArrayList<>();
        ClassLoader mine = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new ClassLoader() {});
        try {
            Thread daemon = Daemons.thread("a-name", () -> {
                facts.add(Thread.currentThread().isDaemon());
                facts.add(Thread.currentThread().getContextClassLoader());
            });
            daemon.start();
            daemon.join();
            assertEquals("a-name", daemon.getName());
        } finally {
            Thread.currentThread().setContextClassLoader(mine);
        }
        assertEquals(List.of(true, ClassLoader.getSystemClassLoader()), facts);
    }
}
