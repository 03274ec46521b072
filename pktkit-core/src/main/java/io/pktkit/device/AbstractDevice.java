// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Pdu;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What all devices have in common: who is attached, the counters, and a close that waits for the callbacks. A subclass
 * of {@link AbstractL2Device} or {@link AbstractL3Device} sends, calls {@link #deliver} for what comes in, and stops its
 * threads in {@link #onClose()}.
 *
 * @param <P> frames or packets
 */
public abstract class AbstractDevice<P extends Pdu> implements Device<P> {

    /** Ethernet's, which most links have. */
    public static final int DEFAULT_MTU = 1500;

    /** What every IPv4 link carries, RFC 791 section 3.2. */
    static final int MIN_MTU = 68;

    static final int MAX_MTU = 65_535;

    private final DeviceStats stats = new DeviceStats();
    private final FailureLog failures =
            new FailureLog(getClass(), "callback of " + getClass().getName());
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Handed out in place of the future itself, so that nobody else can complete it. */
    private final CompletionStage<Void> doneView = done.minimalCompletionStage();

    private final Object lock = new Object();

    /** Who is attached. Written under the lock. */
    private volatile @Nullable DeviceAttachment<P> attachment;

    /** Who is about to be. By the lock. */
    private @Nullable DeviceAttachment<P> arriving;

    /** Who was, while a callback of theirs still runs: only a close from within a callback leaves one. By the lock. */
    private final List<DeviceAttachment<P>> leaving = new ArrayList<>(0);

    /** The callbacks of {@link #deliverFar}, which a close waits for too. */
    private final CallbackGate farSide = new CallbackGate();

    /** Written under the lock. */
    private volatile boolean closed;

    private volatile int mtu = DEFAULT_MTU;

    AbstractDevice() {}

    @Override
    public final Attachment<P> attach(Receiver<P> receiver) {
        return attach(receiver, place -> {});
    }

    @Override
    public final Attachment<P> attach(Receiver<P> receiver, Consumer<? super Attachment<P>> prepare) {
        DeviceAttachment<P> place = new DeviceAttachment<>(this, receiver);
        synchronized (lock) {
            checkOpen();
            DeviceAttachment<P> present = attachment == null ? arriving : attachment;
            if (present != null) {
                throw new IllegalStateException(
                        "device is attached already: device=" + this + " attachment=" + present);
            }
            arriving = place;
        }
        try {
            prepare.accept(place);
            synchronized (lock) {
                checkOpen();
                if (place.isClosed()) {
                    throw new IllegalStateException("attachment is closed already: device=" + this);
                }
                attachment = place;
            }
        } catch (RuntimeException | Error refused) {
            place.close();
            place.takeOut();
            throw refused;
        } finally {
            synchronized (lock) {
                arriving = null;
            }
        }
        onAttach();
        return place;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("device is closed: device=" + this);
        }
    }

    @Override
    public final @Nullable Attachment<P> attachment() {
        return attachment;
    }

    @Override
    public final int mtu() {
        return mtu;
    }

    @Override
    public final DeviceStats stats() {
        return stats;
    }

    @Override
    public final CompletionStage<Void> done() {
        return doneView;
    }

    @Override
    public final void close() {
        boolean first;
        DeviceAttachment<P> place;
        List<CallbackGate> gates;
        synchronized (lock) {
            first = !closed;
            closed = true;
            place = attachment;
            gates = new ArrayList<>(leaving);
        }
        if (place != null) {
            place.shut();
            gates.add(place);
        }
        farSide.shut();
        gates.add(farSide);
        if (first) {
            try {
                onClose();
            } catch (RuntimeException | Error failure) {
                failed(failure);
            }
        }
        CallbackGate.afterLast(gates, first ? () -> finish(place) : () -> {});
    }

    private void finish(@Nullable DeviceAttachment<P> place) {
        if (place != null) {
            place.close();
        }
        done.complete(null);
    }

    /**
     * Tells whether the device is closed or closing. {@code send} then counts {@link DropReason#CLOSED}.
     *
     * @return true as soon as {@link #close()} began
     */
    protected final boolean isClosed() {
        return closed;
    }

    /**
     * Tells whether anybody is attached, for a device that reads nothing while nobody listens.
     *
     * @return whether what is delivered would go to somebody
     */
    protected final boolean isAttached() {
        return attachment != null;
    }

    /**
     * Tells what who is attached takes unfinished, for a device that makes its packets itself.
     *
     * @return what {@link Receiver#offloads()} says, empty if nobody is attached
     */
    protected final Set<Offload> receiverOffloads() {
        DeviceAttachment<P> place = attachment;
        return place == null ? Set.of() : place.receiver().offloads();
    }

    /**
     * Changes what {@link #mtu()} tells, and tells who is attached.
     *
     * @param bytes the longest IP packet, 68 to 65 535
     */
    protected final void changeMtu(int bytes) {
        if (bytes < MIN_MTU || bytes > MAX_MTU) {
            throw new IllegalArgumentException("mtu must be in [" + MIN_MTU + ", " + MAX_MTU + "]: mtu=" + bytes);
        }
        if (bytes != mtu) {
            mtu = bytes;
            changed();
        }
    }

    /** Tells who is attached that the device is not as it was; see {@link Receiver#deviceChanged()}. */
    protected final void changed() {
        DeviceAttachment<P> place = attachment;
        ThreadState thread = ThreadState.current();
        if (place != null && place.enter(thread)) {
            try {
                place.receiver().deviceChanged();
            } catch (Throwable failure) {
                failed(failure);
            } finally {
                place.exit(thread);
            }
        }
    }

    /**
     * Hands over what came in and counts it as received, or as dropped if nobody is attached, the receiver threw or the
     * device is closed. Does not throw. Any thread; must not be called with a lock held.
     *
     * @param pdu on loan to the receiver
     * @return false if it was dropped
     */
    protected final boolean deliver(P pdu) {
        int length = pdu.length();
        boolean superSegment = pdu.segmentSize() != 0;
        ThreadState thread = ThreadState.current();
        DropReason reason = dispatch(thread, pdu);
        if (reason != null) {
            stats.receiveDropped(reason);
            return false;
        }
        stats.received(thread, length);
        if (superSegment) {
            stats.receivedSuperSegment();
        }
        return true;
    }

    /**
     * Gives {@link #deliver} to a part of the device that hands on to a receiver.
     *
     * @return what delivers what it receives, and takes unfinished what who is attached at the moment does
     */
    protected final Receiver<P> delivering() {
        return new Delivering();
    }

    private final class Delivering implements Receiver<P> {

        @Override
        public void receive(P pdu) {
            deliver(pdu);
        }

        @Override
        public Set<Offload> offloads() {
            return receiverOffloads();
        }
    }

    /**
     * Hands over what came in, as {@link #deliver} does, and leaves the counting of it to the caller.
     *
     * @param pdu on loan to the receiver
     * @return why it was dropped, or null if the receiver took it
     */
    protected final @Nullable DropReason dispatch(P pdu) {
        return dispatch(ThreadState.current(), pdu);
    }

    private @Nullable DropReason dispatch(ThreadState thread, P pdu) {
        DeviceAttachment<P> place = attachment;
        if (place == null) {
            return closed ? DropReason.CLOSED : DropReason.NO_HANDLER;
        }
        return call(thread, place, place.inward(), pdu);
    }

    /**
     * Hands what was sent to code that is the device's far side, and counts it as sent, or as dropped if there is none, it
     * threw or the device is closed. For a device whose {@code send} ends in a callback: a close waits for it as for those
     * of who is attached. Does not throw. Any thread; must not be called with a lock held.
     *
     * @param far the code, or null for none
     * @param pdu on loan to it
     * @return false if it was dropped
     */
    protected final boolean deliverFar(@Nullable Receiver<P> far, P pdu) {
        int length = pdu.length();
        boolean superSegment = pdu.segmentSize() != 0;
        ThreadState thread = ThreadState.current();
        DropReason reason = call(thread, farSide, far, pdu);
        if (reason != null) {
            stats.sendDropped(reason);
            return false;
        }
        stats.sent(thread, length);
        if (superSegment) {
            stats.sentSuperSegment();
        }
        return true;
    }

    private @Nullable DropReason call(ThreadState thread, CallbackGate gate, @Nullable Receiver<P> receiver, P pdu) {
        if (!gate.enter(thread)) {
            return DropReason.CLOSED;
        }
        try {
            if (receiver == null) {
                return DropReason.NO_HANDLER;
            }
            receiver.receive(pdu);
            return null;
        } catch (Throwable failure) {
            failed(failure);
            return DropReason.HANDLER_FAILED;
        } finally {
            gate.exit(thread);
        }
    }

    /**
     * Waits for the end of a thread of this device, when the device has told it to end. A subclass calls this last in
     * {@link #onClose()}. It returns at once where waiting would be for ever: on that thread itself, and when that thread
     * in a callback waits for a callback of the calling one to end.
     *
     * @param thread the thread
     */
    protected static void awaitEnd(Thread thread) {
        CallbackGate.join(thread);
    }

    /** Somebody was attached. Called by the thread that did it, which may be overtaken by {@link #onDetach()}. */
    protected void onAttach() {}

    /** Nobody is attached any more, and the device is open. See {@link #isAttached()} for the present state. */
    protected void onDetach() {}

    /**
     * Stops what the device started. Called once, by the thread that closes first, when nothing new is delivered any
     * more but a callback may still be running. A device with a reader thread ends it here and waits for it with
     * {@link #awaitEnd}.
     */
    protected void onClose() {}

    void failed(Throwable failure) {
        stats.error();
        failures.record(failure);
    }

    /** Frees the place of an attachment that lets nobody in any more. */
    void detach(DeviceAttachment<P> place) {
        boolean open;
        synchronized (lock) {
            if (attachment != place) {
                return;
            }
            attachment = null;
            open = !closed;
            leaving.add(place);
        }
        if (open) {
            onDetach();
        }
        CallbackGate.afterLast(List.of(place), () -> left(place));
    }

    private void left(DeviceAttachment<P> place) {
        synchronized (lock) {
            leaving.remove(place);
        }
        place.takeOut();
    }
}
