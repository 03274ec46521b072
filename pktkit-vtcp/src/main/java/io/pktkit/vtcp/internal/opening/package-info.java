// SPDX-License-Identifier: MIT

/**
 * How a connection begins. {@code Handshake} is SYN-SENT and SYN-RECEIVED and fills in what is agreed there;
 * {@code FastOpenClient} and {@code FastOpenServer} are what RFC 7413 adds for those that use it, and {@code SynData} is
 * what a SYN carries. What is computed before there is a connection is here too, each a digest with a key: initial
 * sequence numbers, SYN cookies and the cookies of Fast Open.
 *
 * <p>Of the connection this room sees {@code OpeningView}; it tells it when a SYN is out and when the handshake is
 * complete, and hands on what a SYN-ACK brings of the stream.
 *
 * <p>{@code Handshake} and what it makes belong to the owner of the connection and are not thread-safe. The digests are
 * safe for use from any thread; {@code CookieCodec} remembers whether it gave any, and belongs to one owner.
 */
@NullMarked
package io.pktkit.vtcp.internal.opening;

import org.jspecify.annotations.NullMarked;
