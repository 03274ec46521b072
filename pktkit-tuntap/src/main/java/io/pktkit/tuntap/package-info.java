// SPDX-License-Identifier: MIT
/**
 * TUN and TAP: a network interface of the kernel, with its other end in this program.
 *
 * <p>What the kernel sends out of the interface comes to who is attached to the device; what is given to {@code send} is
 * what the kernel receives on it. {@link io.pktkit.tuntap.Tap} carries Ethernet frames, {@link io.pktkit.tuntap.Tun} IP packets.
 * Both need 64-bit Linux, {@code /dev/net/tun} and CAP_NET_ADMIN; elsewhere {@code open} says so.
 *
 * <p><b>Threads.</b> Each device has one daemon thread, which reads bursts and calls who is attached. While nobody is, it
 * reads nothing, and the kernel queues up to the interface's transmit queue. It also hears when others change the MTU.
 * {@code send} writes on the calling thread. Addresses, routes and the MTU may be set from any thread; they apply in the network namespace in which the device was
 * opened, for its whole life. An interface that was moved to another one still carries traffic, and is configured there.
 *
 * <p><b>Ownership.</b> A device holds the interface. Closing it removes the interface, unless that was made persistent
 * beforehand ({@code ip tuntap add}). A device that is dropped without being closed lives on, because its thread does.
 */
@NullMarked
package io.pktkit.tuntap;

import org.jspecify.annotations.NullMarked;
