// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcceptLoopTest {

    private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

    private final ManualTime time = new ManualTime();
    private final Script script = new Script();
    private final List<Connection> taken = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final AcceptLoop<Connection> loop = new AcceptLoop<>(script, this::take, failures::add, time);
    private @Nullable Throwable refusal;

    private Selector selector;
    private ServerSocketChannel listener;
    private SelectionKey key;

    @BeforeEach
    void open() throws IOException {
        selector = Selector.open();
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        listener.configureBlocking(false);
        key = listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    @AfterEach
    void close() throws IOException {
        loop.close();
        listener.close();
        selector.close();
    }

    @Test
    void shouldTakeAllThatIsThereInTurnsOf64() {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            connections.add(script.bring());
        }

        loop.onReady(key);
        assertEquals(connections.subList(0, 64), taken);
        loop.onReady(key);
        assertEquals(connections, taken);
        loop.onReady(key);
        assertEquals(SelectionKey.OP_ACCEPT, key.interestOps());
    }

    @Test
    void shouldPauseTheKeyForLongerWithEachFailureAndWakeTheSelector() throws IOException {
        int accepts = 0;
        for (long pause : new long[] {10, 20, 40, 80, 160, 320, 640, 1000, 1000}) {
            Throwable failure = accepts % 2 == 0 ? new IOException("EMFILE") : new OutOfMemoryError("heap");
            script.fail(failure);
            loop.onReady(key);
            accepts++;
            assertEquals(accepts, script.accepts.get());
            assertEquals(failure, failures.get(accepts - 1));
            assertEquals(0, key.interestOps());
            assertEquals(1, time.pending());
            assertEquals(pause * MILLISECOND, time.nextDeadlineNanos() - time.nowNanos());

            time.advanceNanos(pause * MILLISECOND);

            assertEquals(SelectionKey.OP_ACCEPT, key.interestOps());
            assertEquals(0, selector.select()); // returns, because it was woken
        }
        Connection connection = script.bring();
        loop.onReady(key);
        assertEquals(List.of(connection), taken);
        script.fail(new IllegalStateException("the first again"));
        loop.onReady(key);
        assertEquals(10 * MILLISECOND, time.nextDeadlineNanos() - time.nowNanos());
    }

    @Test
    void shouldCloseWhatCouldNotBeTakenAndGoOnWithoutAPause() {
        refusal = new OutOfMemoryError("unable to create native thread");
        Connection first = script.bring();
        loop.onReady(key);
        refusal = null;
        Connection second = script.bring();
        loop.onReady(key);

        assertTrue(first.closed);
        assertFalse(second.closed);
        assertEquals(List.of(second), taken);
        assertEquals("unable to create native thread", failures.get(0).getMessage());
        assertEquals(0, time.pending());
        assertEquals(SelectionKey.OP_ACCEPT, key.interestOps());
    }

    @Test
    void shouldNotMindAKeyThatIsGone() {
        script.fail(new IOException("EMFILE"));
        key.cancel();
        loop.onReady(key);
        time.advanceNanos(10 * MILLISECOND);

        assertEquals(1, script.accepts.get());
    }

    @Test
    void shouldAcceptNothingOnceItIsClosedAndSayNothingOfTheEnd() {
        script.fail(new IOException("closed"));
        script.open = false;
        loop.onReady(key);
        assertEquals(0, script.accepts.get());

        script.open = true;
        loop.close();
        loop.onReady(key);
        assertEquals(0, script.accepts.get());
        assertEquals(List.of(), failures);
    }

    @Test
    void shouldForgetAPauseWhenItIsClosed() {
        script.fail(new IOException("EMFILE"));
        loop.onReady(key);

        loop.close();

        assertEquals(0, time.pending());
    }

    @Test
    void shouldPauseItsThreadAndGoOn() throws InterruptedException {
        script.blocking = true;
        Thread thread = Daemons.thread("accepting", loop::run);
        thread.start();
        for (long pause : new long[] {10, 20, 40}) {
            script.fail(new OutOfMemoryError("heap"));
            awaitPause();
            assertEquals(pause * MILLISECOND, time.nextDeadlineNanos() - time.nowNanos());
            time.advanceNanos(pause * MILLISECOND);
        }
        refusal = new NoClassDefFoundError("one that is not whole");
        script.bring().awaitClose();
        refusal = null;
        Connection last = script.bring();
        script.end();
        thread.join();

        assertEquals(List.of(last), taken);
        assertEquals(4, failures.size());
    }

    @Test
    void shouldEndInTheMiddleOfAPause() throws InterruptedException {
        script.blocking = true;
        Thread thread = Daemons.thread("accepting", loop::run);
        thread.start();
        script.fail(new IOException("EMFILE"));
        awaitPause();

        loop.close();
        thread.join();

        assertEquals(1, script.accepts.get());
        assertEquals(0, time.pending());
    }

    private void take(Connection connection) throws IOException {
        if (refusal instanceof Error error) {
            throw error;
        }
        taken.add(connection);
    }

    private void awaitPause() {
        while (time.pending() == 0) {
            Thread.onSpinWait();
        }
    }

    private static final class Connection implements AutoCloseable {
        volatile boolean closed;

        void awaitClose() {
            while (!closed) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** A source that does what the test says. */
    private static final class Script implements AcceptLoop.Source<Connection> {
        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        volatile boolean blocking;
        volatile boolean open = true;
        final AtomicInteger accepts = new AtomicInteger();

        Connection bring() {
            Connection connection = new Connection();
            events.add(connection);
            return connection;
        }

        void fail(Throwable failure) {
            events.add(failure);
        }

        /** After what was brought before. */
        void end() {
            events.add(this);
        }

        @Override
        public @Nullable Connection accept() throws IOException {
            Object event;
            try {
                event = blocking ? events.take() : events.poll();
            } catch (InterruptedException interrupt) {
                throw new IOException(interrupt);
            }
            if (event == null) {
                return null;
            }
            accepts.incrementAndGet();
            if (event == this) {
                open = false;
                throw new IOException("closed");
            }
            if (event instanceof Connection connection) {
                return connection;
            }
            if (event instanceof IOException failure) {
                throw failure;
            }
            if (event instanceof Error failure) {
                throw failure;
            }
            throw (RuntimeException) event;
        }

        @Override
        public boolean isOpen() {
            return open;
        }
    }
}
