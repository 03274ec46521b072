// SPDX-License-Identifier: MIT

/**
 * What an application layer gateway is written against. Those in {@code io.pktkit.nat.alg} use nothing else.
 *
 * <p>A {@link io.pktkit.nat.helper.NatHelper} says which flows it wants, when they begin, and then sees their payloads after
 * translation, both ways. It may change them, and open ports of the inside host to the outside. The NAT does the rest: a
 * payload that became longer or shorter is followed by the sequence numbers, acknowledgments and selective acknowledgments
 * of its stream, in retransmissions too, and what is then too long for a link leaves in two segments.
 * As long as a helper takes part in a TCP flow, a segment that is ahead of a missing one is dropped: what is changed in
 * that one would move it. So is one that comes while sixteen changes wait for their acknowledgment. Its sender repeats it.
 * A segment that comes in fragments ends the helper's part in the flow, as {@link io.pktkit.nat.helper.HelperFlow#leave} does.
 *
 * <p>A message that is split over segments can be held back until it is whole. The sender is then told that its text has
 * arrived, once the receiver has everything before it, so that it sends on however small its window; when the rest is lost,
 * the sender repeats that, and the NAT what it held. At most 16 KiB of a stream are held, 512 KiB of a
 * host and 32 MiB in all; what helpers keep with flows is counted together with that.
 *
 * <p>A helper may ask for flows to come, by the port of the inside host or by the remote endpoint, and gives the state that
 * they begin with: for what is agreed on one connection and spoken on another.
 *
 * <p>What a helper opens lets in whom it names, for as long as it says and until the connection that came of it is over; is
 * counted against the host; and is always for the inside host of the flow itself, never for another that a payload names.
 *
 * <p><b>Threads.</b> A helper is called by whoever calls the engine, one thread at a time, and must neither block nor call the
 * engine. It keeps what it knows of a flow with the flow. What it throws is contained and ends its part in that flow.
 */
@NullMarked
package io.pktkit.nat.helper;

import org.jspecify.annotations.NullMarked;
