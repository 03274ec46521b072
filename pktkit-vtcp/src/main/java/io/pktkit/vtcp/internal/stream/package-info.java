// SPDX-License-Identifier: MIT

/**
 * The two byte streams of a connection. {@code SendSide} holds what the application wrote until the peer has
 * acknowledged it, {@code ReceiveSide} what the peer sent until the application has read it; both have the variables of
 * RFC 9293 section 3.3.1 by their names there, and both are a {@code ByteRing} whose size a {@code BufferLimit} takes
 * from the budget that connections share.
 *
 * <p>Offsets are unwrapped to 64 bits: 0 is the SYN, the first byte is at 1, and an ordinary comparison orders them.
 * {@code wire} and {@code unwrap} of either side are the only places where an offset becomes 32 bits or stops being so.
 * The variables are open to the rooms above, which decide when they move; what is in the rings, and what may be
 * announced of the receive buffer, is decided here.
 *
 * <p>This room knows of no other, of no clock and of no timer. Both sides are owned by one connection and are not
 * thread-safe.
 */
@NullMarked
package io.pktkit.vtcp.internal.stream;

import org.jspecify.annotations.NullMarked;
