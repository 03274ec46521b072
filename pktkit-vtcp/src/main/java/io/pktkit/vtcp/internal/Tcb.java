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
import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The transmission control block: the state, the parts, and the calls of the application (RFC 9293 section 3.10.1 to
 * 3.10.6). What segments do is in {@link SegmentArrival} and {@link Handshake}, what time does in {@link Timeouts},
 * and what goes out in {@link Transmitter}.
 */
public final class Tcb {
    private static final long MILLISECOND = 1_000_000L;

    final TcpConfig config;
    final TcpTuple tuple;
    final SegmentWriter writer;
    final TimerSet timers = new TimerSet();
    final Counters counters = new Counters();
    final Scoreboard board;
    final SendSide send;
    final ReceiveSide receive;
    final RttEstimator rtt;
    final PathMtu path;
    final MtuProber prober;
    final AckPolicy acks;
    final CongestionControl congestion;
    final LossRecovery recovery;
    final Ecn ecn;
    final Transmitter transmitter;
    final Handshake handshake;
    final Timeouts timeouts;
    final Ending ending = new Ending(this);

    TcpState state = TcpState.CLOSED;
    boolean released;
    /** Whether data is exchanged although the handshake is not complete: an accepted Fast Open. */
    boolean early;
    /** What Fast Open adds to the handshake, if it does. */
    @Nullable
    FastOpen fastOpen;

    boolean sackOn;
    boolean timestampsOn;
    /** TS.Recent of RFC 7323, and when it was set. */
    int tsRecent;

    long tsRecentAt;
    /** The time of the call at hand. */
    long now;
    /** When the last segment that passed validation arrived. */
    long lastReceived;

    private final int tsOffset;
    private final long originNanos;
    private @Nullable SegmentArrival arrival;
    private boolean established;
    private boolean softError;
    private @Nullable TcpFailure failure;

    /** Makes the parts; one of the {@code open} methods starts it. */
    public Tcb(TcpConfig config, TcpTuple tuple, int tsOffset, SegmentSink sink, long originNanos) {
        this.config = config;
        this.tuple = tuple;
        this.tsOffset = tsOffset;
        this.originNanos = originNanos;
        this.writer = new SegmentWriter(tuple, sink);
        this.send = new SendSide(new BufferLimit(config.sendBuffer(), config.sendBufferMax(), config.memory()));
        this.receive =
                new ReceiveSide(new BufferLimit(config.receiveBuffer(), config.receiveBufferMax(), config.memory()));
        this.rtt = new RttEstimator(config.minRtoNanos(), config.maxRtoNanos());
        this.path = new PathMtu(tuple.localAddress().family(), config.mtu());
        this.acks = new AckPolicy(config.delayedAckNanos(), timers);
        this.congestion = CongestionControl.of(config.congestion(), tsOffset);
        this.prober = new MtuProber(this);
        this.recovery = new LossRecovery(send, congestion, rtt, counters, prober);
        this.board = recovery.board();
        this.ecn = new Ecn(config.ecn(), send, recovery.reduction());
        this.transmitter = new Transmitter(this);
        this.handshake = new Handshake(this);
        this.timeouts = new Timeouts(this);
    }

    SegmentArrival arrival() {
        SegmentArrival present = arrival;
        if (present == null) {
            present = new SegmentArrival(this);
            arrival = present;
        }
        return present;
    }

    boolean holdsMemory() {
        return arrival != null || send.holdsMemory() || receive.holdsMemory();
    }

    /** Nothing happens: what only segments need goes, and what the buffers hold beyond need. */
    void trim() {
        arrival = null;
        send.trim();
        receive.trim();
        recovery.trim(transmitter.isRestartDue());
    }

    /** Sends a SYN. */
    public void openActive(int iss, @Nullable FastOpenCookie cookie, ByteBuffer data) {
        send.append(data);
        if (cookie != null) {
            fastOpen = new FastOpenClient(this, cookie);
        }
        handshake.openActive(iss);
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

    /** Processes a segment. */
    public void onSegment(TcpSegment segment, int codepoint, long at) {
        enter(at);
        SegmentArrival arriving = arrival();
        arriving.codepoint = codepoint;
        arriving.onSegment(segment);
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
        int length = receive.read(target);
        if (length == 0) {
            return receive.endOfStream() ? -1 : 0;
        }
        if (state == TcpState.CLOSED || state == TcpState.TIME_WAIT) {
            receive.trim(); // no more will come, and no timer looks at it
            return length;
        }
        receive.tune(now);
        if (state.isSynchronized() && receive.deservesUpdate()) {
            acks.requireNow();
            transmitter.output();
        }
        return length;
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

    /** The owner lets go. */
    public void release(long at) {
        enter(at);
        ending.release();
    }

    /** The owner lets go, and what the peer does not acknowledge in time is given up. */
    public void release(long lingerNanos, long at) {
        enter(at);
        ending.release(lingerNanos);
    }

    /** ABORT. */
    public void abort(long at) {
        enter(at);
        ending.abort();
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
        softError = true;
        if (hard && !state.isSynchronized()) {
            close(TcpFailure.UNREACHABLE);
        }
    }

    /** Whether a SYN may replace a connection in TIME-WAIT. */
    public boolean acceptsNewSyn(TcpSegment syn, long at) {
        enter(at);
        return TupleReuse.acceptsSyn(this, syn);
    }

    /** Whether a new connection of ours may take the place of one in TIME-WAIT. */
    public boolean yieldsToConnect(long at) {
        enter(at);
        return TupleReuse.acceptsConnect(this);
    }

    /** The handshake is complete. */
    void onEstablished() {
        established = true;
        if (receive.finReceived()) { // in a SYN
            state = send.finQueued ? TcpState.LAST_ACK : TcpState.CLOSE_WAIT;
        } else {
            state = send.finQueued ? TcpState.FIN_WAIT_1 : TcpState.ESTABLISHED;
        }
        lastReceived = now;
        if (early && receive.deservesUpdate()) {
            acks.requireNow(); // the application has read meanwhile
        }
        timeouts.onEstablished();
    }

    /** Sends a reset and closes. */
    void reset(TcpFailure reason) {
        transmitter.sendReset();
        close(reason);
    }

    /** Time is up. */
    void giveUp() {
        TcpFailure reason = softError ? TcpFailure.UNREACHABLE : TcpFailure.TIMED_OUT;
        if (state.isSynchronized()) {
            reset(reason);
        } else {
            close(reason);
        }
    }

    /** Both directions are done. */
    void enterTimeWait() {
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

    /** Nothing is left; what was received in order can still be read. */
    void close(@Nullable TcpFailure reason) {
        if (state != TcpState.CLOSED) {
            failure = reason;
        }
        state = TcpState.CLOSED;
        timers.disarmAll();
        board.clear();
        send.discard();
        receive.close();
        transmitter.limits().update(this);
        if (released) {
            receive.discardAll();
        }
    }

    int tsVal() {
        return tsOffset + (int) Math.floorDiv(originNanos + now, MILLISECOND);
    }

    /** When a timestamp of ours was made, to the millisecond below. */
    long madeAt(int echoed) {
        int age = tsVal() - echoed;
        return (Math.floorDiv(originNanos + now, MILLISECOND) - age) * MILLISECOND - originNanos;
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

    /** The state. */
    public TcpState state() {
        return state;
    }

    /** Whether the handshake was ever completed. */
    public boolean wasEstablished() {
        return established;
    }

    /** Whether data may be exchanged. */
    public boolean mayTransfer() {
        return established || early;
    }

    /** The cookie that the server gave, or null. */
    public @Nullable FastOpenCookie grantedCookie() {
        return fastOpen instanceof FastOpenClient client ? client.granted() : null;
    }

    /** Why it ended, or null. */
    public @Nullable TcpFailure failure() {
        return failure;
    }

    /** The ends. */
    public TcpTuple tuple() {
        return tuple;
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

    /** Whether nothing of ours is under way any more. */
    public boolean isOutputDone() {
        return ending.isOutputDone();
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
