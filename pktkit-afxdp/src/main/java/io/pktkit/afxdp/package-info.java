// SPDX-License-Identifier: MIT
/**
 * AF_XDP: chosen addresses of an interface, taken by an XDP program before the kernel's own stack sees them: {@link
 * io.pktkit.afxdp.AfXdp}.
 *
 * <p>The host keeps the interface, its addresses and all that is not captured. What is captured, by prefix, protocol and
 * port ({@link io.pktkit.afxdp.capture}), goes to the device alone; the host never sees it. What the device sends leaves by
 * the interface, past the host's stack and its firewall. Nothing is captured until it is asked for, and never a whole
 * family of addresses.
 *
 * <p>It needs 64-bit Linux, CAP_NET_RAW for the sockets, CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON for the program; {@code
 * open} says which is missing. A frame is whole or is not delivered: an interface whose MTU does not fit a chunk is refused.
 *
 * <p><b>Memory and its lifetime.</b> To touch memory that was unmapped ends the JVM, thus two rules stand behind each other.
 * <ol>
 * <li><em>Order.</em> {@code close} first stops the diversion: the program leaves the interface, and the map of sockets
 *     forgets them, so that no frame more is on its way to us. Then the threads are told to end and are waited for. Then
 *     senders are locked out, of which the last has left its lock. Only then a socket's descriptor is closed and its memory
 *     given back; by whoever is last: a handler that closes the device runs on a thread that still holds the frame it was
 *     lent, and that thread frees when it ends.
 * <li><em>Reach.</em> Should a handler keep a frame beyond its call, or a defect of ours break that order, the process is to
 *     live. The memory shared with the kernel, chunks and rings alike, is a direct buffer, and what was mapped for it is
 *     never unmapped while Java can reach that buffer or any view of it. Giving it back replaces what is behind the
 *     addresses by empty memory, in one step; the addresses go when the collector finds no reference left
 *     ({@code MappedMemory} of pktkit-native). Who kept a frame reads zeros.
 * </ol>
 * A descriptor of the socket is never closed under a call that uses it, and the kernel's side of the memory is pinned until
 * the kernel itself has let go, whatever we do.
 *
 * <p><b>Frames.</b> A frame that comes is lent where it lies in the shared memory, without a copy; its chunk goes back to
 * the kernel after the batch of up to 64. A frame that is sent is copied into a chunk once; with zero-copy that is the only
 * copy, otherwise the kernel makes another. Frames sent must be finished, hubs and links see to it. There is no super-segment
 * to receive, and on {@code veth}, where the other end leaves checksums out, these come as pending.
 *
 * <p><b>Batches.</b> Inside a {@link io.pktkit.device.Burst} up to 64 frames are published by one move of a cursor and one
 * call. The kernel is called as the ring's flag asks, again while that moves something, and when it does not, every
 * millisecond by the queue's thread until it does. When the ring is full what is finished is taken back first, then the
 * kernel is called, and only then the frame is dropped as {@code QUEUE_FULL}.
 *
 * <p><b>Threads.</b> A daemon thread for each queue receives and calls who is attached, so with several queues by several
 * threads at once; a flow stays on its queue. The first one also follows the interface. {@code send} works on the calling
 * thread: one of ours sends by its own queue, any other always by the same one. Captures may be changed from any thread.
 *
 * <p><b>The interface goes.</b> While it is down, frames sent are dropped as {@code LINK_DOWN}. When it is deleted, or moved
 * to another network namespace, the device closes itself and {@code done()} tells; open another one when it is there again.
 *
 * <p><b>Bounds.</b> A queue pins {@code 2 * ringSize * chunkSize} bytes, 16 MiB unless told otherwise, which count against
 * the limit of locked memory without CAP_IPC_LOCK. A device that is dropped without being closed lives on, because its
 * threads do.
 */
@NullMarked
package io.pktkit.afxdp;

import org.jspecify.annotations.NullMarked;
