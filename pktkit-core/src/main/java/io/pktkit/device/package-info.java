// SPDX-License-Identifier: MIT

/**
 * Devices: where frames and packets come from and go to.
 *
 * <p><b>Attaching.</b> A {@link io.pktkit.device.Device} has one place for who receives what comes out of it. {@code attach}
 * takes that place and fails when it is taken or the device is closed, so nobody goes deaf silently. The
 * {@link io.pktkit.device.Attachment} is the network's end of the device: it sends into it, gives the place up, and lets a
 * capture or an impairment be put between at run time ({@link io.pktkit.device.Interposer}). Frames and packets are one
 * idea here, {@link io.pktkit.wire.Pdu}; {@link io.pktkit.device.L2Device} and {@link io.pktkit.device.L3Device} add what
 * only the one or the other has.
 *
 * <pre>
 *            send                                         send
 *   network ------&gt; Attachment --&gt; interposers --&gt; Device -----&gt; the far side: a kernel, a
 *           &lt;------ receiver   &lt;-- interposers &lt;--        &lt;----- socket, a tunnel, a program
 *            receive                              deliver
 * </pre>
 *
 * <p><b>Ownership.</b> What a receiver or a {@code send} is given is lent until it returns. It neither keeps nor changes it,
 * but for headers of what says that they may be rewritten ({@link io.pktkit.wire.Pdu#isRewritable});
 * what must outlive the call is copied, and who must rewrite does so in a buffer of its own.
 *
 * <p><b>Threads.</b> {@code send}, {@code attach}, {@code stats} and {@code close} may be called from any thread, at the
 * same time. Forwarding runs to completion on the calling thread: a receiver is called on whichever thread brought the
 * frame, with no lock held. It may therefore call {@code send} of any device, its own included, and
 * {@link io.pktkit.device.ForwardingDepth} bounds what that can lead to. Who produces packets while it holds a lock puts
 * them into an {@link io.pktkit.device.Outbox} and drains that after the lock is released; who has something to tell to
 * user code, which may block, leaves it in a {@link io.pktkit.device.Mailbox}.
 *
 * <p><b>Failure.</b> {@code send} does not throw because of what is in a frame. It returns false for dropped, and the
 * device's {@link io.pktkit.device.DeviceStats} tell why. What a receiver throws costs the message that it was handling.
 *
 * <p><b>Closing.</b> Closing a device, an attachment or a registration is idempotent, and no callback of it runs after the
 * close returned: it waits for those that are running. A close from within a callback waits too, but not where waiting
 * would be for ever: not for its own callback, and not for one that in turn waits for it, over however many closes. What is
 * left then ends by itself, and {@code done()} tells when: it completes after the last callback in every case. Do not hold a
 * lock that a receiver wants while closing its device.
 */
@NullMarked
package io.pktkit.device;

import org.jspecify.annotations.NullMarked;
