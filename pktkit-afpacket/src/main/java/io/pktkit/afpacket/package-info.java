// SPDX-License-Identifier: MIT
/**
 * An interface that exists already, by packet sockets (packet(7)): {@link io.pktkit.afpacket.AfPacket}.
 *
 * <p>The device shares the interface with the host, as a second station on the same wire: it gets a copy of what arrives,
 * which the host gets too, and what it sends leaves by the interface. It takes no address of the host and changes no
 * setting. It cannot talk to the host itself: what the one sends goes out to the wire, not in to the other.
 *
 * <p>It needs 64-bit Linux and CAP_NET_RAW; elsewhere {@code open} says so.
 *
 * <p><b>Frames are whole.</b> What the kernel hands to a packet socket is not always what was on the wire. Runs of segments
 * were joined (GRO), or not yet cut when both ends are on one machine; checksums are then not yet there; and a VLAN tag was
 * taken out. Each frame comes with a {@code struct virtio_net_hdr} and auxiliary data that tell. A tag is put back. A run
 * is delivered as a super-segment and a missing checksum as pending, which hubs and links finish where the next device does
 * not take them; with {@code offload(false)} the device does it, and a receiver gets only frames as on a wire. A buffer
 * holds the longest IP packet, thus no frame is ever cut short: what is longer, which only jumbograms of "BIG TCP" are, is
 * dropped and counted as too big. Frames sent must be finished: {@code offloads()} is empty, so hubs and links see to it.
 *
 * <p><b>Batches.</b> {@code recvmmsg} fills up to 32 buffers by one call, and inside a {@link io.pktkit.device.Burst}
 * {@code sendmmsg} sends up to 64 frames by one. The memory-mapped ring (TPACKET_V3) was left aside: it retires a block of
 * frames by a timer of milliseconds, which a network that guests talk over would feel as delay, it has no way to send
 * with checksums to be filled in, and its memory could be unmapped under a reader, which ends a JVM.
 *
 * <p><b>Threads.</b> Each device has one or more daemon threads, which read and call who is attached. With several, the
 * kernel shares the frames out by flow ({@code PACKET_FANOUT_HASH}): a flow stays in order on one thread, and the receiver
 * is called by several threads at once. They read also while nobody is attached, and drop: nobody wants last minute's
 * frames. {@code send} writes on the calling thread, by a socket of its own that receives nothing: the readers wait for
 * theirs, and for each frame that leaves a socket the kernel goes through those who wait for it. Only with
 * {@code outgoing(true)} the first reader's socket sends too, because what a socket sent is kept from that socket alone.
 *
 * <p><b>The interface comes and goes.</b> While it is down nothing arrives and what is sent is dropped as
 * {@code LINK_DOWN}; both ends by itself. A socket of an interface that was deleted, or moved to another network
 * namespace, stays deaf for good: the first thread hears of it by netlink, and opens new sockets when an interface of
 * that name is there again, in the namespace in which the device was opened. It looks four times a second while there is
 * none, should the kernel have refused. {@code mtu()} follows the interface's.
 *
 * <p><b>Ownership.</b> A socket is closed when the last call on it has returned; readers are woken first, and
 * {@code close} waits for them. The interface is left as it was found: promiscuous mode is a membership of the socket. A
 * device that is dropped without being closed lives on, because its threads do.
 */
@NullMarked
package io.pktkit.afpacket;

import org.jspecify.annotations.NullMarked;
