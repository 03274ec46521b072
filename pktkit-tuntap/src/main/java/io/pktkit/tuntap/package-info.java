// SPDX-License-Identifier: MIT
/**
 * TUN and TAP: a network interface of the kernel, with its other end in this program.
 *
 * <p>What the kernel sends out of the interface comes to who is attached to the device; what is given to {@code send} is
 * what the kernel receives on it. {@link io.pktkit.tuntap.Tap} carries Ethernet frames, {@link io.pktkit.tuntap.Tun} IP packets.
 * Both need 64-bit Linux, {@code /dev/net/tun} and CAP_NET_ADMIN; a Tun is to be had on macOS too, by root. Elsewhere
 * {@code open} throws an {@link java.lang.UnsupportedOperationException} that names the system.
 *
 * <p><b>Threads.</b> Each device has one daemon thread for each queue, one unless more were asked for ({@link
 * io.pktkit.tuntap.InterfaceConfig.Builder#queues}), which reads bursts and calls who is attached. While nobody is, it
 * reads nothing, and the kernel queues up to the interface's transmit queue. It also hears when others change the MTU.
 * {@code send} writes on the calling thread. Addresses, routes and the MTU may be set from any thread; they apply in the network namespace in which the device was
 * opened, for its whole life. An interface that was moved to another one still carries traffic, and is configured there.
 *
 * <p><b>Offloads.</b> Each message has a {@code struct virtio_net_hdr} before it ({@code IFF_VNET_HDR}), unless the device
 * was opened with {@code offload(OFF)}. The kernel hands over TCP and UDP super-segments whole, with their segment size,
 * and leaves checksums pending; it is given both. What it takes is tried at the opening, while the interface is still down
 * and thus nobody receives the tests; UDP is cut here on kernels that are known to damage it. What the kernel refuses all
 * the same is cut or summed here and counted as cut, and after eight refusals in a row nothing more is tried until {@link
 * io.pktkit.tuntap.InterfaceDevice#setSegmentation} asks for it. No copy is made of a packet that is in a direct buffer.
 *
 * <p><b>macOS.</b> A Tun is a utun interface there: one queue, no offloads, no word of what others change, a name that is
 * {@code utun} and a number. It is configured by {@code /sbin/ifconfig} and {@code /sbin/route}. This was written by Apple's
 * sources and is tested as far as Linux can: it was never run on a Mac.
 *
 * <p><b>Ownership.</b> A device holds the interface. Closing it removes the interface, unless that was made persistent
 * beforehand ({@code ip tuntap add}). A device that is dropped without being closed lives on, because its thread does.
 */
@NullMarked
package io.pktkit.tuntap;

import org.jspecify.annotations.NullMarked;
