// SPDX-License-Identifier: MIT

/**
 * Asking recursive name servers: the engine under the stub resolver and the forwarder, its shell, and the transport that it is
 * given.
 *
 * <h2>What is believed</h2>
 *
 * RFC 5452 in full. Each try at a server has a port, an identifier and a spelling of the name (random case, "0x20") of its
 * own, all from a secure source; the transport lets in only what came from the address and port that was asked; identical
 * questions are merged, so that nobody can have many tries at one answer going at once. A message that is not the answer is
 * counted, and after eight at one port the question is asked over TCP only, of whichever server. An answer whose only fault is the case of the
 * name is asked for again over TCP: if the server folds case there too, that is how it is, and is remembered for a quarter
 * of an hour; if it has no TCP it is asked once more in lower case, so that a forger must have guessed port and identifier
 * twice.
 *
 * <h2>Whom to ask, and for how long</h2>
 *
 * Servers are asked in the order that was set, each for a second at first, then for two and four. Nobody is hung up on: earlier
 * tries stay open, so that a late answer still counts, up to three ports a question. SERVFAIL, REFUSED, a lame answer, a closed
 * port or a broken connection lead to the next server at once. A server that was silent twice in a row, or whose port is closed,
 * is demoted: asked last, and after 5 seconds (doubled up to 5 minutes) once beside a working one, whose answer nobody has to
 * wait longer for. Ten seconds after a question came up it is given up.
 *
 * <p>A cut answer is asked for again over TCP, and if that does not come in its time, of the next server; the cut one is kept for
 * a forwarder's client to try itself. FORMERR or NOTIMP to a query with EDNS, and silence to the first one, lead to one
 * without. What a server said it is limited to is not believed either: any size is taken.
 *
 * <p>When servers change, everything under way is asked anew of those, and answers that were kept are forgotten.
 *
 * <h2>Bounds</h2>
 *
 * Who waits takes a place, 512 in all. One alone may have all of them; with others, who has most gives way, and who may be forged
 * before who may not ({@code FairShare}). Each question has at most three ports. Answers are kept in about a megabyte, absence
 * for at most five minutes (RFC 2308), records for a day.
 */
@NullMarked
package io.pktkit.dns.upstream;

import org.jspecify.annotations.NullMarked;
