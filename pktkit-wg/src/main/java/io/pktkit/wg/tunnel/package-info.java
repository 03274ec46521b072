// SPDX-License-Identifier: MIT

/**
 * WireGuard tunnels that run: the engine of {@link io.pktkit.wg} with a UDP port, a clock and devices.
 *
 * <p>A {@link io.pktkit.wg.tunnel.WgPort} is a UDP port with any number of identities. An identity has its peers behind
 * one {@link io.pktkit.wg.tunnel.WgDevice}, as an interface of the kernel does, or each behind a device of its own, as {@link
 * io.pktkit.wg.tunnel.WgTenants}: then every peer is a guest of a NAT or a host of a hub, and peers with the same address
 * never meet.
 *
 * <pre>
 *  datagrams --&gt; receive thread --&gt; engine: decrypt in place --&gt; device --&gt; who is attached
 *                      | handshakes
 *                      v
 *              handshake thread, timers
 *
 *  who is attached --&gt; device --&gt; copy into the batch --&gt; engine: encrypt in place --&gt; end of the burst
 * </pre>
 *
 * <p><b>Threads.</b> A packet goes all the way on the thread that it came on: what is received on the port's receiving
 * thread, what is sent on that of the sender. Between two processors a hand-over costs more than the cipher gains, so there are
 * no workers for data. They would go between the endpoint and the devices, keyed by peer to keep the order, each with its
 * {@code Incoming}; the engine takes packets of different peers, and of one, on several threads already. Handshakes and
 * timers run on a second thread, as a Diffie-Hellman takes as long as a hundred packets. User code that may block (the
 * connectors, the listener, who decides about unknown peers, the resolver) runs on {@link
 * io.pktkit.time.Timers#callbacks()}, or in the call that adds a peer.
 *
 * <p><b>Ownership.</b> A packet that is sent is on loan: it is copied once, behind the room for the header in the batch of
 * the endpoint, and encrypted there. One that arrives is decrypted where the kernel put it, and lent on. In steady state
 * nothing is allocated but by the cipher.
 *
 * <p><b>Addresses.</b> Answers leave from the address that the peer sent to, where the endpoint knows it. ECN is carried from
 * the inner header to the outer and back (RFC 6040); packets that have waited for a session leave without. Handshakes are
 * AF41. Names of endpoints are resolved on a callback thread, and again when nobody answers.
 *
 * <p><b>Bounds</b> are those of the engine; 1024 handshake messages that wait for their thread, 1024 sources remembered on
 * the receiving thread, 100 ICMP errors a second for a device. An event waits once for each peer.
 *
 * <p><b>Isolation.</b> Peers of a device do not reach each other unless asked, see {@link
 * io.pktkit.wg.tunnel.PeerTraffic} for what that holds against. Tenants reach what their network lets them reach.
 */
@NullMarked
package io.pktkit.wg.tunnel;

import org.jspecify.annotations.NullMarked;
