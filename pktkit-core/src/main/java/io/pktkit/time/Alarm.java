// SPDX-License-Identifier: MIT
package io.pktkit.time;

/**
 * A callback with a deadline that can be moved. Any thread.
 *
 * <p>Made for engines whose next deadline changes with each packet: to move a deadline later, which is the usual case,
 * takes no lock and touches no queue.
 */
public interface Alarm extends AutoCloseable {

    /**
     * Sets the deadline, in place of the one before.
     *
     * @param deadlineNanos when to fire, in the terms of {@link Timers#nowNanos()}; a time that has passed fires at
     *     once; {@link Timers#NEVER} disarms
     */
    void arm(long deadlineNanos);

    /** Removes the deadline. If the alarm is just firing on another thread, it may still run that once. */
    void disarm();

    /**
     * Disarms for good. Idempotent. The callback does not run after this returned, unless it is what called it. Do not
     * hold a lock that the callback wants.
     */
    @Override
    void close();
}
