// SPDX-License-Identifier: MIT

/**
 * WireGuard without threads, clock or sockets.
 *
 * <p>A {@link io.pktkit.wg.WgEngine} is one UDP port. It has identities, which are key pairs of ours, and those have peers.
 * It is given datagrams, packets and the time; it answers through a {@link io.pktkit.wg.WgSink} during the call, and with
 * one deadline at which it wants to be called again.
 *
 * <p><b>Sessions.</b> A packet for a peer without a session waits while a handshake runs. A session lasts three minutes at
 * most; its initiator replaces it after two, so traffic never stops. Nothing is sent that nobody asked for: an idle tunnel
 * is silent unless it has persistent keepalives.
 *
 * <p><b>Routing.</b> A packet goes to the peer that has the longest allowed prefix of its destination, and is taken from a
 * peer only if the longest prefix of its source is that peer's.
 *
 * <p><b>Ownership.</b> Datagrams are decrypted in the buffer that they were received into, and packets encrypted in the
 * buffer that they are sent from; both are the caller's. What the sink is given is on loan.
 *
 * <p><b>Threads.</b> Everything may be called by any thread. There is a lock for each peer, held for bookkeeping only, and
 * one under which identities and peers come and go, which no datagram takes. No lock is held while something is computed
 * or anybody is called. The order of locks: identities, peer, then one of index table, timers, budget, allowed IPs.
 *
 * <p><b>Bounds.</b> 256 identities; 65 536 peers; four indexes a peer; 128 packets and half a mebibyte a peer that wait for
 * a session, 16 MiB in all; 256 strangers that wait for a decision, 4 of an IPv4 address or IPv6 /64, and 50 a second that are
 * looked at; 4096 timestamps of removed peers; 65 536 sources of which a cookie is asked. Handshakes need a cookie when there
 * are more than 1000 a second, and those of strangers when half of what there is for them is used.
 *
 * <p><b>Timers.</b> Those of the reference implementation: 5 s to repeat an initiation, up to 20 of them; 10 s to confirm
 * what came; 15 s without an answer until a new handshake; 120 s to replace a key, 180 s to reject it, 540 s to wipe it.
 *
 * <p><b>Keys</b> are wiped when they are displaced, and 540 s after the last session was made. What the JDK's cipher and the
 * digests copied of them lives until they are used again or collected, which a library cannot change.
 */
@NullMarked
package io.pktkit.wg;

import org.jspecify.annotations.NullMarked;
