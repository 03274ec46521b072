// SPDX-License-Identifier: MIT

/**
 * What goes out, and when. {@code Transmitter} is asked after everything that happens and sends what may be sent: first
 * what is lost, then new data, as far as the peer's window, recovery and the {@code Pacer} admit it, then an
 * acknowledgment if {@code AckPolicy} has one due and it went with neither. Segments that follow upon each other leave as
 * a {@code Train}; {@code SegmentWriter} makes them in the sink's buffer. {@code Limits} keeps account of what held the
 * sender back.
 *
 * <p>Of the connection this room sees {@code SendingView}. That all is out it tells upwards once for each attempt, so that
 * the timers can be set; what happens when one fires is not decided here.
 *
 * <p>All of it belongs to the owner of the connection and is not thread-safe. Nothing is allocated for a segment.
 */
@NullMarked
package io.pktkit.vtcp.internal.sending;

import org.jspecify.annotations.NullMarked;
