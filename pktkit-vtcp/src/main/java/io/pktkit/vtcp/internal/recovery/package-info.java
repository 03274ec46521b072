// SPDX-License-Identifier: MIT

/**
 * What is in flight, what of it is lost, and what is done about that. {@code Scoreboard} has a record of each segment
 * sent; an acknowledgment changes it first, and then {@code LossRecovery} is told of the {@code AckFacts}.
 * {@code LossDetection} says what is lost ({@code Rack} and {@code LossProbe}, RFC 8985, or RFC 6582 without SACK);
 * {@code LossRecovery} steers the congestion window while that is repaired, and asks small judges that can be read
 * alone: {@code Prr} (RFC 9937), {@code Undo} and {@code ForwardRto} (whether a cut was for nothing),
 * {@code Reduction} (marks of ECN), {@code WindowValidation} (RFC 7661) and {@code DeliveryRate}.
 *
 * <p>Nothing is sent here and no timer is armed: the rooms above ask what is to be repeated, what the window admits, and
 * when to come back. The one question that is put upwards is {@code SizeProbe}: whether what is lost is only a segment
 * that was larger than the path takes.
 *
 * <p>All of it belongs to the owner of the connection and is not thread-safe. The judges are made when they are first
 * needed, as most connections never lose anything.
 */
@NullMarked
package io.pktkit.vtcp.internal.recovery;

import org.jspecify.annotations.NullMarked;
