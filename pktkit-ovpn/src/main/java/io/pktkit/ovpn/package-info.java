// SPDX-License-Identifier: MIT

/**
 * An OpenVPN server that runs: the sessions with ports, a clock, and devices.
 *
 * <pre>
 *  datagrams --&gt; receiving thread --&gt; decrypt --&gt; device --&gt; who is attached
 *                      | control packets
 *                      v
 *              control thread: sessions, timers  &lt;--&gt; callbacks: authenticator, networks, listener
 *
 *  who is attached --&gt; device --&gt; encrypt into the batch --&gt; end of the burst
 * </pre>
 *
 * <p><b>Threads.</b> A data packet goes all the way on the thread that it came on. Control packets, whose TLS takes as long
 * as a hundred of those, and timers are of one thread, which owns the sessions. The authenticator runs on {@link
 * io.pktkit.time.Timers#callbacks()}, several at once; networks and the listener there, too, one at a time and in order.
 *
 * <p><b>Strangers.</b> A first packet over UDP is answered without keeping anything, and no oftener than a budget allows.
 * Who proves by the answer that it is where it says gets a session, within limits of all, of those not in yet, and of each
 * source. Nothing of TLS is looked at before. A new session does not harm the one that its client may have: only when it is
 * in it takes its place.
 *
 * <p><b>Isolation.</b> A client's packets have its addresses as their source, or are dropped. Tenants meet only where their
 * network lets them; clients that share a device only if client to client is asked for.
 */
@NullMarked
package io.pktkit.ovpn;

import org.jspecify.annotations.NullMarked;
