// SPDX-License-Identifier: MIT

/**
 * Links that delay, lose, duplicate, damage and reorder what passes, and that have a rate.
 *
 * <p>An {@link io.pktkit.impair.ImpairedLink} is put between a device and its network, on the attachment of the device. It
 * carries frames or packets alike. Each direction has an {@link io.pktkit.impair.Impairment}, a random number generator and a
 * queue of its own; all of them can be changed while traffic flows. Nothing here has a thread: what is late is released by
 * the {@link io.pktkit.time.Timers}, so that a test with {@link io.pktkit.time.ManualTime} sees the same packets at the
 * same times in each run.
 *
 * <p>All public types are for any thread. What passes is lent as everywhere; what must wait is copied into a buffer that is
 * used again, and what was noted of it beside its bytes goes with it. What one direction releases comes out of one thread
 * at a time, without a lock held.
 *
 * <p>What waits is bounded for each direction, in messages and in bytes of memory. What is kept of free buffers besides is
 * at most 2 MiB of each size, and is given up with the link.
 */
@NullMarked
package io.pktkit.impair;

import org.jspecify.annotations.NullMarked;
