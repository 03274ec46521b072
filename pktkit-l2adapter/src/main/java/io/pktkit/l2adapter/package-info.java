// SPDX-License-Identifier: MIT

/**
 * The adapter that puts an L3 device onto an Ethernet network.
 *
 * <p>All of it is for any thread. The adapter owns its neighbour tables and timers; the L3 device stays its maker's.
 * Frames and packets are lent for the time of a call, in both directions, and what must wait is copied.
 */
@NullMarked
package io.pktkit.l2adapter;

import org.jspecify.annotations.NullMarked;
