// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.MtuProbing;
import io.pktkit.vtcp.TcpInfo;
import org.jspecify.annotations.Nullable;

/**
 * Packetization layer path MTU discovery, RFC 4821: a probe is the next new data in a segment larger than the MSS. Its
 * arrival raises the MSS. Its loss, if nothing else is lost, is no congestion: the data goes out again in pieces at
 * once and the window stays (section 7.6). One probe is out at a time, none during loss recovery, and after a loss the
 * next waits until all that was in flight is acknowledged.
 *
 * <p>Most connections never probe; the {@link MtuSearch} is made for those that do, and for those that were told of a
 * small link by ICMP, which is forgotten after ten minutes.
 */
final class MtuProber {
    /** The answer of {@link #next} for: nothing new until acknowledgments have made room for the probe. */
    static final int WAIT = -1;

    private static final int PASS = 0;
    private static final long NONE = -1;
    private static final int FOLLOWERS = Rack.DUP_THRESHOLD + 1; // whose acknowledgments show that the probe is lost

    private final Tcb tcb;
    private final MtuProbing mode;
    private @Nullable BlackHole blackHole; // most connections never time out
    private @Nullable MtuSearch search;

    private long start = NONE;
    private long end;
    private int size;
    private long notBefore;
    private int probes;
    private int failed;
    private int blackHoles;

    MtuProber(Tcb tcb) {
        this.tcb = tcb;
        this.mode = tcb.config.mtuProbing();
    }

    /** The peer's MSS is known: with ALWAYS the transfer begins with the base size. */
    void onEstablished() {
        PathMtu path = tcb.path;
        int passing = Math.min(path.mtu(), path.base());
        if (mode == MtuProbing.ALWAYS && passing < ceiling()) {
            path.lower(passing);
            useSearch().begin(passing, ceiling(), tcb.now);
            notBefore = tcb.send.una + 1; // something of the base size has to arrive first
            tcb.handshake.updateSegmentSize();
        }
    }

    /**
     * Asked before new data goes out.
     *
     * @return payload bytes of a probe to send now, 0 if none is to be sent, or {@link #WAIT}
     */
    int next() {
        MtuSearch at = search;
        if (at == null || start != NONE || !(at.isRunning() || renew(at))) {
            return PASS;
        }
        SendSide send = tcb.send;
        int length = at.size() - tcb.path.headers() - tcb.handshake.optionsLength();
        long needed = length + (long) FOLLOWERS * send.mss;
        if (send.una < notBefore
                || !tcb.recovery.isUndisturbed()
                || send.end - send.nxt < needed
                || send.wnd < needed
                || tcb.congestion.window() < needed) {
            return PASS;
        }
        boolean room = send.windowEnd() - send.nxt >= needed && tcb.recovery.allowance() >= length;
        return room ? length : WAIT;
    }

    /** What was learnt is ten minutes old: a larger size is tried, or, if that is off, simply taken. */
    private boolean renew(MtuSearch at) {
        if (!at.isStale(tcb.now)) {
            return false;
        }
        if (mode != MtuProbing.OFF && tcb.path.mtu() < ceiling()) {
            at.begin(tcb.path.mtu(), ceiling(), tcb.now);
            return at.isRunning();
        }
        search = null;
        raise(ceiling());
        return false;
    }

    /** The next segment to go out is the probe that {@link #next} asked for. */
    void onSending(int length) {
        start = tcb.send.nxt;
        end = start + length;
        size = length + tcb.path.headers() + tcb.handshake.optionsLength();
        probes++;
    }

    /** An acknowledgment was applied to the scoreboard. */
    void onAck(long acked) {
        if (acked > 0 && blackHole != null && blackHole.onProgress()) {
            tcb.congestion.undo();
        }
        if (start != NONE && hasArrived()) {
            start = NONE;
            raise(size);
            useSearch().onPassed(size, tcb.now);
        }
    }

    private boolean hasArrived() {
        return tcb.send.una >= end || (tcb.board.flagsOf(tcb.board.indexAt(start)) & Scoreboard.SACKED) != 0;
    }

    private void raise(int mtu) {
        tcb.path.raise(mtu);
        tcb.handshake.updateSegmentSize();
        tcb.congestion.segmentSize(tcb.send.mss);
    }

    /**
     * Loss detection has marked records. If the probe is among them it is cut, so that it is never repeated whole.
     *
     * @param undisturbed whether no recovery was going on
     * @return whether it was all that is lost
     */
    boolean takeLost(boolean undisturbed) {
        if (start == NONE) {
            return false;
        }
        int index = tcb.board.indexAt(start);
        if ((tcb.board.flagsOf(index) & Scoreboard.LOST) == 0) {
            return false;
        }
        boolean alone = undisturbed && tcb.board.lostBytes() == tcb.board.length(index);
        abandon();
        if (alone) {
            failed++;
            useSearch().onFailed(size, tcb.now); // with other losses it proves nothing, and is tried again
        }
        return alone;
    }

    /**
     * Something is about to be repeated, and it must not be the probe in one piece: what of it the peer lacks is lost.
     *
     * @return whether a probe was out
     */
    boolean abandon() {
        if (start == NONE) {
            return false;
        }
        tcb.board.cut(tcb.board.indexAt(start), tcb.send.mss);
        start = NONE;
        notBefore = tcb.send.nxt;
        return true;
    }

    /** The retransmission timer has fired, and all in flight is marked. */
    void onTimeout() {
        suspect(true);
    }

    /** Another probe of a closed window goes out and the one before was not answered: it may be too large. */
    void onProbeUnanswered() {
        suspect(false); // no window was cut that could be given back
    }

    private void suspect(boolean cut) {
        PathMtu path = tcb.path;
        int overhead = tcb.handshake.optionsLength() + path.headers();
        int full = tcb.send.mss + overhead;
        int vanished = Math.min(full, tcb.board.length(0) + overhead);
        int fallback = path.fallback(full);
        boolean typical = vanished > fallback;
        if (!typical) {
            // Also what is not full but larger than the least that any path takes, or it would never arrive.
            fallback = path.fallback(vanished);
        }
        boolean large = vanished > fallback;
        if (mode == MtuProbing.OFF || !useBlackHole().onTimeout(large, typical)) {
            return;
        }
        if (path.lower(fallback)) {
            blackHoles++;
            useBlackHole().onLowered(cut);
            useSearch().begin(fallback, ceiling(), tcb.now);
            adoptSmaller();
        }
    }

    /**
     * A router refused a packet that is in flight.
     *
     * @param told the next hop's MTU, or 0
     * @param quoted the offset of the packet
     * @return whether anything is to be sent again
     */
    boolean onPacketTooBig(int told, long quoted) {
        PathMtu path = tcb.path;
        boolean ofProbe = start != NONE && quoted == start;
        int limit = path.credible(told, ofProbe ? size : path.mtu());
        path.noteTold(told);
        if (path.lower(limit)) {
            start = NONE;
            useBlackHole().onLowered(false);
            useSearch().rest(limit, tcb.now);
            return adoptSmaller();
        }
        if (ofProbe && limit < size) {
            useSearch().onTold(limit, tcb.now);
            return abandon();
        }
        return false;
    }

    private boolean adoptSmaller() {
        int before = tcb.send.mss;
        tcb.handshake.updateSegmentSize();
        if (tcb.mayTransfer() && tcb.send.mss < before) {
            tcb.recovery.onPathMtu(tcb.send.mss);
            return true;
        }
        return !tcb.state.isSynchronized();
    }

    private int ceiling() {
        return Math.min(tcb.config.mtu(), tcb.handshake.peerMss() + tcb.path.headers());
    }

    private BlackHole useBlackHole() {
        BlackHole present = blackHole;
        if (present == null) {
            present = new BlackHole();
            blackHole = present;
        }
        return present;
    }

    private MtuSearch useSearch() {
        MtuSearch current = search;
        if (current == null) {
            current = new MtuSearch();
            search = current;
        }
        return current;
    }

    /** Whether a record is the probe, which may be larger than a segment. */
    boolean isProbe(long offset) {
        return start != NONE && offset >= start && offset < end;
    }

    TcpInfo.MtuSearch snapshot() {
        MtuSearch at = search;
        boolean running = at != null && at.isRunning();
        int upTo = at == null ? tcb.path.mtu() : at.high();
        return new TcpInfo.MtuSearch(running, start == NONE ? 0 : size, upTo, probes, failed, blackHoles);
    }
}
