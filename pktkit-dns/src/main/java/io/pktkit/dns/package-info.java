// SPDX-License-Identifier: MIT

/**
 * DNS messages (RFC 1035, RFC 3597, RFC 6891).
 *
 * <p>{@link io.pktkit.dns.DnsMessage} reads and writes whole messages and serves both sides: who asks and who answers. Reading
 * is total: whatever the bytes are, the result is a message or {@code null}, found in bounded time. Names, questions, records
 * and messages are immutable and may be shared between threads.
 *
 * <h2>The module</h2>
 *
 * <pre>
 *   stub (DnsResolver)      server (DnsForwarder, NameTable)
 *            \              /
 *       upstream (DnsClient: who is asked, what is believed, what is kept)
 *                   |
 *       DnsTransport: given. host has sockets of the host; pktkit-vclient those of a virtual host
 * </pre>
 *
 * One engine asks for both faces, so that what protects one protects the other. It is sans-I/O; {@link
 * io.pktkit.dns.upstream.DnsClient} is its shell, without a thread. {@code host} has what a host brings: sockets, and {@code
 * resolv.conf}.
 */
@NullMarked
package io.pktkit.dns;

import org.jspecify.annotations.NullMarked;
