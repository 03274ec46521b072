// SPDX-License-Identifier: MIT

/**
 * DNS messages (RFC 1035, RFC 6891), and a resolver over any transport.
 *
 * <p>{@link io.pktkit.vclient.dns.DnsMessage} reads and writes whole messages and serves both sides: a resolver that asks
 * and a forwarder that answers. Reading is total: whatever the bytes are, the result is a message or {@code null}, found
 * in bounded time. Names, questions, records and messages are immutable and may be shared between threads.
 *
 * <p>{@link io.pktkit.vclient.dns.DnsResolver} believes an answer only if it comes from the server it asked, carries the
 * random identifier and the random letter case of its question (RFC 5452, section 9), and reaches the records it uses
 * through an unbroken chain of aliases from the name that was asked. It blocks the calling thread and has none of its
 * own; any number of threads may use one resolver.
 */
@NullMarked
package io.pktkit.vclient.dns;

import org.jspecify.annotations.NullMarked;
