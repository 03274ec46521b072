// SPDX-License-Identifier: MIT

/**
 * What devices, links, hubs and timers share and users do not see: the per-thread forwarding state, the gate that keeps
 * callbacks from running after a close, counters in which each thread has a stripe of its
 * own, the loop that accepts, and what tunnels have in common: which peer a prefix belongs to, which packets were received before, and keys that
 * can be wiped. {@code ThreadState}
 * is confined to its thread except where it says so.
 */
@NullMarked
package io.pktkit.internal;

import org.jspecify.annotations.NullMarked;
