// SPDX-License-Identifier: MIT

/**
 * The cross-platform configuration protocol of WireGuard (<a href="https://www.wireguard.com/xplatform/">its
 * specification</a>), so that {@code wg show}, {@code wg set}, {@code wg setconf} and {@code wg syncconf} work on an
 * identity of ours.
 *
 * <p>{@link io.pktkit.wg.uapi.Uapi} is the text: requests are read into a {@link io.pktkit.wg.uapi.UapiUpdate}, a {@link
 * io.pktkit.wg.uapi.UapiDevice} is written as an answer. {@link io.pktkit.wg.uapi.UapiServer} is the socket, and carries
 * requests out on the peers of a port.
 *
 * <pre>
 *  wg --&gt; Unix socket --&gt; LocalServer --&gt; Uapi --&gt; UapiTarget --&gt; WgPeers, WgPort
 * </pre>
 *
 * <p><b>What differs from an interface of the kernel.</b> A request is read whole before any of it is carried out, so one
 * that is malformed changes nothing. There is always a private key: to take it away is refused. There is no firewall mark:
 * to set one is refused, 0 is accepted. A device of a NAT has its address from the first prefix that its peer was added
 * with.
 *
 * <p><b>Where the socket is.</b> {@code wg} looks in {@code /var/run/wireguard} and nowhere else. Where that cannot be
 * written it is in the directory that the caller names.
 *
 * <p><b>Bounds.</b> A request of 16 MiB, which is more than 65 536 peers need; the rest is {@link
 * io.pktkit.local.LocalServer}'s. <b>Threads.</b> Requests are carried out by the socket's thread, one after the other.
 */
@NullMarked
package io.pktkit.wg.uapi;

import org.jspecify.annotations.NullMarked;
