// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.device.Sender;
import io.pktkit.internal.ThreadState;
import io.pktkit.pcap.internal.NgNumbers;
import io.pktkit.pcap.internal.write.RecordRing;
import io.pktkit.pcap.internal.write.TapInfo;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Pdu;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks on at one attachment: copies what passes into the ring before it passes, so that what it leads to comes after it, and
 * tells the ring afterwards whether it was dropped. It never holds a packet up, and no failure of its own reaches one.
 */
final class Tap<P extends Pdu> implements CaptureTap, Interposer<P> {

    private final Attachment<P> attachment;
    private final @Nullable CaptureFilter filter;
    private final int snapLength;
    private final LongSupplier clock;
    private final RecordRing ring;
    private final int number;
    private final TapInfo info;
    private volatile @Nullable Registration place;
    private volatile @Nullable Runnable removed;
    private volatile boolean closed;

    Tap(Attachment<P> attachment, CaptureConfig config, RecordRing ring, int number, TapInfo info) {
        this.attachment = attachment;
        this.filter = config.filter();
        this.snapLength = config.snapLength();
        this.clock = config.epochNanos();
        this.ring = ring;
        this.number = number;
        this.info = info;
    }

    void put(Runnable whenRemoved) {
        removed = whenRemoved;
        place = attachment.interpose(this);
        if (closed) {
            close();
        }
    }

    boolean isOn(Attachment<?> place) {
        return attachment.equals(place);
    }

    int number() {
        return number;
    }

    TapInfo info() {
        return info;
    }

    @Override
    public String name() {
        return info.name;
    }

    @Override
    public CaptureStats stats() {
        return new CaptureStats(info.seen.sum(), info.taken.sum(), info.crowdedOut.sum(), info.unwritten.sum());
    }

    @Override
    public void fromDevice(P pdu, Receiver<P> next) {
        long position = record(pdu, NgNumbers.FLAG_INBOUND);
        if (position < 0) {
            next.receive(pdu);
            return;
        }
        ThreadState thread = ThreadState.current();
        int before = thread.drops();
        boolean dropped = true;
        DropReason reason = DropReason.HANDLER_FAILED;
        try {
            next.receive(pdu);
            // That a station has no use for its copy of a flood is no loss.
            dropped = thread.drops() != before && thread.lastDrop() != DropReason.NOT_FOR_US;
            reason = dropped ? thread.lastDrop() : null;
        } finally {
            ring.settle(position, dropped, reason);
        }
    }

    @Override
    public boolean toDevice(P pdu, Sender<P> next) {
        long position = record(pdu, NgNumbers.FLAG_OUTBOUND);
        if (position < 0) {
            return next.send(pdu);
        }
        ThreadState thread = ThreadState.current();
        int before = thread.drops();
        boolean dropped = true;
        DropReason reason = DropReason.HANDLER_FAILED;
        try {
            dropped = !next.send(pdu);
            reason = dropped && thread.drops() != before ? thread.lastDrop() : null;
            return !dropped;
        } finally {
            ring.settle(position, dropped, reason);
        }
    }

    private long record(P pdu, int direction) {
        info.seen.increment();
        CaptureFilter wanted = filter;
        if (wanted != null && !wanted.matches(pdu)) {
            return -1;
        }
        info.taken.increment();
        int captured = Math.min(pdu.length(), snapLength);
        long position = ring.record(number, clock.getAsLong(), direction | facts(pdu), pdu, captured);
        if (position < 0) {
            info.crowdedOut.increment();
        }
        return position;
    }

    private static int facts(Pdu pdu) {
        LinkCast cast = pdu.linkCast();
        int flags = cast == LinkCast.UNICAST
                ? NgNumbers.FLAG_UNICAST
                : cast == LinkCast.BROADCAST ? NgNumbers.FLAG_BROADCAST : NgNumbers.FLAG_MULTICAST;
        return flags
                | (pdu.checksumPending() ? NgNumbers.FLAG_CHECKSUM_NOT_READY : 0)
                | (pdu.segmentSize() != 0 ? NgNumbers.FLAG_SEGMENTATION_OFFLOADED : 0);
    }

    @Override
    public void removed() {
        Runnable then = removed;
        if (then != null) {
            then.run();
        }
    }

    @Override
    public void close() {
        closed = true;
        Registration registration = place;
        if (registration != null) {
            registration.close();
        }
    }

    @Override
    public String toString() {
        return "CaptureTap[" + info.name + "]";
    }
}
