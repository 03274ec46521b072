// SPDX-License-Identifier: MIT
package io.pktkit.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Acceptor;
import io.pktkit.device.Attachment;
import io.pktkit.device.L2Device;
import io.pktkit.hub.L2Hub;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServeTest {

    private static final ServeOptions OPTIONS = new ServeOptions(2, Duration.ofMillis(10), Duration.ofSeconds(1), 5);

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);
    private final Script acceptor = new Script();
    private Serve<L2Device, Frame> serve = Serve.start(acceptor, hub, OPTIONS, time);

    @AfterEach
    void end() {
        serve.close();
    }

    @Test
    void shouldAttachAndDetachWhenADeviceIsDone() throws InterruptedException {
        PipeL2 a = acceptor.bring();
        PipeL2 b = acceptor.bring();
        awaitAttached(2);
        assertEquals(2, hub.portCount());

        a.close();

        assertEquals(1, serve.attached());
        assertEquals(1, hub.portCount());
        PipeL2 c = acceptor.bring();
        awaitAttached(2);
        serve.close();
        serve.close();
        assertEquals(0, hub.portCount());
        for (PipeL2 device : new PipeL2[] {a, b, c}) {
            assertTrue(device.done().toCompletableFuture().isDone());
        }
        assertTrue(acceptor.closed);
    }

    @Test
    void shouldCloseADeviceThatIsOneTooMany() throws Exception {
        acceptor.bring();
        acceptor.bring();
        PipeL2 third = acceptor.bring();

        third.done().toCompletableFuture().get(30, TimeUnit.SECONDS);

        assertEquals(1, serve.rejected());
        assertEquals(2, serve.attached());
    }

    @Test
    void shouldGoOnWhenTheNetworkDoesNotTakeADevice() throws Exception {
        serve.close();
        Script other = new Script();
        int[] calls = new int[1];
        serve = Serve.start(other, device -> refuseTwice(calls, device), OPTIONS, time);

        other.bring().done().toCompletableFuture().get(30, TimeUnit.SECONDS);
        other.bring().done().toCompletableFuture().get(30, TimeUnit.SECONDS);
        other.bring().done().toCompletableFuture().get(30, TimeUnit.SECONDS);
        other.bring();
        awaitAttached(1);

        assertEquals(3, serve.rejected());
        assertEquals(1, hub.portCount());
    }

    @Test
    void shouldPauseLongerWithEachFailureAndGoOn() throws Exception {
        long[] pauses = {10, 20, 40, 80};
        for (long pause : pauses) {
            acceptor.fail(new IOException("Too many open files"));
            awaitPending();
            assertEquals(TimeUnit.MILLISECONDS.toNanos(pause), time.nextDeadlineNanos() - time.nowNanos());
            time.runNext();
        }
        acceptor.bring();
        awaitAttached(1);

        acceptor.fail(new OutOfMemoryError("unable to create native thread; and a success starts the count again"));
        awaitPending();
        assertEquals(TimeUnit.MILLISECONDS.toNanos(10), time.nextDeadlineNanos() - time.nowNanos());
        assertFalse(serve.done().toCompletableFuture().isDone());
    }

    @Test
    void shouldEndAfterTooManyFailuresInARow() throws Exception {
        for (int i = 0; i < 4; i++) {
            acceptor.fail(new IOException("failure " + i));
            awaitPending();
            time.runNext();
        }
        acceptor.fail(new IOException("the last one"));

        assertEquals("the last one", awaitFailure().getMessage());
    }

    @Test
    void shouldEndWhenTheAcceptorIsClosedForGood() throws Exception {
        acceptor.fail(new ClosedChannelException());

        assertTrue(awaitFailure() instanceof ClosedChannelException);
    }

    @Test
    void shouldCloseInTheMiddleOfAPauseAndEndWell() throws Exception {
        acceptor.fail(new IOException("paused after this"));
        awaitPending();

        serve.close();

        serve.done().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertEquals(0, time.pending());
    }

    @Test
    void shouldWakeAnAcceptorThatCannotBeClosed() throws Exception {
        BlockingQueue<L2Device> never = new LinkedBlockingQueue<>();
        Acceptor<L2Device> blocking = () -> {
            try {
                return never.take();
            } catch (InterruptedException interrupt) {
                throw new IOException(interrupt);
            }
        };
        Serve<L2Device, Frame> other = Serve.start(blocking, hub, OPTIONS, time);

        other.close();

        other.done().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void shouldRefuseOptionsThatMeanNothing() {
        Duration second = Duration.ofSeconds(1);

        assertThrows(IllegalArgumentException.class, () -> new ServeOptions(0, second, second, 1));
        assertThrows(IllegalArgumentException.class, () -> new ServeOptions(1, Duration.ZERO, second, 1));
        assertThrows(IllegalArgumentException.class, () -> new ServeOptions(1, second, Duration.ofMillis(1), 1));
    }

    private Attachment<Frame> refuseTwice(int[] calls, L2Device device) throws IOException {
        calls[0]++;
        if (calls[0] == 1) {
            throw new IOException("no room");
        }
        if (calls[0] == 2) {
            throw new IllegalStateException("a network that breaks its contract");
        }
        if (calls[0] == 3) {
            throw new NoClassDefFoundError("a network that is not whole");
        }
        return hub.connect(device);
    }

    private Throwable awaitFailure() throws InterruptedException, TimeoutException {
        try {
            serve.done().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            return Objects.requireNonNull(failure.getCause());
        }
        throw new AssertionError("ended without a failure");
    }

    private void awaitAttached(int count) {
        while (serve.attached() != count) {
            Thread.onSpinWait();
        }
    }

    private void awaitPending() {
        while (time.pending() == 0) {
            Thread.onSpinWait();
        }
    }

    /** An acceptor that does what the test says, in order. */
    private static final class Script implements Acceptor<L2Device>, AutoCloseable {

        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private volatile boolean closed;

        PipeL2 bring() {
            PipeL2 device = new PipeL2(MacAddress.ZERO);
            events.add(device);
            return device;
        }

        void fail(Throwable failure) {
            events.add(failure);
        }

        @Override
        public L2Device accept() throws IOException {
            try {
                Object event = events.take();
                if (event instanceof L2Device device) {
                    return device;
                }
                if (event instanceof IOException failure) {
                    throw failure;
                }
                if (event instanceof Error failure) {
                    throw failure;
                }
                throw (RuntimeException) event;
            } catch (InterruptedException interrupt) {
                throw new IOException(interrupt);
            }
        }

        @Override
        public void close() {
            closed = true;
            events.add(new ClosedChannelException());
        }
    }
}
