// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.Offload;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Joins what came one after the other in one flow into super-segments, as Linux' GRO does: the other way round of
 * {@link Segmenter}. What comes out of here comes out of that as it went in, byte for byte, but for the IPv4 identification of
 * packets that must not be fragmented, which means nothing there (RFC 6864 section 4.1).
 *
 * <p>Joined are segments of TCP whose sequence numbers follow each other, and datagrams of UDP of one length, if their
 * headers are equal in all that does not follow from that: hop limit, traffic class, flags, acknowledgment, window and options
 * too. Only a shorter payload, PSH or FIN may differ, and end it. The checksums of each are verified before, since a
 * super-segment has none of its own: damage is not hidden, and what is damaged passes as it is. Everything else passes at once,
 * behind what is held of its flow.
 *
 * <p>Each payload is copied once, to where it is lent from. What is held must be flushed at the end of the burst. At most
 * {@link #MAX_FLOWS} flows are held, of 64 KiB each; one more takes the place of the oldest. Nothing is allocated once those
 * buffers are there.
 *
 * <p>Owned by one thread. Whoever is delivered to must not call {@link #flush}; what it adds meanwhile passes as it is.
 *
 * @param <P> frames or packets
 * @param <O> whom what comes belongs to; never joined with another's
 */
public final class Coalescer<P extends Pdu, O> {

    /** How many flows are held at once. */
    public static final int MAX_FLOWS = 8;

    private final Output<P, O> output;
    private final Supplier<P> views;
    private final Arrival arrival = new Arrival();

    /** Those that hold something come first, the oldest before the others. */
    private final HeldFlow<P, O>[] flows;

    private int held;
    private boolean delivering;

    /**
     * Takes what comes out.
     *
     * @param <P> frames or packets
     * @param <O> whom it belongs to
     */
    @FunctionalInterface
    public interface Output<P extends Pdu, O> {

        /**
         * Takes a frame or packet.
         *
         * @param owner whose it is
         * @param pdu on loan until this returns; perhaps a super-segment, its checksum pending then
         */
        void deliver(O owner, P pdu);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type; nothing else is put in
    private Coalescer(Output<P, O> output, Supplier<P> views) {
        this.output = output;
        this.views = views;
        this.flows = new HeldFlow[MAX_FLOWS];
    }

    /**
     * Makes one for packets.
     *
     * @param <O> whom they belong to
     * @param output takes what comes out
     * @return one that holds nothing
     */
    public static <O> Coalescer<Packet, O> ofPackets(Output<Packet, O> output) {
        return new Coalescer<>(output, Packet::new);
    }

    /**
     * Makes one for frames.
     *
     * @param <O> whom they belong to
     * @param output takes what comes out
     * @return one that holds nothing
     */
    public static <O> Coalescer<Frame, O> ofFrames(Output<Frame, O> output) {
        return new Coalescer<>(output, Frame::new);
    }

    /**
     * Takes a frame or packet.
     *
     * @param owner whose it is; compared by identity
     * @param taken what it ends at takes unfinished: where that is not all, it passes at once
     * @param pdu on loan until this returns
     */
    public void add(O owner, Set<Offload> taken, P pdu) {
        if (taken.contains(Offload.SEGMENTATION) && taken.contains(Offload.CHECKSUM)) {
            add(owner, pdu);
        } else {
            output.deliver(owner, pdu);
        }
    }

    void add(O owner, P pdu) {
        if (delivering) {
            output.deliver(owner, pdu);
            return;
        }
        if (!arrival.read(pdu)) {
            // Of no flow that can be told: a fragment may belong to any.
            flushAllOf(owner);
            deliver(owner, pdu);
            return;
        }
        int at = find(owner, arrival.hash());
        if (at >= 0) {
            HeldFlow<P, O> flow = flows[at];
            if (flow.append(pdu, arrival)) {
                if (flow.isComplete()) {
                    flushAt(at);
                }
                return;
            }
            flushAt(at);
        }
        if (arrival.mayBegin()) {
            begin(owner, pdu);
        } else {
            deliver(owner, pdu);
        }
    }

    /** Passes on all that is held. */
    public void flush() {
        while (held > 0) {
            flushAt(0);
        }
    }

    /** {@return how many flows are held} */
    public int held() {
        return held;
    }

    @SuppressWarnings("ReferenceEquality") // another that equals the owner is another
    private int find(O owner, int hash) {
        for (int i = 0; i < held; i++) {
            if (flows[i].hash() == hash && flows[i].owner() == owner) {
                return i;
            }
        }
        return -1;
    }

    private void begin(O owner, P pdu) {
        if (held == MAX_FLOWS) {
            flushAt(0);
        }
        HeldFlow<P, O> flow = flows[held];
        if (flow == null) {
            flow = new HeldFlow<>(views.get());
            flows[held] = flow;
        }
        held++;
        flow.begin(owner, pdu, arrival);
    }

    @SuppressWarnings("ReferenceEquality")
    private void flushAllOf(O owner) {
        for (int i = 0; i < held; ) {
            if (flows[i].owner() == owner) {
                flushAt(i);
            } else {
                i++;
            }
        }
    }

    private void flushAt(int at) {
        HeldFlow<P, O> flow = flows[at];
        held--;
        System.arraycopy(flows, at + 1, flows, at, held - at);
        flows[held] = flow;
        O owner = flow.owner();
        try {
            deliver(owner, flow.finish());
        } finally {
            flow.release();
        }
    }

    private void deliver(O owner, P pdu) {
        delivering = true;
        try {
            output.deliver(owner, pdu);
        } finally {
            delivering = false;
        }
    }
}
