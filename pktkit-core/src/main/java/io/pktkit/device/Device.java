// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Pdu;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network interface: what is sent into it leaves on its far side, and what arrives there goes to whoever is attached.
 * All methods may be called from any thread.
 *
 * @param <P> frames for an {@link L2Device}, packets for an {@link L3Device}
 */
public interface Device<P extends Pdu> extends Sender<P>, AutoCloseable {

    /**
     * Attaches who receives what comes out. A device has one attachment at a time: who wants to look on stands between,
     * see {@link Attachment#interpose}.
     *
     * @param receiver receives from now on
     * @return the place that this takes: what sends into the device, and what gives it up
     * @throws IllegalStateException if somebody is attached already, or the device is closed; the message tells which
     */
    Attachment<P> attach(Receiver<P> receiver);

    /**
     * Attaches who receives what comes out, when the place has what it needs: what is interposed in {@code prepare} sees the
     * first frame too, and what is sent there reaches the device.
     *
     * @param receiver receives when {@code prepare} has returned
     * @param prepare gets the place, on the calling thread; what it throws is thrown, and nobody is attached then. A device
     *     of somebody else's that does not know how may deliver a moment before
     * @return the place
     * @throws IllegalStateException if somebody is attached already, or the device is closed; the message tells which
     */
    default Attachment<P> attach(Receiver<P> receiver, Consumer<? super Attachment<P>> prepare) {
        Attachment<P> place = attach(receiver);
        try {
            prepare.accept(place);
        } catch (RuntimeException | Error refused) {
            place.close();
            throw refused;
        }
        return place;
    }

    /**
     * Tells who is attached.
     *
     * @return the attachment, or null
     */
    @Nullable
    Attachment<P> attachment();

    /**
     * Sends into the device. Whoever is attached sends through its {@link Attachment} instead, so that what is interposed
     * sees it too.
     *
     * @param pdu on loan until this returns
     * @return false if it was dropped; {@link #stats()} tells why
     */
    @Override
    boolean send(P pdu);

    /**
     * Tells the longest IP packet that goes into the device in one piece. The header of a frame does not count, and a
     * super-segment counts by its segments.
     *
     * @return bytes, 68 (RFC 791) to 65 535; may change while the device is open
     */
    int mtu();

    /**
     * Counts what the device did.
     *
     * @return the live counters, the same object on each call
     */
    DeviceStats stats();

    /**
     * Tells when the device is finished: closed here, or gone on its far side.
     *
     * @return a stage that completes then, after the last callback
     */
    CompletionStage<Void> done();

    /**
     * Tells what {@link #send} accepts unfinished.
     *
     * @return an immutable set, the same for the life of the device; empty unless the device says otherwise
     */
    default Set<Offload> offloads() {
        return Set.of();
    }

    /** Stops the device. Idempotent; no callback runs after it returned, see the package description. */
    @Override
    void close();
}
