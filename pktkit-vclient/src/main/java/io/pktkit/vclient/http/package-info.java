// SPDX-License-Identifier: MIT

/**
 * A small HTTP/1.1 client (RFC 9110, RFC 9112) over any kind of socket.
 *
 * <p>{@link io.pktkit.vclient.http.HttpClient} opens one connection for each exchange and closes it afterwards; it keeps
 * no pool, follows no redirects and stores no cookies. What it does is strict: it owns the framing of what it sends, and
 * refuses a response whose end could be read in two ways. One deadline covers an exchange from the lookup of the name to
 * the last byte of the body. Calls block the calling thread; clients, requests and responses are immutable and may be
 * shared.
 */
@NullMarked
package io.pktkit.vclient.http;

import org.jspecify.annotations.NullMarked;
