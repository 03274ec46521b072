// SPDX-License-Identifier: MIT

/**
 * What a peer holds between handshakes: keypairs with their replay windows, the indexes by which datagrams find them,
 * packets that wait, and timers; and of peers that are gone the timestamps.
 *
 * <p>Everything is guarded by the lock of its peer unless it says otherwise. The index table and the timer heap have a
 * lock each, which is taken under a peer's and under which nothing is called. All times are nanoseconds of the caller's
 * monotonic clock.
 */
@NullMarked
package io.pktkit.wg.internal.session;

import org.jspecify.annotations.NullMarked;
