// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what tells nobody that it has come, such as a count of the kernel's. */
public final class Await {

    /** Long enough for a machine that does ten other things. */
    public static final Duration LIMIT = Duration.ofMinutes(2);

    private static final long PAUSE_NANOS = 2_000_000;

    private Await() {}

    /** Looks again and again until something holds. */
    public static void until(String what, BooleanSupplier holds) {
        until(() -> what, holds);
    }

    /** The same, with what there is instead in the failure's message. */
    public static void until(Supplier<String> what, BooleanSupplier holds) {
        within(LIMIT, what, holds);
    }

    /** The same where less, or more, is long enough. */
    public static void within(Duration limit, Supplier<String> what, BooleanSupplier holds) {
        long end = System.nanoTime() + limit.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + limit + ": " + what.get());
            }
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted before: " + what.get());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
