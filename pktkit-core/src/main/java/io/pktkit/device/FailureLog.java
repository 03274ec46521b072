// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what callbacks threw, and logs so little of it that a hostile packet cannot fill a disk. Any thread.
 *
 * <p>The 1st, 2nd, 4th, 8th, ... failure is logged, each time with the count so far. That needs no clock, and whoever
 * reads the log sees the first failure with its stack trace and the order of magnitude of the rest.
 */
public final class FailureLog {

    private final System.Logger logger;
    private final String what;
    private final AtomicLong count = new AtomicLong();

    /**
     * Creates a log that has counted nothing.
     *
     * @param owner the class whose name the logger has
     * @param what what failed, to begin the log line with: {@code "frame handler"}
     */
    public FailureLog(Class<?> owner, String what) {
        this(System.getLogger(owner.getName()), what);
    }

    /** One that logs to a given logger. */
    FailureLog(System.Logger logger, String what) {
        this.logger = logger;
        this.what = what;
    }

    /**
     * Counts a failure and perhaps logs it. Does not throw, even if the logger does.
     *
     * @param failure what was thrown
     */
    public void record(Throwable failure) {
        long n = count.incrementAndGet();
        if (Long.bitCount(n) == 1) {
            log(n, failure);
        }
    }

    /**
     * Tells how many failures there were.
     *
     * @return the count
     */
    public long count() {
        return count.get();
    }

    private void log(long n, Throwable failure) {
        try {
            logger.log(System.Logger.Level.WARNING, what + " failed, " + n + " so far", failure);
        } catch (Throwable broken) {
            // A logger is the application's code too. Counting is what is left to do with its failure.
            count.incrementAndGet();
        }
    }
}
