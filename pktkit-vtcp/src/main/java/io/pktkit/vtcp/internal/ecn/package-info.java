// SPDX-License-Identifier: MIT

/**
 * Explicit congestion notification. {@code Ecn} is what the others talk to: it keeps what the handshake agreed on, says
 * which flags and which codepoint a segment gets, and tells what acknowledgments say of marks. The feedback of RFC 3168
 * is its own; that of RFC 9768 is counted by {@code AccurateEcn}, with what the AccECN option adds in
 * {@code AccEcnReport}, which is our side of it, and {@code AccEcnEcho}, which is the peer's.
 *
 * <p>The answer to a mark is the business of recovery, of which this room knows how far the last reduction of the window
 * reaches. It sends nothing and arms nothing: what is urgent is a return value.
 *
 * <p>All of it belongs to the owner of the connection and is not thread-safe. The counters of RFC 9768 exist only where
 * both ends asked for them.
 */
@NullMarked
package io.pktkit.vtcp.internal.ecn;

import org.jspecify.annotations.NullMarked;
