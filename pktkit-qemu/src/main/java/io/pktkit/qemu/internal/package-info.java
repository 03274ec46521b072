// SPDX-License-Identifier: MIT

/**
 * What moves the frames of {@link io.pktkit.qemu}: the framing without I/O, the queue of what the peer has not taken yet, one
 * connection, and the thread that all connections of a listener share.
 *
 * <p>{@link io.pktkit.qemu.internal.StreamConnection} is the only type with several threads inside; it says which does what.
 * The framing and the queue know nothing of sockets.
 */
@NullMarked
package io.pktkit.qemu.internal;

import org.jspecify.annotations.NullMarked;
