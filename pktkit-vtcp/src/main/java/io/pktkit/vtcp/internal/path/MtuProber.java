// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.path;

import io.pktkit.vtcp.MtuProbing;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.internal.connection.Agreed;
import io.pktkit.vtcp.internal.recovery.Rack;
import io.pktkit.vtcp.internal.recovery.Scoreboard;
import io.pktkit.vtcp.internal.recovery.SizeProbe;
import io.pktkit.vtcp.internal.stream.SendSide;
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
public final class MtuProber implements SizeProbe {
    /** The answer of {@link #next} for: nothing new until acknowledgments have made room for the probe. */
    public static final int WAIT = -1;

    private static final int PASS = 0;
    private static final long NONE = -1;
    private static final int FOLLOWERS = Rack.DUP_THRESHOLD + 1; // whose acknowledgments show that the probe is lost

    private final PathView view;
    private final PathMtu path;
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

    public MtuProber(PathView view, PathMtu path) {
        this.view = view;
        this.path = path;
        this.mode = view.config().mtuProbing();
    }

    /** The peer's MSS is known: with ALWAYS the transfer begins with the base size. */
    public void onEstablished() {
        int passing = Math.min(path.mtu(), path.base());
        if (mode == MtuProbing.ALWAYS && passing < ceiling()) {
            path.lower(passing);
            useSearch().begin(passing, ceiling(), view.now());
            notBefore = view.send().una + 1; // something of the base size has to arrive first
            updateSegmentSize();
        }
    }

    /**
     * Asked before new data goes out.
     *
     * @return payload bytes of a probe to send now, 0 if none is to be sent, or {@link #WAIT}
     */
    public int next() {
        MtuSearch at = search;
        if (at == null || start != NONE || !(at.isRunning() || renew(at))) {
            return PASS;
        }
        SendSide send = view.send();
        int length = at.size() - path.headers() - view.agreed().optionsLength();
        long needed = length + (long) FOLLOWERS * send.mss;
        if (send.una < notBefore
                || !view.recovery().isUndisturbed()
                || send.end - send.nxt < needed
                || send.wnd < needed
                || view.congestion().window() < needed) {
            return PASS;
        }
        boolean room = send.windowEnd() - send.nxt >= needed && view.recovery().allowance() >= length;
        return room ? length : WAIT;
    }

    /** What was learnt is ten minutes old: a larger size is tried, or, if that is off, simply taken. */
    private boolean renew(MtuSearch at) {
        if (!at.isStale(view.now())) {
            return false;
        }
        if (mode != MtuProbing.OFF && path.mtu() < ceiling()) {
            at.begin(path.mtu(), ceiling(), view.now());
            return at.isRunning();
        }
        search = null;
        raise(ceiling());
        return false;
    }

    /** The next segment to go out is the probe that {@link #next} asked for. */
    public void onSending(int length) {
        start = view.send().nxt;
        end = start + length;
        size = length + path.headers() + view.agreed().optionsLength();
        probes++;
    }

    /** An acknowledgment was applied to the scoreboard. */
    public void onAck(long acked) {
        if (acked > 0 && blackHole != null && blackHole.onProgress()) {
            view.recovery().takeBackCut();
        }
        if (start != NONE && hasArrived()) {
            start = NONE;
            raise(size);
            useSearch().onPassed(size, view.now());
        }
    }

    private boolean hasArrived() {
        return view.send().una >= end || (board().flagsOf(board().indexAt(start)) & Scoreboard.SACKED) != 0;
    }

    private void raise(int mtu) {
        path.raise(mtu);
        updateSegmentSize();
        view.congestion().segmentSize(view.send().mss);
    }

    @Override
    public boolean takeLost(boolean undisturbed) {
        if (start == NONE) {
            return false;
        }
        int index = board().indexAt(start);
        if ((board().flagsOf(index) & Scoreboard.LOST) == 0) {
            return false;
        }
        boolean alone = undisturbed && board().lostBytes() == board().length(index);
        abandon();
        if (alone) {
            failed++;
            useSearch().onFailed(size, view.now()); // with other losses it proves nothing, and is tried again
        }
        return alone;
    }

    @Override
    public boolean abandon() {
        if (start == NONE) {
            return false;
        }
        board().cut(board().indexAt(start), view.send().mss);
        start = NONE;
        notBefore = view.send().nxt;
        return true;
    }

    /** The retransmission timer has fired, and all in flight is marked. */
    public void onTimeout() {
        suspect(true);
    }

    /** Another probe of a closed window goes out and the one before was not answered: it may be too large. */
    public void onProbeUnanswered() {
        suspect(false); // no window was cut that could be given back
    }

    private void suspect(boolean cut) {
        int overhead = view.agreed().optionsLength() + path.headers();
        int full = view.send().mss + overhead;
        int vanished = Math.min(full, board().length(0) + overhead);
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
            useSearch().begin(fallback, ceiling(), view.now());
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
    public boolean onPacketTooBig(int told, long quoted) {
        if (!path.isCredible(told)) {
            return false;
        }
        boolean ofProbe = start != NONE && quoted == start;
        int limit = path.credible(told, ofProbe ? size : path.mtu());
        path.noteTold(told);
        if (path.lower(limit)) {
            start = NONE;
            useBlackHole().onLowered(false);
            useSearch().rest(limit, view.now());
            return adoptSmaller();
        }
        if (ofProbe && limit < size) {
            useSearch().onTold(limit, view.now());
            return abandon();
        }
        return false;
    }

    private boolean adoptSmaller() {
        int before = view.send().mss;
        updateSegmentSize();
        if (view.mayTransfer() && view.send().mss < before) {
            view.recovery().onPathMtu(view.send().mss);
            return true;
        }
        return !view.state().isSynchronized();
    }

    /** RFC 6691: options count against what the peer can take. */
    public void updateSegmentSize() {
        Agreed agreed = view.agreed();
        int room = path.segmentRoom();
        view.send().mss = (agreed.peerMss == 0 ? room : Math.min(agreed.peerMss, room)) - agreed.optionsLength();
    }

    private int ceiling() {
        return Math.min(view.config().mtu(), view.agreed().peerMss + path.headers());
    }

    private Scoreboard board() {
        return view.recovery().board();
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
    public boolean isProbe(long offset) {
        return start != NONE && offset >= start && offset < end;
    }

    public TcpInfo.MtuSearch snapshot() {
        MtuSearch at = search;
        boolean running = at != null && at.isRunning();
        int upTo = at == null ? path.mtu() : at.high();
        return new TcpInfo.MtuSearch(running, start == NONE ? 0 : size, upTo, probes, failed, blackHoles);
    }
}
