// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import io.pktkit.device.Attachment;
import io.pktkit.device.Interposer;
import io.pktkit.device.L3Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.device.Sender;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.nat.engine.NatLink;
import io.pktkit.wire.Packet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A device's place at a {@link Nat}, outside or as a link of a namespace. Any thread. */
public final class NatPort implements Attachment<Packet> {

    private final Nat nat;
    private final L3Device device;
    private final @Nullable NatLink link;

    /** Whether the namespace goes with the link. */
    private final boolean alone;

    /** Takes what was finished of a packet that this device had left unfinished. */
    private final Sender<Packet> pieces;

    /** Null while the port is being made. Who sets one of these two looks at the other afterwards, so that one sees both. */
    private volatile @Nullable Attachment<Packet> attachment;

    private volatile boolean closed;

    /** Guarded by this. */
    private Told told = Told.NOTHING;

    /** What the host of the NAT knows of this link. It hears of it once, and of its end once and afterwards, whoever is faster. */
    private enum Told {
        NOTHING,
        OPENING,
        OPENED,
        CLOSING,
        CLOSED
    }

    NatPort(Nat nat, L3Device device, @Nullable NatLink link, boolean alone) {
        this.nat = nat;
        this.device = device;
        this.link = link;
        this.alone = alone;
        this.pieces = piece -> {
            nat.passage().translate(ThreadState.current(), this, piece);
            return true;
        };
    }

    /** Last, when the port is in its place: from here on packets come. */
    void attach() {
        device.attach(new FromDevice(), place -> {
            attachment = place;
            if (closed) {
                place.close();
            }
        });
        nat.refresh(this);
        var unused = device.done().thenRun(this::close);
    }

    /** {@return the device that is attached here} */
    @Override
    public L3Device device() {
        return device;
    }

    /** {@return the number of the namespace; 0 for the outside} */
    public int namespace() {
        return link == null ? 0 : link.inside().id();
    }

    /** Sends into the device past the NAT. */
    @Override
    public boolean send(Packet packet) {
        Attachment<Packet> place = attachment;
        return place != null && place.send(packet);
    }

    @Override
    public Registration interpose(Interposer<Packet> interposer) {
        return Objects.requireNonNull(attachment).interpose(interposer);
    }

    /** Detaches the device, which stays open, and frees what was kept for its namespace if that was its own. Idempotent. */
    @Override
    public void close() {
        closed = true;
        nat.disconnect(this);
        Attachment<Packet> place = attachment;
        if (place != null) {
            place.close();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether the device has somebody attached by it, or had. */
    boolean isAttached() {
        return attachment != null;
    }

    /** Tells the host of this link, unless it knows of it or it is gone. */
    void tellOpened(NatLocal host) {
        synchronized (this) {
            if (told != Told.NOTHING) {
                return;
            }
            told = Told.OPENING;
        }
        boolean over;
        try {
            host.opened(this);
        } finally {
            synchronized (this) {
                over = told == Told.CLOSING;
                told = over ? Told.CLOSED : Told.OPENED;
            }
        }
        if (over) {
            host.closed(this);
        }
    }

    /** Tells the host that this link is gone, if it knows of it; who is telling it of it just now does so then. */
    void tellClosed(NatLocal host) {
        boolean now;
        synchronized (this) {
            now = told == Told.OPENED;
            told = told == Told.OPENING || told == Told.CLOSING ? Told.CLOSING : Told.CLOSED;
        }
        if (now) {
            host.closed(this);
        }
    }

    Sender<Packet> pieces() {
        return pieces;
    }

    @Nullable
    NatLink link() {
        return link;
    }

    boolean isAlone() {
        return alone;
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "NatPort[" + (link == null ? "outside" : link.inside()) + ", " + device + "]";
    }

    private final class FromDevice implements Receiver<Packet> {

        @Override
        public void receive(Packet packet) {
            nat.passage().receive(NatPort.this, packet);
        }

        /** What a device on the other side does not take over is finished where it leaves. */
        @Override
        public Set<Offload> offloads() {
            return OffloadFinisher.ALL;
        }

        @Override
        public void deviceChanged() {
            nat.refresh(NatPort.this);
        }

        @Override
        public String toString() {
            return "port of " + nat;
        }
    }
}
