// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A capture whose writing thread never comes back. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StuckWriterTest {

    private final CompletableFuture<Capture> capture = new CompletableFuture<>();
    private final CountDownLatch flushing = new CountDownLatch(1);
    private final CountDownLatch ends = new CountDownLatch(1);

    /** The writing thread closes its own capture, as nobody waits for it then, and is stuck. */
    private final OutputStream stuck = new OutputStream() {
        @Override
        public void write(int one) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(byte[] block, int offset, int length) throws IOException {
            try {
                flushing.await();
                capture.join().close();
                ends.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }

        @Override
        public void close() throws IOException {
            throw new IOException("it is stuck");
        }
    };

    @Test
    void shouldEndAFlushThatWaitsWhenItIsClosed() throws Exception {
        capture.complete(Capture.toStream(stuck, CaptureConfig.DEFAULT));
        FutureTask<Void> flush = new FutureTask<>(() -> {
            capture.join().flush();
            return null;
        });
        Thread flusher = new Thread(flush);
        flusher.start();
        while (flusher.isAlive() && flusher.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        flushing.countDown();
        try {
            ExecutionException ended = assertThrows(ExecutionException.class, () -> flush.get(30, TimeUnit.SECONDS));
            assertInstanceOf(IOException.class, ended.getCause());
        } finally {
            ends.countDown();
        }
    }
}
