// SPDX-License-Identifier: MIT

/**
 * The name server of a network: its own names, and everything else by {@link io.pktkit.dns.upstream.DnsClient}.
 *
 * <p>What is received and sent is given by a {@link io.pktkit.dns.server.DnsRequest}, over UDP or TCP. A query that cannot be
 * read gets FORMERR if it has a header, an unknown version of EDNS gets BADVERS, another opcode NOTIMP, another class and zone
 * transfers REFUSED. An answer over UDP is as long as the asker takes, but at most 1232 octets, and is cut with TC beyond
 * (RFC 9715). A server that is too busy says nothing, since stubs then ask again.
 *
 * <p>Between asker and server nothing of a message is passed through as bytes: question, DO and CD go out, records and the
 * response code come back, spelled as the asker spelled the name. EDNS is spoken with each side for itself. Options, cookies among
 * them, end here on purpose: a cookie is between two neighbours, a client subnet would tell who asks. AD ends here too, as
 * the way to the servers is not known to be safe.
 *
 * <p>Some names never go out: those of the network and its addresses, {@code localhost} (RFC 6761), {@code invalid}, {@code
 * onion} (RFC 7686), {@code alt} (RFC 9476) and {@code resolver.arpa} (RFC 9462); with {@link io.pktkit.dns.server.Dns64} also
 * {@code ipv4only.arpa} (RFC 8880).
 */
@NullMarked
package io.pktkit.dns.server;

import org.jspecify.annotations.NullMarked;
