// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Pdu;

/**
 * A device's place in a network, seen from the network: what comes out of the device goes to its {@link Receiver}, and
 * what the network sends to the device goes through here. Closing it gives up the place and leaves the device open.
 *
 * <pre>
 *   device --> interposer 1 --> interposer 2 --> receiver
 *   device &lt;-- interposer 1 &lt;-- interposer 2 &lt;-- send()
 * </pre>
 *
 * All methods may be called from any thread.
 *
 * @param <P> frames or packets
 */
public interface Attachment<P extends Pdu> extends Sender<P>, AutoCloseable {

    /** {@return the device that has this place} */
    Device<P> device();

    /**
     * Sends into the device, through what is interposed.
     *
     * @param pdu on loan until this returns
     * @return false if it was dropped, also because the attachment is closed
     */
    @Override
    boolean send(P pdu);

    /**
     * Puts something between the device and the network at run time: a capture, an impairment, a filter. Of several the
     * latest is nearest to the network. Nothing is lost by it: what is under way takes the way that it began.
     *
     * @param interposer sees both directions from now on
     * @return what takes it out again; idempotent. Afterwards no call of it begins, and none is running when the close
     *     was not called from within one
     * @throws IllegalStateException if the attachment is closed
     */
    Registration interpose(Interposer<P> interposer);

    /**
     * Detaches the device, frees all that the network kept for it, and takes out what is interposed. Idempotent; the
     * receiver is not called after it returned, under the terms of the package description.
     */
    @Override
    void close();
}
