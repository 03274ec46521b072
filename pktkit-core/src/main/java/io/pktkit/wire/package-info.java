// SPDX-License-Identifier: MIT

/**
 * The wire formats: what the bytes of a frame or packet mean.
 *
 * <h2>Views</h2>
 *
 * {@link io.pktkit.wire.Frame}, {@link io.pktkit.wire.Packet}, {@link io.pktkit.wire.TcpSegment},
 * {@link io.pktkit.wire.UdpDatagram}, {@link io.pktkit.wire.IcmpMessage} and {@link io.pktkit.wire.ArpPacket} are
 * reusable windows onto a big-endian {@link java.nio.ByteBuffer}, heap or direct. They copy nothing and own none of the
 * bytes. The rules are the same for all of them:
 *
 * <ul>
 *   <li>{@code wrap} points the view at bytes and returns the view. It cuts what lies outside the buffer's limit, so a
 *       view never reads or writes a byte outside {@code offset()} to {@code offset() + length()}. The buffer must be
 *       big-endian, and its limit must not shrink while the view is in use.
 *   <li>Accessors never throw because of what the bytes are: a field that is not there reads as 0 or false, a part that
 *       is not there is absent ({@code null}, or offset -1). Setters do nothing where the field is not there.
 *   <li>The buffer's position and limit are neither used nor changed after {@code wrap}.
 *   <li>What depends on the layout (header lengths, where the transport header starts) is read once per {@code wrap}.
 *       Who changes such bytes behind the view wraps it again.
 *   <li>A view owns its inner views: {@code frame.packet().tcp()} allocates nothing and is good until the outer view is
 *       wrapped again or asked again.
 *   <li>Views are not thread-safe, and compare by identity: their content changes under a hash table's feet.
 * </ul>
 *
 * <h2>Values</h2>
 *
 * {@link io.pktkit.wire.MacAddress}, {@link io.pktkit.wire.IpAddress} and {@link io.pktkit.wire.IpPrefix} are immutable
 * and may be shared. Hot paths use the primitive forms instead: a MAC address as a {@code long}, an IP address as a high
 * and a low {@code long}, IPv4 in the low 32 bits of the low one.
 *
 * <p>No method here blocks, reads a clock or starts a thread.
 */
@NullMarked
package io.pktkit.wire;

import org.jspecify.annotations.NullMarked;
