// SPDX-License-Identifier: MIT

/**
 * A stub resolver: names to addresses and other records, for code that waits for them.
 *
 * <p>Of a response only those records count that the question reaches through an unbroken chain of aliases, at most 16, whatever
 * else it holds; an alias that the server did not follow is asked for in turn. NXDOMAIN and an empty answer are told apart in
 * {@link io.pktkit.dns.stub.DnsLookupException.Reason}. A lookup blocks the calling thread, which meanwhile does the work of its
 * {@link io.pktkit.dns.upstream.DnsClient}; there is no other thread.
 */
@NullMarked
package io.pktkit.dns.stub;

import org.jspecify.annotations.NullMarked;
