// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollerTest {

    @Test
    void shouldUseTheKernelsPollfd() {
        assertEquals(8, Poller.POLLFD_SIZE);
    }

    @Test
    void shouldReturnAtOnceWithoutEvents() throws IOException {
        try (EventFd event = EventFd.open()) {
            Poller poller = new Poller(event.fd());

            assertEquals(0, poller.await(0));
            assertEquals(0, poller.events(0));
        }
    }

    @Test
    void shouldSayWhichDescriptorIsReady() throws IOException {
        try (EventFd first = EventFd.open();
                EventFd second = EventFd.open()) {
            Poller poller = new Poller(first.fd(), second.fd());
            second.signal();
            second.signal();

            assertEquals(1, poller.await(-1));
            assertEquals(0, poller.events(0));
            assertEquals(Poller.IN, poller.events(1));

            second.drain();
            assertEquals(0, poller.await(0));
        }
    }

    @Test
    void shouldWaitOnlyForWhatIsWatched() throws IOException {
        try (EventFd event = EventFd.open()) {
            Poller poller = new Poller(event.fd());
            event.signal();

            poller.watch(0, 0);
            assertEquals(0, poller.await(0));
            poller.watch(0, Poller.IN | Poller.OUT);
            assertEquals(1, poller.await(-1));
            assertEquals(Poller.IN | Poller.OUT, poller.events(0));
        }
    }

    @Test
    void shouldBeWokenByAnotherThread() throws Exception {
        try (EventFd event = EventFd.open()) {
            CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return new Poller(event.fd()).await(-1);
                        } catch (NativeIoException failure) {
                            throw new CompletionException(failure);
                        }
                    },
                    OwnThreads.EACH);

            event.signal();

            assertEquals(1, waiting.get());
        }
    }

    @Test
    void shouldRefuseToWaitForAClosedDescriptor() throws Exception {
        EventFd open = EventFd.open();
        EventFd closed = EventFd.open();
        Poller poller = new Poller(open.fd(), closed.fd());
        closed.close();

        assertEquals(
                Errno.EBADF,
                assertThrows(NativeIoException.class, () -> poller.await(0)).errno());

        // The use of the open one, taken before the other was found closed, was given back: it closes at once.
        open.close();
        open.fd().awaitReleased();
        assertTrue(open.fd().isClosed());
    }
}
