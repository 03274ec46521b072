// SPDX-License-Identifier: MIT

/**
 * The data channel: how keys are derived, and how packets are encrypted under them.
 *
 * <p><b>Theory of operation.</b> A {@link io.pktkit.ovpn.internal.data.DataKey} is the keys of one key id in both
 * directions. It is made when the peer is authenticated and the cipher negotiated, never before. A payload is copied
 * once into an array of the key and encrypted there by the JDK's cipher, which is slower on direct buffers; then the whole
 * packet is copied to where the kernel reads it. What comes is copied into an array of the receiving thread, and decrypted
 * into another one. Sending and receiving have a monitor each, under which only the cipher runs: packet ids then leave in
 * order.
 *
 * <p><b>Limits.</b> 2048 packet ids are remembered. Packet id 0xFF000000, or 7/8 of 2^36-1 blocks and packets under an
 * AES-GCM key, asks for a new key; at the end of either nothing is sent any more.
 *
 * <p><b>Keys</b> are wiped when the key id is given up. What the JDK's cipher copied of them lives until it is collected.
 */
@NullMarked
package io.pktkit.ovpn.internal.data;

import org.jspecify.annotations.NullMarked;
