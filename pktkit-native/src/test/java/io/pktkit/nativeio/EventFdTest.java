// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The counter, and the pipe that macOS has in its place, which Linux has too. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventFdTest {

    /** More than a pipe holds. */
    private static final int VERY_MANY = 20_000;

    enum Form {
        COUNTER,
        PIPE;

        EventFd open() throws IOException {
            NativePlatform.requirePosix("an event");
            return this == COUNTER ? EventFd.open() : EventFd.openPipe();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldWakeUntilItIsDrained(Form form) throws IOException {
        try (EventFd event = form.open()) {
            Poller poller = new Poller(event.fd());
            assertEquals(0, poller.await(0));

            event.signal();
            event.signal();
            assertEquals(1, poller.await(-1));
            assertEquals(Poller.IN, poller.events(0));

            event.drain();
            assertEquals(0, poller.await(0));
            event.drain(); // does not wait
            event.signal();
            assertEquals(1, poller.await(-1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotWaitToSignal(Form form) throws IOException {
        try (EventFd event = form.open()) {
            for (int i = 0; i < VERY_MANY; i++) {
                event.signal();
            }
            Poller poller = new Poller(event.fd());
            int drained = 0;
            while (poller.await(0) != 0) {
                event.drain();
                drained++;
            }
            assertTrue(drained >= 1 && drained <= 64, "64 KiB at 1 KiB each: drained=" + drained);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeInheritedByNoProgramAndCloseWhole(Form form) throws Exception {
        EventFd event = form.open();
        assertTrue(event.fd().isCloseOnExec());
        assertTrue(event.target().isCloseOnExec());

        event.close();
        event.close();

        event.signal(); // of no effect
        event.fd().awaitReleased();
        event.target().awaitReleased();
    }
}
