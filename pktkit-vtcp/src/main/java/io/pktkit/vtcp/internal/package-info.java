// SPDX-License-Identifier: MIT

/**
 * The engine. {@code Tcb} is a connection as its owner sees it: the calls of the application, a segment, the time.
 * Everything else is in rooms, each a package of what changes together, and arrows between them run one way. From the
 * bottom to the top:
 *
 * <pre>
 * stream, timing, option, congestion   the two byte streams; deadlines; options; the window
 * connection                           what every room may know of the connection
 * recovery                             what is in flight and lost, and what is done about it
 * ecn, path                            congestion marks; how large packets may be
 * sending                              what goes out, and when
 * opening                              the handshake, Fast Open, cookies
 * timeout                              what time makes happen
 * receiving                            what a segment makes happen
 * </pre>
 *
 * <p>A room never sees the block. It declares a view of the connection, such as {@code SendingView}, with what it needs
 * and cannot reach below itself, and {@code Block} here implements all of them and makes the parts. Where something has
 * to be told upwards, such as that all is out, the view has a method for it. Two things were rejected: an object of its
 * own for each view, as a connection that has nothing to do is to take less than two kilobytes; and parts that are given
 * each of the others, which would take the same room again in references.
 *
 * <p>The rule that rooms have no cycles and know no block is checked with the table of the modules.
 *
 * <p>Inside, sequence numbers are unwrapped to 64 bits: offset 0 is the SYN, the first byte of the stream is at offset 1,
 * and an ordinary comparison orders them. Times are nanoseconds since the connection was made. Both conversions happen at
 * the edge, so that neither a wrapped sequence number nor a clock with a negative origin can be compared wrongly.
 *
 * <p>All classes belong to the owner of the connection and none is thread-safe, where nothing else is said.
 */
@NullMarked
package io.pktkit.vtcp.internal;

import org.jspecify.annotations.NullMarked;
