// SPDX-License-Identifier: MIT

/**
 * How large the packets of a connection may be. {@code PathMtu} has the size in force and the bounds of what is believed;
 * {@code MtuProber} raises it by probes (RFC 4821) and lowers it where a router or {@code BlackHole} says so;
 * {@code MtuSearch} chooses the sizes. The size of a segment follows from the MTU and from what the peer takes, and is
 * set here and nowhere else.
 *
 * <p>A probe is new data like any other, so that it is the sender who asks for one and sends it. What becomes of it is
 * read off the scoreboard; to recovery the prober is a {@code SizeProbe}, which is asked whether a loss is only that of
 * the probe. Of the connection it sees {@code PathView}.
 *
 * <p>All of it belongs to the owner of the connection and is not thread-safe. Search and suspicion are made when they are
 * first needed: most connections neither probe nor time out.
 */
@NullMarked
package io.pktkit.vtcp.internal.path;

import org.jspecify.annotations.NullMarked;
