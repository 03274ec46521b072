// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpInfo.RecoveryPhase;
import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.vtcp.internal.connection.Counters;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timing.RttEstimator;
import org.jspecify.annotations.Nullable;

/**
 * Steers the window while what {@link LossDetection} found lost is repaired, and takes back what proves to be no loss.
 *
 * <p>A timeout takes everything in flight for lost that the peer is not known to hold, and repeats it as the window
 * grows again. Until all of that is acknowledged no fast recovery begins.
 */
public final class LossRecovery implements RecordObserver {
    private static final long MILLISECOND = 1_000_000L;
    private static final long NONE = -1;

    private final SendSide send;
    private final Scoreboard board;
    private final CongestionControl congestion;
    private final RttEstimator rtt;
    private final Counters counters;
    private final SizeProbe probe;
    private final LossDetection detection;
    private final Reduction reduction;
    private @Nullable ForwardRto forward;
    private final DeliveryRate rate = new DeliveryRate();

    private @Nullable Prr prr; // most connections never lose anything
    private @Nullable Undo undo;
    private @Nullable WindowValidation validation;
    private RecoveryPhase phase = RecoveryPhase.OPEN;
    private long recover;
    /** SND.UNA when a recovery cut the window, which it does not if a mark had done so. */
    private long recoveryUna = NONE;
    /** Marks were reported on what was sent since the window was cut for the losses that are being repaired. */
    private boolean marked;

    private boolean hasEcho;
    private long echoedAt;

    public LossRecovery(
            SendSide send, CongestionControl congestion, RttEstimator rtt, Counters counters, SizeProbe probe) {
        this.send = send;
        this.board = new Scoreboard(this, send.limit().memoryForAll());
        this.detection = new LossDetection(send, board, rtt);
        this.congestion = congestion;
        this.rtt = rtt;
        this.reduction = new Reduction(send, congestion);
        this.counters = counters;
        this.probe = probe;
    }

    public Scoreboard board() {
        return board;
    }

    public void useSack(boolean on) {
        detection.useSack(on);
        congestion.useSack(on);
    }

    /** An acknowledgment is about to be applied to the scoreboard. */
    public void beginAck(AckFacts facts) {
        facts.inFlight = pipe();
        hasEcho = false;
        detection.rack.begin(facts.now);
        if (forward != null) {
            forward.begin();
        }
        rate.begin();
    }

    /**
     * The blocks of the acknowledgment have been applied to the scoreboard, and its number is about to be. Only for that the
     * echo counts: beyond a gap the peer still echoes what came before the gap (RFC 7323 section 4.3).
     */
    public void beginCumulative(AckFacts facts) {
        hasEcho = facts.hasEcho;
        echoedAt = facts.echoedAt;
    }

    @Override
    public void sent(SegmentRecords records, long id) {
        rate.onSent(records, id, board.pipe());
    }

    @Override
    public void delivered(SegmentRecords records, long id) {
        long end = records.end(id);
        long sentAt = records.time(id);
        boolean everResent = (records.flags(id) & Scoreboard.EVER_RESENT) != 0;
        if (forward != null) {
            forward.delivered(end, everResent);
        }
        boolean echoIsOlder = hasEcho && echoedAt + MILLISECOND <= sentAt;
        detection.rack.delivered(end, sentAt, everResent, echoIsOlder, rtt.minimum());
        rate.onDelivered(records, id);
    }

    /** An acknowledgment was applied to the send side and the scoreboard. */
    public void onAck(AckFacts facts) {
        boolean recovering = phase() != RecoveryPhase.OPEN;
        judge(facts);
        recovering |= phase() != RecoveryPhase.OPEN;
        if (rate.generate(facts, rtt.minimum(), pipe())) {
            congestion.onDelivered(rate.sample());
            validation(facts.now).onDelivered(rate.sample(), recovering);
        }
    }

    private void judge(AckFacts facts) {
        long delivered = facts.delivered;
        marked |= facts.congested;
        if (!detection.usesSack()) {
            delivered = detection.count(facts, phase == RecoveryPhase.RECOVERY);
        } else if (detection.isRepairedByProbe(facts) && phase == RecoveryPhase.OPEN) {
            onRepairedByProbe(facts);
        }
        if ((undo != null && undo.isProvedBy(facts)) || (forward != null && forward.isProvedBy(facts, canSendNew()))) {
            revert();
        }
        if (phase != RecoveryPhase.OPEN && send.una >= recover) {
            if (phase == RecoveryPhase.LOSS) {
                growAfterTimeout(facts);
            }
            finish(facts.now);
            if (detection.usesSack() && detect(facts.now)) { // blocks beyond what was repaired may tell of more
                enterRecovery(delivered, facts.now);
            } else if (marked) { // what the recovery let into flight, and not all that it repaired
                reduceForMarks(facts, delivered, facts.inFlight, facts.inFlight);
            }
            return;
        }
        switch (phase) {
            case OPEN, CWR -> onAckWhenOpen(facts, delivered);
            case RECOVERY -> onAckInRecovery(facts, delivered);
            case LOSS -> {
                if (detection.usesSack()) {
                    detect(facts.now);
                }
                makeRoomForRepeat(facts);
                growAfterTimeout(facts);
            }
        }
    }

    /**
     * RFC 5681 section 3.1, with a limit in place of that of RFC 3465 section 2.3: what the peer had before the timeout may
     * be acknowledged together with the one segment that it lacked, but only what was in flight since has shown that the
     * path takes it.
     */
    private void growAfterTimeout(AckFacts facts) {
        long most = Math.max(facts.inFlight, send.mss);
        congestion.onAck(Math.min(facts.acked, most), rtt.smoothed(), facts.now);
    }

    /**
     * RFC 5682 section 2.1, step 3a: the two new segments that went out besides the repeat fill the window, and repeats
     * would wait for the next timeout, unless a block shows that the new ones arrived.
     */
    private void makeRoomForRepeat(AckFacts facts) {
        int room = 3 * send.mss;
        if (forward != null
                && forward.isRefuted()
                && !facts.hasBlocks
                && !congestion.ownsRecovery()
                && congestion.window() < room) {
            congestion.setWindow(room);
        }
    }

    /** RFC 8985 section 7.4: congestion control hears here of a loss that nobody saw. */
    private void onRepairedByProbe(AckFacts facts) {
        counters.fastRecoveries++;
        if (!reduction.yieldToLoss()) {
            cut(send.inFlight() + facts.acked, facts.now);
        }
        congestion.onRecovered();
        validation(facts.now).onRecovered(facts.now);
    }

    /**
     * The window was cut for nothing (RFC 4015). What a timeout alone took for lost is on its way again; losses that
     * were found by other means stay, and are repeated under the old window.
     */
    private void revert() {
        undo().end();
        forward = null;
        counters.undos++;
        takeBackCut();
        reduction.takeBack();
        if (phase == RecoveryPhase.LOSS) {
            board.restoreAssumed();
        } else {
            detection.rack.onReordering();
        }
        if (phase != RecoveryPhase.OPEN) {
            detection.rack.onRecovered();
        }
        phase = RecoveryPhase.OPEN;
        detection.forgetDuplicates();
    }

    /** A timeout or loss was no congestion; of what it took for lost nothing is told that was not told before. */
    public void takeBackCut() {
        congestion.undo();
        rate.forgetLosses();
    }

    private boolean detect(long now) {
        long before = board.pipe();
        return noteLost(detection.search(phase != RecoveryPhase.OPEN, now), before);
    }

    private boolean loseFirst() {
        long before = board.pipe();
        return noteLost(detection.loseFirst(), before);
    }

    /** Whether it is congestion. */
    private boolean noteLost(boolean found, long pipeBefore) {
        if (!found || probe.takeLost(phase == RecoveryPhase.OPEN)) {
            return false;
        }
        rate.onLost(pipeBefore - board.pipe());
        return true;
    }

    /** Time that reordering was given has passed. */
    public void onReorderingTimeout(long now) {
        if (detect(now) && phase == RecoveryPhase.OPEN) {
            enterRecovery(0, now);
        }
    }

    private void onAckWhenOpen(AckFacts facts, long delivered) {
        boolean found;
        if (detection.usesSack()) {
            found = detect(facts.now);
        } else {
            // RFC 6582: not for duplicates of what a timeout had repeated
            found = detection.hasEnoughDuplicates() && send.una > recover && loseFirst();
        }
        if (found) {
            enterRecovery(delivered, facts.now);
            return;
        }
        if (marked) {
            long flight = send.inFlight() + facts.acked;
            reduceForMarks(facts, delivered, flight, flight - board.sackedBytes());
        } else if (reduction.isActive()) {
            reduction.onAck(prr, validation(facts.now), delivered, pipe(), facts.now);
        } else if (facts.acked > 0 && validation(facts.now).mayGrow(facts.now)) {
            congestion.onAck(facts.acked, rtt.smoothed(), facts.now);
        }
    }

    private void reduceForMarks(AckFacts facts, long delivered, long flight, long expected) {
        marked = false;
        undo().end(); // a mark is no mistake, and the window of before it is not to come back
        reduction.begin(prr(), validation(facts.now), flight, expected, facts.now);
        reduction.onAck(prr, validation(facts.now), delivered, pipe(), facts.now);
    }

    private void enterRecovery(long delivered, long now) {
        phase = RecoveryPhase.RECOVERY;
        marked = false; // the window is cut, once for both
        recover = send.nxt;
        recoveryUna = NONE;
        detection.probe.forget();
        counters.fastRecoveries++;
        if (reduction.yieldToLoss()) {
            prr().force();
        } else {
            recoveryUna = send.una;
            long flight = send.inFlight();
            undo().begin();
            congestion.remember();
            cut(flight, now);
            // What was selectively acknowledged before is not delivered during recovery (RFC 9937 section 6.2).
            prr().start(flight - board.sackedBytes() + delivered, congestion.threshold(), true);
        }
        steer(delivered, false);
    }

    private void cut(long flight, long now) {
        congestion.onLoss(validation(now).onCongestion(flight, now), now);
    }

    private void onAckInRecovery(AckFacts facts, long delivered) {
        boolean worse;
        if (detection.usesSack()) {
            worse = detect(facts.now);
        } else {
            worse = facts.acked > 0 && loseFirst();
            if (worse) {
                prr().force(); // RFC 6582: a partial acknowledgment repeats the next hole at once
            }
        }
        if (delivered > 0) {
            steer(delivered, facts.acked > 0 && !worse);
        }
    }

    private void steer(long delivered, boolean safe) {
        if (!congestion.ownsRecovery()) {
            congestion.setWindow((int) prr().window(delivered, safe, pipe(), send.mss));
        }
    }

    private void finish(long now) {
        if (phase == RecoveryPhase.RECOVERY || congestion.ownsRecovery()) {
            congestion.onRecovered();
        }
        validation(now).onRecovered(now);
        detection.rack.onRecovered();
        forward = null;
        phase = RecoveryPhase.OPEN;
        detection.forgetDuplicates();
    }

    /** The retransmission timer fired with data in flight. */
    public void onTimeout(boolean repeated, long now) {
        probe.abandon();
        boolean again = repeated || (phase == RecoveryPhase.LOSS && recover >= send.nxt);
        boolean reneged = looksReneged();
        boolean sameLoss = phase == RecoveryPhase.RECOVERY && send.una == recoveryUna;
        if (sameLoss) { // nothing was repaired since the window was cut: one loss, and one reduction from then
            if (!congestion.ownsRecovery()) { // who does has learnt from the loss, which the timeout only confirms
                congestion.undo();
            }
        } else if (!again) {
            undo().begin();
            congestion.remember();
        }
        if (reneged) {
            undo().end();
        }
        reduction.yieldToLoss();
        congestion.onTimeout(send.inFlight(), again, now);
        validation(now).onTimeout(now);
        counters.reneges += reneged ? 1 : 0;
        prr().force();
        rate.onLost(board.pipe());
        board.markAllLost(reneged);
        detection.rack.forgetDeadline();
        detection.probe.forget();
        marked = false;
        phase = RecoveryPhase.LOSS;
        recover = send.nxt;
        detection.forgetDuplicates();
        forward = new ForwardRto();
        forward.onTimeout(!again && !sameLoss && !reneged, board.start(0) + board.length(0), recover);
    }

    private Prr prr() {
        Prr present = prr;
        if (present == null) {
            present = new Prr();
            prr = present;
        }
        return present;
    }

    private Undo undo() {
        Undo present = undo;
        if (present == null) {
            present = new Undo();
            undo = present;
        }
        return present;
    }

    /** What tells whether the window may be trusted, from the first data on. */
    public WindowValidation validation(long now) {
        WindowValidation present = validation;
        if (present == null) {
            present = new WindowValidation(send, congestion, rtt, rate, now);
            validation = present;
        }
        return present;
    }

    /**
     * Nothing is in flight, and has not been for a while.
     *
     * @param restart whether the next data finds a new window
     */
    public void trim(boolean restart) {
        board.trim();
        rate.trim();
        if (phase == RecoveryPhase.OPEN && board.count() == 0) {
            prr = null;
            undo = null;
            validation = restart ? null : validation;
            congestion.onSilence();
        }
    }

    private boolean canSendNew() {
        return send.end - send.nxt >= send.mss && send.windowEnd() - send.nxt >= send.mss;
    }

    /** Whether what is lost waits for what the next acknowledgment says of the timeout (RFC 5682). */
    public boolean holdsRepeats() {
        return phase == RecoveryPhase.LOSS && forward != null && forward.holdsRepeats();
    }

    /** RFC 5682 section 2.1, step 2b: two new segments, so that the window keeps room for the repeats that wait. */
    public boolean admitsNew() {
        return !holdsRepeats() || send.nxt - recover < 2L * send.mss;
    }

    /** What the peer selectively acknowledged begins right at SND.UNA: it would have acknowledged that, if it had it. */
    public boolean looksReneged() {
        return board.count() > 0 && (board.flagsOf(0) & Scoreboard.SACKED) != 0;
    }

    /** The window is closed, so that nothing but probes goes out; what the peer has forgotten follows when it opens. */
    public void noteReneging() {
        if (looksReneged()) {
            counters.reneges++;
            undo().end();
            board.markAllLost(true);
            detection.rack.forgetDeadline();
        }
    }

    /** Segments in flight no longer fit the path: they are repeated, and it is nobody's congestion. */
    public void onPathMtu(int mss) {
        congestion.segmentSize(mss);
        board.split(mss);
    }

    /** A record is about to be sent again. */
    public void onRepeat(int index, long now) {
        long start = board.start(index);
        int length = board.length(index);
        if (undo != null) {
            undo.onRepeat(start, start + length, now);
        }
        if ((board.flagsOf(index) & Scoreboard.EVER_RESENT) == 0) {
            validation(now).onRepeat(length);
        }
    }

    /** Whether nothing is lost, nor in doubt. */
    public boolean isUndisturbed() {
        return phase == RecoveryPhase.OPEN
                && board.lostBytes() == 0
                && board.sackedBytes() == 0
                && !detection.hasDuplicates();
    }

    /** Whether the next repeat begins a recovery, and so is to leave at once. */
    public boolean isUrgent() {
        return prr != null && prr.isForced();
    }

    public void onSent(long bytes) {
        Prr present = prr;
        if (present != null) {
            present.onSent(bytes);
        }
    }

    /** Whether a tail loss probe may be waited for. */
    public boolean mayProbe() {
        return phase == RecoveryPhase.OPEN && detection.mayProbe();
    }

    public DeliveryRate rate() {
        return rate;
    }

    public LossProbe probe() {
        return detection.probe;
    }

    /** When {@link #onReorderingTimeout} is due, or NEVER. */
    public long reorderingDeadline() {
        return detection.rack.deadline();
    }

    /** Bytes that may go out now; a window that is empty always admits one segment. */
    public long allowance() {
        long pipe = pipe();
        long room = congestion.window() - pipe;
        return pipe == 0 ? Math.max(room, send.mss) : room;
    }

    public long pipe() {
        return detection.pipe();
    }

    public Reduction reduction() {
        return reduction;
    }

    public TcpInfo.Reordering reordering() {
        return detection.snapshot(phase != RecoveryPhase.OPEN);
    }

    public RecoveryPhase phase() {
        return reduction.isActive() ? RecoveryPhase.CWR : phase;
    }
}
