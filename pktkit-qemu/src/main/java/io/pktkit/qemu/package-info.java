// SPDX-License-Identifier: MIT

/**
 * QEMU guests as devices.
 *
 * <p><b>Protocol.</b> QEMU's {@code -netdev stream} and {@code -netdev socket} send each Ethernet frame over a stream socket
 * with its length before it, 32 bits in network order, in both directions and without a handshake; {@code -netdev dgram} sends
 * each frame as a datagram. Other programs speak the first too, passt and gvproxy among them. A frame of up to 65 535 bytes is
 * taken. A shorter one than an Ethernet header, or one of up to the 69 632 bytes that QEMU itself allows, is passed over and
 * counted; only a length beyond that shows that the framing is lost, and ends the connection. Nothing is allocated for what a
 * length promises. QEMU gives a guest on such a socket no offloads, so every frame is finished.
 *
 * <p><b>Who connects.</b> {@link io.pktkit.qemu.QemuListener} waits for guests, and each connection is a
 * {@link io.pktkit.qemu.QemuDevice}: give them to a hub or any other network with {@link io.pktkit.link.Serve}. Where QEMU
 * listens ({@code server=on}) a device is dialled, once or again whenever the connection ends.
 * {@link io.pktkit.qemu.QemuArguments} says what to start QEMU with. {@link io.pktkit.qemu.IsolatedGuests} is a network that
 * gives each guest a gateway, a DHCP server and a NAT namespace of its own.
 *
 * <pre>
 *   guest ── QEMU ══ Unix or TCP socket ══ QemuDevice ── port of an L2Hub
 *                                              │
 *                                              └──────── or IsolatedGuests: L2Adapter, DhcpServer ── L3Connector
 * </pre>
 *
 * <p><b>Threads.</b> A listener has one thread for all of its connections, a dialled device one of its own, a pair one for
 * both. It reads a burst at a time from each connection in turn and forwards each frame to the end. Whoever sends writes to
 * the socket itself, at once or at the end of its {@link io.pktkit.device.Burst}, and never waits: what a guest does not take
 * stays in a bounded queue, and what does not fit there is dropped and counted under
 * {@link io.pktkit.device.DropReason#QUEUE_FULL}. So a guest that is stopped costs nobody else anything.
 *
 * <p><b>Ownership.</b> A device belongs to who accepted or dialled it; the listener's close leaves accepted devices open.
 * Frames are lent to who is attached, and copied on their way out. While nobody is attached nothing is read, and frames wait
 * in the socket, as on a cable that is not plugged in; that a peer has gone is then noticed later.
 *
 * <p><b>Limits and timers.</b> {@link io.pktkit.qemu.QemuConfig}: guests at once, 1024; bytes waiting for one guest, 1 MiB; a
 * frame, 65 535 bytes; pauses between dialling, 100 ms to 30 s, which begin anew when a frame has come; silence of a peer, no
 * limit. A close lets the peer take what waits for it, for a second at most. A listener without file descriptors pauses, 10 ms
 * to a second.
 *
 * <p><b>Trust.</b> Unix sockets are made for their owner alone (mode 0600). TCP has no such protection: whoever can connect is
 * a guest, so bind loopback unless you mean it. A guest's frames are hostile bytes; on a shared hub, guard its port
 * ({@code HubPort.setGuest}), or isolate it.
 */
@NullMarked
package io.pktkit.qemu;

import org.jspecify.annotations.NullMarked;
