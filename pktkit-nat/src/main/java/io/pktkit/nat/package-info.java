// SPDX-License-Identifier: MIT

/**
 * A NAT between devices: {@link io.pktkit.nat.Nat}, made with a {@link io.pktkit.nat.policy.NatConfig}, puts a {@link
 * io.pktkit.nat.engine.NatEngine} between them, with a clock and a lock. How packets are translated is described with that.
 *
 * <p>{@code policy} is what the owner decides, {@code observe} what it is told. {@code helper} is what application layer gateways
 * are written against, {@code alg} are ours. {@code service}, {@code upnp} and {@code pcp} are what a NAT offers to its inside
 * hosts.
 *
 * <p><b>Threads.</b> Everything here is for any thread. Packets are sent on by the thread that brought them, without a lock.
 */
@NullMarked
package io.pktkit.nat;

import org.jspecify.annotations.NullMarked;
