// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FailureLogTest {

    private final List<@Nullable String> lines = new ArrayList<>();
    private final List<@Nullable Throwable> thrown = new ArrayList<>();

    @Test
    void shouldLogEachTimeTheCountHasDoubled() {
        FailureLog log = new FailureLog(new Logger(false), "frame handler");
        IllegalStateException failure = new IllegalStateException("a handler that breaks its contract");

        for (int i = 0; i < 9; i++) {
            log.record(failure);
        }

        assertEquals(
                List.of(
                        "WARNING frame handler failed, 1 so far",
                        "WARNING frame handler failed, 2 so far",
                        "WARNING frame handler failed, 4 so far",
                        "WARNING frame handler failed, 8 so far"),
                lines);
        assertEquals(4, thrown.size());
        assertSame(failure, thrown.get(3), "with where it came from");
        assertEquals(9, log.count());
    }

    @Test
    void shouldCountWhatTheLoggerThrows() {
        FailureLog log = new FailureLog(new Logger(true), "frame handler");

        log.record(new IllegalStateException("a handler that breaks its contract"));

        assertEquals(2, log.count());
    }

    private final class Logger implements System.Logger {
        private final boolean broken;

        private Logger(boolean broken) {
            this.broken = broken;
        }

        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String line, @Nullable Throwable failure) {
            if (broken) {
                throw new IllegalStateException("a logger that fails");
            }
            lines.add(level + " " + line);
            thrown.add(failure);
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String format, @Nullable Object... parameters) {
            lines.add(level + " " + format);
        }
    }
}
