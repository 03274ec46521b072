// SPDX-License-Identifier: MIT

/**
 * How guests are guarded: {@link io.pktkit.hub.guard.internal.FrameJudge} is a pure function of a frame and of what is
 * bound to its port, {@link io.pktkit.hub.guard.internal.PortGuard} has what is bound to one port and counts, and
 * {@link io.pktkit.hub.guard.internal.BindingTable} has all ports of a network and settles conflicts under its monitor.
 * Nothing is sent with the monitor held.
 */
@NullMarked
package io.pktkit.hub.guard.internal;

import org.jspecify.annotations.NullMarked;
