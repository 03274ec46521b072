// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.FastOpenCookie;
import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.SynCookies;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.internal.opening.FastOpenClient;
import io.pktkit.vtcp.internal.opening.Handshake;
import io.pktkit.vtcp.internal.receiving.SegmentArrival;
import io.pktkit.vtcp.internal.receiving.TupleReuse;
import io.pktkit.vtcp.internal.sending.Transmitter;
import io.pktkit.vtcp.internal.timeout.Timeouts;
import io.pktkit.vtcp.internal.timing.TimerKind;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the application on the block (RFC 9293 section 3.10.1 to 3.10.6), and the states that it ends in. What
 * segments do is in {@link SegmentArrival} and {@link Handshake}, what time does in {@link Timeouts},
 * and what goes out in {@link Transmitter}.
 */
public final class Tcb extends Block {
    private boolean established;
    private @Nullable TcpFailure failure;

    /** Makes the parts; one of the {@code open} methods starts it. */
    public Tcb(TcpConfig config, TcpTuple tuple, int tsOffset, SegmentSink sink, long originNanos) {
        super(config, tuple, tsOffset, sink, originNanos);
    }

    /** What only segments need goes, and what the buffers hold beyond need. */
    @Override
    public void trim() {
        arrival = null;
        send.trim();
        receive.trim();
        recovery.trim(transmitter.isRestartDue());
        transmitter.trim();
    }

    /** Sends a SYN. */
    public void openActive(int iss, @Nullable FastOpenCookie cookie, ByteBuffer data) {
        send.append(data);
        handshake.openActive(iss, cookie);
        transmitter.limits().update(this);
    }

    /** Answers a SYN. */
    public void openPassive(int iss, TcpSegment syn, int ecn, SynAnswer answer) {
        arrival().codepoint = ecn;
        handshake.openPassive(iss, syn, answer);
    }

    /** Takes over from a SYN cookie. */
    public void openFromCookie(SynCookies.Accepted cookie, TcpSegment ack) {
        handshake.openFromCookie(cookie);
        arrival().onSegment(ack);
    }

    /** Processes a segment, or with a segment size several that came as one. */
    public void onSegment(TcpSegment segment, int segmentSize, int codepoint, long at) {
        enter(at);
        SegmentArrival arriving = arrival();
        arriving.codepoint = codepoint;
        arriving.segmentSize = segmentSize;
        arriving.onSegment(segment);
        restInTimeWait();
    }

    /** Does what is due. */
    public void onTick(long at) {
        enter(at);
        timeouts.run();
    }

    /** The earliest timer. */
    public long nextDeadline() {
        return timers.next();
    }

    /** SEND. */
    public int write(ByteBuffer source, long at) {
        enter(at);
        if (!takesData()) {
            return -1;
        }
        transmitter.checkAppLimited();
        int taken = send.append(source);
        if (taken > 0) {
            acks.onWrite(now);
            transmitter.output();
        }
        return taken;
    }

    /** RECEIVE. */
    public int read(ByteBuffer target, long at) {
        enter(at);
        if (!mayTransfer()) {
            return 0;
        }
        int length = receive.peek(target);
        if (length == 0) {
            return receive.endOfStream() ? -1 : 0;
        }
        onRead(length);
        return length;
    }

    /** What a read would give, left where it is. */
    public int peek(ByteBuffer target) {
        if (!mayTransfer()) {
            return 0;
        }
        int length = receive.peek(target);
        return length == 0 && receive.endOfStream() ? -1 : length;
    }

    /** A read of what was peeked at, as far as it is still there. */
    public int skip(int length, long at) {
        enter(at);
        int skipped = Math.min(length, readable());
        if (skipped > 0) {
            onRead(skipped);
        }
        return skipped;
    }

    private void onRead(int length) {
        receive.skip(length);
        if (state == TcpState.CLOSED || state == TcpState.TIME_WAIT) {
            receive.trim(); // no more will come, and no timer looks at it
            return;
        }
        receive.tune(now);
        if (state.isSynchronized() && receive.deservesUpdate()) {
            acks.requireNow();
            transmitter.output();
        }
    }

    /** Queues a FIN. */
    public void shutdownOutput(long at) {
        enter(at);
        if (!takesData()) {
            return;
        }
        send.finQueued = true;
        if (state == TcpState.ESTABLISHED) {
            state = TcpState.FIN_WAIT_1;
        } else if (state == TcpState.CLOSE_WAIT) {
            state = TcpState.LAST_ACK;
        }
        transmitter.output();
    }

    /** Whether small segments are sent at once. */
    public void setNoDelay(boolean on, long at) {
        enter(at);
        noDelay = on;
        if (on && mayTransfer()) {
            transmitter.output();
        }
    }

    /** Whether an idle peer is asked for signs of life. */
    public void setKeepAlive(boolean on, long at) {
        enter(at);
        timeouts.setKeepAlive(on);
    }

    /** DSCP of the packets sent: the six upper bits of an octet. */
    public void setTrafficClass(int octet) {
        trafficClass = (byte) (octet & ~3);
    }

    /** The owner lets go. */
    public void release(long at) {
        enter(at);
        Ending.release(this);
    }

    /** The owner lets go, and what the peer does not acknowledge in time is given up. */
    public void release(long lingerNanos, long at) {
        enter(at);
        Ending.release(this, lingerNanos);
    }

    /** ABORT. */
    public void abort(long at) {
        enter(at);
        Ending.abort(this);
    }

    /** Ends it without a word to the peer. */
    public void forget(long at) {
        enter(at);
        close(TcpFailure.ABORTED);
    }

    /** The path does not take a packet. */
    public void onPacketTooBig(int mtu, int quotedSequence, long at) {
        enter(at);
        if (!isInFlight(quotedSequence) || !prober.onPacketTooBig(mtu, send.unwrap(quotedSequence))) {
            return;
        }
        if (mayTransfer()) {
            transmitter.output();
        } else {
            handshake.resendSyn(); // it was the packet that did not fit, and the timer need not be waited for
        }
    }

    /** The peer cannot be reached. */
    public void onUnreachable(boolean hard, int quotedSequence, long at) {
        enter(at);
        if (!isInFlight(quotedSequence)) {
            return;
        }
        timeouts.onUnreachable();
        if (hard && !state.isSynchronized()) {
            close(TcpFailure.UNREACHABLE);
        }
    }

    /** Whether a SYN may replace a connection in TIME-WAIT. */
    public boolean acceptsNewSyn(TcpSegment syn, long at) {
        enter(at);
        boolean accepts = TupleReuse.acceptsSyn(this, syn);
        restInTimeWait();
        return accepts;
    }

    /** Whether a new connection of ours may take the place of one in TIME-WAIT. */
    public boolean yieldsToConnect(long at) {
        enter(at);
        return TupleReuse.acceptsConnect(this);
    }

    /** SND.NXT. */
    public int nextSequenceNumber() {
        return send.wire(send.nxt);
    }

    @Override
    public void onEstablished() {
        established = true;
        if (receive.finReceived()) { // in a SYN
            state = send.finQueued ? TcpState.LAST_ACK : TcpState.CLOSE_WAIT;
        } else {
            state = send.finQueued ? TcpState.FIN_WAIT_1 : TcpState.ESTABLISHED;
        }
        if (early && receive.deservesUpdate()) {
            acks.requireNow(); // the application has read meanwhile
        }
        timeouts.onEstablished();
    }

    @Override
    public void reset(TcpFailure reason) {
        transmitter.sendReset();
        close(reason);
    }

    @Override
    public void refuse(TcpFailure reason) {
        transmitter.sendRefusal();
        close(reason);
    }

    @Override
    public void giveUp() {
        TcpFailure reason = timeouts.isUnreachable() ? TcpFailure.UNREACHABLE : TcpFailure.TIMED_OUT;
        if (state.isSynchronized()) {
            reset(reason);
        } else {
            close(reason);
        }
    }

    @Override
    public void onLingerOver() {
        Ending.onLingerOver(this);
    }

    @Override
    public void enterTimeWait() {
        state = TcpState.TIME_WAIT;
        timers.disarmAll();
        board.clear();
        send.close();
        receive.close();
        if (config.timeWaitNanos() == 0) {
            close(null);
        } else {
            timers.arm(TimerKind.CLOSE, now + config.timeWaitNanos());
        }
    }

    @Override
    public void close(@Nullable TcpFailure reason) {
        if (state != TcpState.CLOSED) {
            failure = reason;
        }
        state = TcpState.CLOSED;
        timers.disarmAll();
        board.clear();
        send.discard();
        receive.close();
        transmitter.limits().update(this);
        if (released || reason == TcpFailure.ABORTED) {
            receive.discardAll(); // nobody will read
        }
    }

    /** Whether SEND is allowed. */
    private boolean takesData() {
        return !send.finQueued
                && switch (state) {
                    case SYN_SENT, SYN_RECEIVED, ESTABLISHED, CLOSE_WAIT -> true;
                    default -> false;
                };
    }

    private boolean isInFlight(int sequence) {
        long offset = send.unwrap(sequence);
        return state != TcpState.CLOSED && offset >= send.una && offset < send.nxt;
    }

    private void enter(long at) {
        now = Math.max(now, at);
    }

    /** Whether the handshake was ever completed. */
    public boolean wasEstablished() {
        return established;
    }

    @Override
    public boolean mayTransfer() {
        return established || early;
    }

    /** The cookie that the server gave, or null. */
    public @Nullable FastOpenCookie grantedCookie() {
        return handshake.fastOpen() instanceof FastOpenClient client ? client.granted() : null;
    }

    /** Why it ended, or null. */
    public @Nullable TcpFailure failure() {
        return failure;
    }

    /** Bytes that can be read. */
    public int readable() {
        return mayTransfer() ? receive.readable() : 0;
    }

    /** Bytes that can be written. */
    public int writable() {
        if (!takesData()) {
            return 0;
        }
        int limit = config.notSentLowWater();
        return limit == 0 ? send.free() : (int) Math.max(0, Math.min(send.free(), limit - send.unsent()));
    }

    /** Bytes that were written and are not acknowledged. */
    public int unacknowledged() {
        return send.queued();
    }

    /** Whether nothing of ours is under way any more. */
    public boolean isOutputDone() {
        return Ending.isOutputDone(this);
    }

    /** Whether all was read, up to the FIN. */
    public boolean endOfStream() {
        return mayTransfer() && receive.endOfStream();
    }

    /** A snapshot, as of the last call. */
    public TcpInfo info() {
        return Snapshot.of(this);
    }

    /** A snapshot. */
    public TcpInfo info(long at) {
        enter(at);
        return info();
    }
}
