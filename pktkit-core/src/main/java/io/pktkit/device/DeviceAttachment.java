// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Pdu;
import java.util.ArrayList;
import java.util.List;

/**
 * The place of who is attached to an {@link AbstractDevice}. It is the gate of the receiver's callbacks too, one object
 * for both, since each frame passes it.
 *
 * <p>What is interposed makes two chains of links, one for each direction, that are built anew when one comes or goes:
 * a frame on its way keeps the links that it began with.
 */
final class DeviceAttachment<P extends Pdu> extends CallbackGate implements Attachment<P> {

    private final AbstractDevice<P> device;
    private final Receiver<P> receiver;

    /** Nearest to the device first. Guarded by this. */
    private final List<Link<P>> links = new ArrayList<>();

    private volatile Receiver<P> inward;
    private volatile Sender<P> outward;

    DeviceAttachment(AbstractDevice<P> device, Receiver<P> receiver) {
        this.device = device;
        this.receiver = receiver;
        this.inward = receiver;
        this.outward = device;
    }

    Receiver<P> receiver() {
        return receiver;
    }

    /** Where what comes out of the device goes first. */
    Receiver<P> inward() {
        return inward;
    }

    @Override
    public Device<P> device() {
        return device;
    }

    @Override
    public boolean send(P pdu) {
        return outward.send(pdu);
    }

    @Override
    public synchronized Registration interpose(Interposer<P> interposer) {
        if (isClosed()) {
            throw new IllegalStateException("attachment is closed: device=" + device);
        }
        Link<P> link = new Link<>(this, interposer);
        links.add(link);
        rebuild();
        return link;
    }

    @Override
    public void close() {
        synchronized (this) {
            shut();
            outward = this::refuse;
        }
        device.detach(this);
        awaitEmpty();
    }

    /** Takes out what is interposed, after the last callback. */
    void takeOut() {
        List<Link<P>> present;
        synchronized (this) {
            present = List.copyOf(links);
        }
        for (Link<P> link : present) {
            link.close();
        }
    }

    private boolean refuse(P pdu) {
        device.stats().sendDropped(DropReason.CLOSED);
        return false;
    }

    /** What an interposer kept may come at any time, also when the attachment is closed. */
    private void receiveLate(P pdu) {
        ThreadState thread = ThreadState.current();
        if (!enter(thread)) {
            device.stats().receiveDropped(DropReason.CLOSED);
            return;
        }
        try {
            receiver.receive(pdu);
        } finally {
            exit(thread);
        }
    }

    private boolean sendLate(P pdu) {
        return isClosed() ? refuse(pdu) : device.send(pdu);
    }

    private void remove(Link<P> link) {
        synchronized (this) {
            links.remove(link);
            if (!isClosed()) {
                rebuild();
            }
        }
    }

    private void rebuild() {
        Receiver<P> towardsNetwork = links.isEmpty() ? receiver : this::receiveLate;
        for (int i = links.size() - 1; i >= 0; i--) {
            towardsNetwork = links.get(i).inward(towardsNetwork);
        }
        Sender<P> towardsDevice = links.isEmpty() ? device : this::sendLate;
        for (Link<P> link : links) {
            towardsDevice = link.outward(towardsDevice);
        }
        inward = towardsNetwork;
        outward = towardsDevice;
    }

    @Override
    public String toString() {
        return receiver.toString();
    }

    /** One interposer's place. It is a gate of its own, so that it can be taken out while the rest goes on. */
    private static final class Link<P extends Pdu> extends CallbackGate implements Registration {

        private final DeviceAttachment<P> owner;
        private final Interposer<P> interposer;
        private boolean removed;

        private Link(DeviceAttachment<P> owner, Interposer<P> interposer) {
            this.owner = owner;
            this.interposer = interposer;
        }

        private Receiver<P> inward(Receiver<P> next) {
            return pdu -> {
                ThreadState thread = ThreadState.current();
                if (enter(thread)) {
                    try {
                        interposer.fromDevice(pdu, next);
                    } finally {
                        exit(thread);
                    }
                } else {
                    next.receive(pdu); // taken out while this was on its way
                }
            };
        }

        private Sender<P> outward(Sender<P> next) {
            return pdu -> {
                ThreadState thread = ThreadState.current();
                if (!enter(thread)) {
                    return next.send(pdu);
                }
                try {
                    return interposer.toDevice(pdu, next);
                } catch (Throwable failure) {
                    owner.device.failed(failure);
                    owner.device.stats().sendDropped(DropReason.HANDLER_FAILED);
                    return false;
                } finally {
                    exit(thread);
                }
            };
        }

        @Override
        public void close() {
            synchronized (this) {
                if (removed) {
                    return;
                }
                removed = true;
            }
            owner.remove(this);
            shut();
            afterLast(List.of(this), this::tellRemoved);
        }

        private void tellRemoved() {
            try {
                interposer.removed();
            } catch (Throwable failure) {
                owner.device.failed(failure);
            }
        }
    }
}
