// SPDX-License-Identifier: MIT

/**
 * Devices: where frames and packets come from and go to.
 *
 * <p><b>Ownership.</b> What a handler or a {@code send} receives is lent until it returns. The receiver neither keeps
 * nor changes it; what must outlive the call is copied, and who must rewrite does so in a buffer of its own.
 *
 * <p><b>Threads.</b> {@code send}, {@code setHandler}, {@code stats} and {@code close} may be called from any thread, at
 * the same time. Forwarding runs to completion on the calling thread: a handler is called on whichever thread brought
 * the frame, with no lock held. A handler may therefore call {@code send} of any device, its own included, and
 * {@link io.pktkit.device.ForwardingDepth} bounds what that can lead to. Who produces packets while it holds a lock puts
 * them into an {@link io.pktkit.device.Outbox} and drains that after the lock is released.
 *
 * <p><b>Failure.</b> {@code send} does not throw because of what is in a frame. It returns false for dropped, and the
 * device's {@link io.pktkit.device.DeviceStats} tell why. What a handler throws costs the message that it was handling.
 *
 * <p><b>Closing.</b> {@code close} is idempotent, and no callback runs after it returned. A callback that closes its own
 * device is the one exception: it still runs, of course, until it returns. Do not hold a lock that a handler wants
 * while closing its device. When two callbacks, on two threads, close each other's devices at the same moment, the
 * closes do not wait for each other.
 */
@NullMarked
package io.pktkit.device;

import org.jspecify.annotations.NullMarked;
