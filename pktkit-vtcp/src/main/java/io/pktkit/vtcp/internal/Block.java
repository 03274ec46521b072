// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.vtcp.internal.connection.Agreed;
import io.pktkit.vtcp.internal.connection.Counters;
import io.pktkit.vtcp.internal.ecn.Ecn;
import io.pktkit.vtcp.internal.opening.Handshake;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.path.MtuProber;
import io.pktkit.vtcp.internal.path.PathMtu;
import io.pktkit.vtcp.internal.receiving.ReceivingView;
import io.pktkit.vtcp.internal.receiving.SegmentArrival;
import io.pktkit.vtcp.internal.recovery.LossRecovery;
import io.pktkit.vtcp.internal.recovery.Scoreboard;
import io.pktkit.vtcp.internal.sending.AckPolicy;
import io.pktkit.vtcp.internal.sending.SegmentWriter;
import io.pktkit.vtcp.internal.sending.Transmitter;
import io.pktkit.vtcp.internal.stream.BufferLimit;
import io.pktkit.vtcp.internal.stream.ReceiveSide;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timeout.TimeoutView;
import io.pktkit.vtcp.internal.timeout.Timeouts;
import io.pktkit.vtcp.internal.timing.RttEstimator;
import io.pktkit.vtcp.internal.timing.TimerSet;
import io.pktkit.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The transmission control block: the state and the parts, and what each room may see of them. The views are answered
 * here, one line each, and the parts are made in the order of their rooms, so that each finds what it stands on.
 */
abstract class Block implements ReceivingView, TimeoutView {
    private static final long MILLISECOND = 1_000_000L;

    final TcpConfig config;
    final TcpTuple tuple;
    final SegmentWriter writer;
    final TimerSet timers = new TimerSet();
    final Counters counters = new Counters();
    final Agreed agreed = new Agreed();
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

    TcpState state = TcpState.CLOSED;
    /** Whether small segments are sent at once; may change while the connection lives. */
    boolean noDelay;

    /** The octet of the IP header without the two bits of ECN. */
    byte trafficClass;

    boolean released;
    /** Whether data is exchanged although the handshake is not complete: an accepted Fast Open. */
    boolean early;
    /** The time of the call at hand. */
    long now;

    private final int tsOffset;
    private final long originNanos;

    /** What segments need, made for the next one that comes after a silence. */
    @Nullable
    SegmentArrival arrival;

    /** Makes the parts, from the bottom to the top. */
    Block(TcpConfig config, TcpTuple tuple, int tsOffset, SegmentSink sink, long originNanos) {
        this.config = config;
        this.tuple = tuple;
        this.tsOffset = tsOffset;
        this.originNanos = originNanos;
        this.writer = new SegmentWriter(tuple, sink);
        this.noDelay = config.noDelay();
        this.send = new SendSide(
                new BufferLimit(config.sendBuffer(), config.sendBufferMax(), config.memory(), config.memoryForAll()));
        this.receive = new ReceiveSide(new BufferLimit(
                config.receiveBuffer(), config.receiveBufferMax(), config.memory(), config.memoryForAll()));
        this.rtt = new RttEstimator(config);
        this.path = new PathMtu(tuple.localAddress().family(), config.mtu());
        this.acks = new AckPolicy(config.delayedAckNanos(), timers);
        this.congestion = CongestionControl.of(config.congestion(), tsOffset);
        this.prober = new MtuProber(this, path);
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

    /** What segments need is made for each of the few that still come in TIME-WAIT, as no timer gives it back there. */
    void restInTimeWait() {
        if (state == TcpState.TIME_WAIT) {
            arrival = null;
            recovery.trim(true);
            transmitter.trim();
        }
    }

    @Override
    public boolean holdsMemory() {
        return arrival != null || send.holdsMemory() || receive.holdsMemory();
    }

    @Override
    public TcpConfig config() {
        return config;
    }

    @Override
    public Agreed agreed() {
        return agreed;
    }

    @Override
    public SendSide send() {
        return send;
    }

    @Override
    public CongestionControl congestion() {
        return congestion;
    }

    @Override
    public LossRecovery recovery() {
        return recovery;
    }

    @Override
    public ReceiveSide receive() {
        return receive;
    }

    @Override
    public RttEstimator rtt() {
        return rtt;
    }

    @Override
    public TimerSet timers() {
        return timers;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    @Override
    public AckPolicy acks() {
        return acks;
    }

    @Override
    public Ecn ecn() {
        return ecn;
    }

    @Override
    public MtuProber prober() {
        return prober;
    }

    @Override
    public PathMtu path() {
        return path;
    }

    @Override
    public SegmentWriter writer() {
        return writer;
    }

    @Override
    public boolean noDelay() {
        return noDelay;
    }

    @Override
    public void afterOutput() {
        timeouts.afterOutput();
    }

    @Override
    public Transmitter transmitter() {
        return transmitter;
    }

    @Override
    public Timeouts timeouts() {
        return timeouts;
    }

    @Override
    public Handshake handshake() {
        return handshake;
    }

    @Override
    public ReceivedOptions options() {
        return arrival().options;
    }

    @Override
    public int codepoint() {
        return arrival().codepoint;
    }

    @Override
    public void takeText(TcpSegment segment, long sequence) {
        arrival().takeText(segment, sequence);
    }

    @Override
    public void onSynSent() {
        timeouts.onSynSent();
    }

    @Override
    public void armTrim() {
        timeouts.armTrim();
    }

    @Override
    public void becomeEarly() {
        early = true;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public int tsVal() {
        return tsOffset + (int) Math.floorDiv(originNanos + now, MILLISECOND);
    }

    @Override
    public long madeAt(int echoed) {
        int age = tsVal() - echoed;
        return (Math.floorDiv(originNanos + now, MILLISECOND) - age) * MILLISECOND - originNanos;
    }

    @Override
    public TcpState state() {
        return state;
    }

    @Override
    public void become(TcpState next) {
        state = next;
    }

    @Override
    public boolean isEarly() {
        return early;
    }

    @Override
    public boolean isReleased() {
        return released;
    }

    @Override
    public TcpTuple tuple() {
        return tuple;
    }

    @Override
    public int trafficClass() {
        return trafficClass & 0xFF;
    }
}
