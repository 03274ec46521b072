// SPDX-License-Identifier: MIT

/**
 * What devices, links, hubs and timers share and users do not see: the per-thread forwarding state and the gate that
 * keeps callbacks from running after a close. {@code ThreadState} is confined to its thread except where it says so.
 */
@NullMarked
package io.pktkit.internal;

import org.jspecify.annotations.NullMarked;
