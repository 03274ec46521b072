// SPDX-License-Identifier: MIT

/**
 * What keeps a flood of handshakes from costing a handshake each: mac1, cookies and mac2, the meter that says when they
 * are needed, and the limit for each source that has proven its address.
 *
 * <p>{@code CookieChecker}, {@code SourceLimiter} and {@code LoadMeter} have a lock each and are for any thread;
 * {@code CookieJar} belongs to a peer and is guarded by the peer's lock. Sources: at most 65 536, each forgotten after a
 * second. One cookie secret, replaced after 120 s when it is next needed.
 */
@NullMarked
package io.pktkit.wg.internal.cookie;

import org.jspecify.annotations.NullMarked;
