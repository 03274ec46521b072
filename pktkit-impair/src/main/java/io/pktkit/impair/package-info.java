// SPDX-License-Identifier: MIT

/**
 * Links that delay, lose, duplicate, damage and reorder what passes, and that have a rate.
 *
 * <p>{@link io.pktkit.impair.ImpairL2} and {@link io.pktkit.impair.ImpairL3} are put around a device and used in its
 * place. Each direction has an {@link io.pktkit.impair.Impairment}, a random number generator and a queue of its own;
 * all of them can be changed while traffic flows. Nothing here has a thread: what is late is released by the
 * {@link io.pktkit.time.Timers}, so that a test with {@link io.pktkit.time.ManualTime} sees the same packets at the
 * same times in each run.
 *
 * <p>All public types are for any thread. What is sent or received is lent as everywhere; what must wait is copied into a
 * buffer that is used again. What one direction releases comes out of one thread at a time, without a lock held.
 */
@NullMarked
package io.pktkit.impair;

import org.jspecify.annotations.NullMarked;
