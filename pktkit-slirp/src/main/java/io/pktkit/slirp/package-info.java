// SPDX-License-Identifier: MIT

/**
 * Userspace NAT onto the host's sockets, without privileges: a guest's TCP connections end here and go on as sockets of this
 * process, its datagrams leave from sockets of this process, and nothing of its packets reaches the host's network stack.
 *
 * <p><b>Tenants.</b> Each device that is {@linkplain io.pktkit.slirp.Slirp#connect connected} is a namespace of its own: addresses
 * inside may repeat from one to the next, and none can use up what belongs to the others.
 *
 * <p><b>Threads.</b> One thread per {@link io.pktkit.slirp.Slirp} dials, and moves what sockets bring and take. Packets from a guest
 * are handled on the thread that brings them, under the lock of their namespace, and never wait for a socket. That thread also sends
 * a guest's datagrams, after the first to a destination: at the end of its {@link io.pktkit.device.Burst}, many for one taking of the
 * lock and one asking of the policy. No lock is held while a device, a policy or a service is called.
 *
 * <p><b>Safe by default.</b> Guests reach public unicast addresses and nothing else: not the host's loopback, not its own
 * addresses, not private networks or metadata services. {@link io.pktkit.slirp.EgressPolicy} widens or narrows that, and
 * {@link io.pktkit.slirp.SlirpConfig.Builder#allowHost(int)} opens single ports of the host.
 */
@NullMarked
package io.pktkit.slirp;

import org.jspecify.annotations.NullMarked;
