// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.Attachment;
import io.pktkit.device.Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Pdu;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Joins two devices back to back. */
public final class Links {

    private Links() {}

    /**
     * Attaches a cable to two devices: what comes out of each goes into the other.
     *
     * @param <P> frames or packets
     * @param a one device
     * @param b the other
     * @return the cable
     * @throws IllegalStateException if somebody is attached to one of them already, or it is closed; nothing is attached
     *     then
     */
    public static <P extends Pdu> Cable<P> connect(Device<P> a, Device<P> b) {
        return new Cable<>(a, b);
    }

    /**
     * Two devices back to back. Closing it detaches both, which stay open.
     *
     * @param <P> frames or packets
     */
    public static final class Cable<P extends Pdu> implements AutoCloseable {

        private final Attachment<P> first;
        private final Attachment<P> second;

        private Cable(Device<P> a, Device<P> b) {
            End<P> fromFirst = new End<>(a);
            End<P> fromSecond = new End<>(b);
            first = a.attach(fromFirst);
            try {
                second = b.attach(fromSecond);
            } catch (RuntimeException refused) {
                first.close();
                throw refused;
            }
            fromFirst.target = second;
            fromSecond.target = first;
        }

        /** {@return the place of the first device, where something may be put between} */
        public Attachment<P> first() {
            return first;
        }

        /** {@return the place of the second device} */
        public Attachment<P> second() {
            return second;
        }

        /** Cuts the link. Idempotent. */
        @Override
        public void close() {
            first.close();
            second.close();
        }
    }

    /** What comes out of one device. */
    private static final class End<P extends Pdu> implements Receiver<P> {

        private final Device<P> from;

        /** Null for the moment until the other device is attached too. */
        private volatile @Nullable Attachment<P> target;

        private End(Device<P> from) {
            this.from = from;
        }

        @Override
        public Set<Offload> offloads() {
            return OffloadFinisher.ALL;
        }

        @Override
        public void receive(P pdu) {
            Attachment<P> to = target;
            ThreadState thread = ThreadState.current();
            if (to == null || !thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
                from.stats().receiveDropped(to == null ? DropReason.LINK_DOWN : DropReason.LOOP);
                return;
            }
            try {
                OffloadFinisher.send(to, pdu, thread);
            } finally {
                thread.leave();
            }
        }
    }
}
