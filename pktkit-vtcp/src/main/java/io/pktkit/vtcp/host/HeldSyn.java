// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConnection;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A SYN that waits for an answer of ours: the peer sees neither SYN-ACK nor reset until {@link #accept}, {@link #refuse} or
 * {@link #forget} is called. Its repeats are absorbed, a reset for it withdraws it. Owned like the {@link TcpHost} it came from.
 */
public final class HeldSyn extends TupleEntry {
    private final StraySegments strays;
    private final IsnSource isn;
    private final ByteBuffer header = ByteBuffer.allocate(TcpHost.MAX_TCP_HEADER);
    private int headerLength;
    private int payloadLength;
    private int ecn;
    private boolean pending = true;

    /** Free for the owner of the host. */
    private @Nullable Object attachment;

    HeldSyn(StraySegments strays, TcpTuple tuple, IsnSource isn, TcpSegment syn, int ecn) {
        super(tuple);
        this.strays = strays;
        this.isn = isn;
        keep(syn, ecn);
    }

    /**
     * Answers with a SYN-ACK.
     *
     * @param config the connection's settings
     * @param events told what happens to the connection
     * @param nowNanos the time
     * @return the connection, in SYN-RECEIVED; null when the SYN is no longer held
     */
    public @Nullable HostConnection accept(TcpConfig config, TcpEvents events, long nowNanos) {
        if (!pending) {
            return null;
        }
        return strays.acceptHeld(this, config, events, nowNanos);
    }

    /**
     * Answers with a reset. Nothing happens when the SYN is no longer held.
     *
     * @param nowNanos the time
     */
    public void refuse(long nowNanos) {
        if (pending) {
            strays.forgetHeld(this);
            strays.resetFor(this);
        }
    }

    /** Stops holding without an answer: the next repeat of the SYN counts as a new one. */
    public void forget() {
        if (pending) {
            strays.forgetHeld(this);
        }
    }

    /**
     * The connection asked for.
     *
     * @return the tuple
     */
    public TcpTuple tuple() {
        return tuple;
    }

    /**
     * Whether the SYN still waits for an answer.
     *
     * @return false once it was accepted, refused, forgotten or withdrawn
     */
    public boolean isPending() {
        return pending;
    }

    /**
     * What the owner of the host has attached.
     *
     * @return the attachment or null
     */
    public @Nullable Object attachment() {
        return attachment;
    }

    /**
     * Attaches something of the owner's.
     *
     * @param attachment anything
     */
    public void attach(@Nullable Object attachment) {
        this.attachment = attachment;
    }

    @Override
    long deadline() {
        return TcpHost.NEVER; // whoever holds a SYN has a limit of its own on how long
    }

    /** Keeps header and options; the payload of a SYN is sent again by the peer (RFC 9293, 3.4). */
    void keep(TcpSegment syn, int codepoint) {
        ecn = codepoint;
        headerLength = Math.min(syn.headerLength(), TcpHost.MAX_TCP_HEADER);
        payloadLength = syn.payloadLength();
        header.put(0, syn.buffer(), syn.offset(), headerLength);
    }

    /** The connection asked for. */
    TcpConnection answer(TcpConfig config, SegmentSink out, long nowNanos) {
        return TcpConnection.accept(config, tuple, isn, segment(), ecn, SynAnswer.HOLD, out, nowNanos);
    }

    TcpSegment segment() {
        return new TcpSegment().wrap(header, 0, headerLength);
    }

    /** The sequence number right after the SYN and what it carried. */
    int nextSequenceNumber() {
        return segment().sequenceNumber() + 1 + payloadLength;
    }

    /** The peer has seen nothing from us, so its reset follows its SYN, at most with what the SYN carried. */
    boolean isWithdrawnBy(TcpSegment reset) {
        int beyondSyn = reset.sequenceNumber() - segment().sequenceNumber();
        return beyondSyn >= 0 && reset.sequenceNumber() - nextSequenceNumber() <= 0;
    }

    void ended() {
        pending = false;
    }
}
