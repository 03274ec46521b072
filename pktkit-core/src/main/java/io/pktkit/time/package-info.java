// SPDX-License-Identifier: MIT

/**
 * Time: what engines are told instead of reading a clock.
 *
 * <p>A time is a number of nanoseconds from an arbitrary origin, as that of {@link System#nanoTime()}. It may be
 * negative and it may overflow: two times are compared by their difference, {@code a - b < 0}, never with {@code a < b}.
 * The one exception is {@link io.pktkit.time.Timers#NEVER}, which is no time but the absence of one, and must be looked
 * for before any arithmetic; {@link io.pktkit.time.Timers#earlier} does that.
 *
 * <p>Nothing in pktkit reads a clock or starts a timer by itself. What needs time is given a
 * {@link io.pktkit.time.Timers}: {@link io.pktkit.time.SystemTimers} in production, and in tests a
 * {@link io.pktkit.time.ManualTime}, which moves only when it is told to. All types here are for any thread.
 */
@NullMarked
package io.pktkit.time;

import org.jspecify.annotations.NullMarked;
