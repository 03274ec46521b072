// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.recovery.Scoreboard;
import io.pktkit.vtcp.internal.stream.ReceiveSide;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timing.TimerKind;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.TcpSegment;

/** What must hold of a connection after every call, and of every segment it sends. One instance follows one. */
public final class Invariants {
    private final Tcb tcb;
    private final String context;
    private final int ipHeader;
    private long lastEdge;
    private long lastUna;
    private long lastNxt;
    private long widestWindow;
    private long lastAck;
    private long lastWireEdge;

    public Invariants(Tcb tcb, String context) {
        this.tcb = tcb;
        this.context = context;
        this.ipHeader = tcb.tuple.localAddress().family() == IpFamily.IPV4 ? 20 : 40;
    }

    /** Plays a receiver that drops what it holds beyond a gap (RFC 2018 section 8); false if there is nothing. */
    public boolean renege() {
        if (tcb.receive.beyond().isEmpty()) {
            return false;
        }
        tcb.receive.discardBeyond();
        return true;
    }

    /** The place in the stream of a sequence number of ours. */
    public int streamOffset(int sequence) {
        return (int) (tcb.send.unwrap(sequence) - 1);
    }

    /** Looks at a segment that is being sent, or at a super-segment of a size. */
    public void onSent(TcpSegment segment, int segmentSize) {
        if (!tcb.state.isSynchronized()) {
            return;
        }
        assertTrue(segment.has(TcpSegment.ACK), () -> where() + " without ACK: " + segment);
        assertTrue(!segment.has(TcpSegment.SYN), () -> where() + " SYN: " + segment);
        long start = tcb.send.unwrap(segment.sequenceNumber());
        long end = start + segment.payloadLength();
        assertTrue(
                (segmentSize == 0 ? segment.length() : segment.headerLength() + segmentSize)
                                <= tcb.path.mtu() - ipHeader
                        || tcb.prober.isProbe(start),
                () -> where() + " larger than the path MTU: " + segment);
        assertTrue(
                start >= tcb.send.una - 1 && end <= tcb.send.end + 1, () -> where() + " not in the queue: " + segment);
        assertTrue(
                end <= Math.max(widestWindow, tcb.send.windowEnd()) + 1,
                () -> where() + " beyond the window: " + segment);
        if (segment.has(TcpSegment.RST)) {
            return;
        }
        long ack = tcb.receive.unwrap(segment.acknowledgmentNumber());
        assertTrue(ack >= lastAck, () -> where() + " acknowledges less: " + segment);
        lastAck = ack;
        int shift = tcb.agreed.scaling ? tcb.receive.shift : 0;
        long edge = ack + ((long) segment.window() << shift);
        assertTrue(edge > lastWireEdge - (1L << shift), () -> where() + " takes the window back: " + segment);
        lastWireEdge = Math.max(lastWireEdge, edge);
    }

    /** Looks at a segment that is being sent to a known peer: its end may only be where the peer's window reaches. */
    public void onSent(TcpSegment segment, Invariants peer) {
        boolean agreed = tcb.agreed.scaling == peer.tcb.agreed.scaling;
        if (!agreed || !tcb.state.isSynchronized() || !peer.tcb.state.isSynchronized()) {
            return; // a middlebox has hidden the shift of one from the other
        }
        ReceiveSide receive = peer.tcb.receive;
        int end = segment.sequenceNumber() + segment.payloadLength();
        int beyond = end - receive.wire(receive.nxt + receive.window());
        assertTrue(beyond <= 1, () -> where() + " " + beyond + " beyond what the peer ever announced: " + segment);
    }

    public void check() {
        SendSide send = tcb.send;
        assertTrue(send.una <= send.nxt, () -> where() + " una=" + send.una + " nxt=" + send.nxt);
        assertTrue(send.una >= lastUna, () -> where() + " una moved back");
        assertTrue(send.nxt >= lastNxt, () -> where() + " nxt moved back");
        lastUna = send.una;
        lastNxt = send.nxt;
        widestWindow = Math.max(widestWindow, send.windowEnd());
        if (tcb.state == TcpState.CLOSED) {
            assertEquals(Long.MAX_VALUE, tcb.nextDeadline(), () -> where() + " a timer is left");
            assertEquals(0, send.allocated(), () -> where() + " the send buffer is left");
            assertEquals(0, send.limit().grown(), () -> where() + " budget of the send buffer is left");
            assertEquals(0, tcb.receive.limit().grown(), () -> where() + " budget of the receive buffer is left");
            assertTrue(tcb.receive.beyond().isEmpty(), () -> where() + " out-of-order data is left");
            return;
        }
        checkReceive();
        checkScoreboard();
        checkTimers();
        if (tcb.state.isSynchronized() && tcb.state != TcpState.TIME_WAIT) {
            assertTrue(
                    send.nxt <= Math.max(widestWindow, tcb.info().fastOpen().sent()) + 1,
                    () -> where() + " sent beyond the window: nxt=" + send.nxt + " window end=" + widestWindow);
            assertTrue(!tcb.acks.isDue(), () -> where() + " an acknowledgment is due and was not sent");
        }
    }

    /** A timer runs if and only if there is something that it waits for. */
    private void checkTimers() {
        boolean data = tcb.board.count() > 0;
        boolean sends = tcb.state.isSynchronized() && tcb.state != TcpState.TIME_WAIT;
        boolean unsent = sends && tcb.state != TcpState.FIN_WAIT_2 && tcb.send.hasUnsent();
        boolean retransmit = tcb.timers.isArmed(TimerKind.RETRANSMIT);
        boolean persist = tcb.timers.isArmed(TimerKind.PERSIST);
        if (!tcb.state.isSynchronized()) {
            assertTrue(retransmit, () -> where() + " no timer for the SYN");
        } else {
            boolean pacing = tcb.timers.isArmed(TimerKind.PACING);
            assertTrue(
                    !(data || unsent) || retransmit || persist || pacing,
                    () -> where() + " nothing waits for what is unsent");
            assertTrue(!persist || !pacing, () -> where() + " PERSIST runs beside the pacer");
            assertTrue(data || !retransmit, () -> where() + " RETRANSMIT runs for nothing");
            assertTrue(unsent || !persist, () -> where() + " PERSIST runs for nothing");
        }
        runsOnlyIf(TimerKind.REORDERING, data);
        runsOnlyIf(TimerKind.LOSS_PROBE, data);
        runsOnlyIf(TimerKind.DELAYED_ACK, tcb.acks.isPending());
        runsOnlyIf(TimerKind.KEEPALIVE, sends && tcb.config.keepAlive());
        runsOnlyIf(
                TimerKind.CLOSE, tcb.state == TcpState.TIME_WAIT || (tcb.state == TcpState.FIN_WAIT_2 && tcb.released));
        runsOnlyIf(TimerKind.LINGER, tcb.state != TcpState.TIME_WAIT && tcb.released);
        runsOnlyIf(TimerKind.USER_TIMEOUT, tcb.config.userTimeoutNanos() > 0 && (data || unsent || !sends));
        boolean held = tcb.acks.isPending() && sends;
        assertTrue(!held || tcb.timers.isArmed(TimerKind.DELAYED_ACK), () -> where() + " an ACK is held for ever");
        assertTrue(
                tcb.state != TcpState.TIME_WAIT || tcb.timers.isArmed(TimerKind.CLOSE),
                () -> where() + " nothing ends it");
    }

    private void runsOnlyIf(TimerKind kind, boolean wanted) {
        assertTrue(wanted || !tcb.timers.isArmed(kind), () -> where() + " " + kind + " runs for nothing");
    }

    private void checkReceive() {
        ReceiveSide receive = tcb.receive;
        long edge = receive.nxt + receive.window();
        long unit = 1L << receive.shift;
        assertTrue(edge > lastEdge - unit, () -> where() + " the window's edge moved back");
        lastEdge = Math.max(lastEdge, edge);
        int most = tcb.config.receiveBufferMax();
        int limit = receive.limit().bytes();
        assertTrue(receive.readable() + receive.window() <= most + unit, () -> where() + " too much promised");
        assertTrue(limit <= most, () -> where() + " limit=" + limit);
        assertTrue(tcb.send.limit().bytes() <= tcb.config.sendBufferMax(), () -> where() + " send buffer's limit");
        if (tcb.state != TcpState.TIME_WAIT) {
            long held = receive.readable() + receive.beyond().total();
            assertTrue(held <= limit, () -> where() + " holds " + held + " and is granted " + limit);
            assertTrue(tcb.send.queued() <= tcb.send.limit().bytes(), () -> where() + " more queued than granted");
        }
        assertTrue(
                receive.allocated() <= Math.max(2048, 2 * (most + unit)), () -> where() + " too much memory reserved");
        long previous = receive.nxt;
        for (int i = 0; i < receive.beyond().count(); i++) {
            assertTrue(receive.beyond().start(i) > previous, () -> where() + " intervals touch or overlap");
            assertTrue(receive.beyond().end(i) > receive.beyond().start(i), () -> where() + " an empty interval");
            previous = receive.beyond().end(i);
        }
        assertTrue(receive.beyond().isEmpty() || previous <= edge, () -> where() + " an interval beyond the window");
    }

    private void checkScoreboard() {
        Scoreboard board = tcb.board;
        if ((!tcb.state.isSynchronized() && !tcb.early) || tcb.state == TcpState.TIME_WAIT) {
            assertEquals(0, board.count(), () -> where() + " records");
            return;
        }
        long at = Math.max(1, tcb.send.una);
        long sacked = 0;
        long lost = 0;
        long pipe = 0;
        int sackedRecords = 0;
        for (int i = 0; i < board.count(); i++) {
            assertEquals(at, board.start(i), () -> where() + " a gap in the scoreboard");
            long start = at;
            int length = board.length(i);
            int flags = board.flagsOf(i);
            boolean isSacked = (flags & Scoreboard.SACKED) != 0;
            assertTrue(length > 0, () -> where() + " an empty record");
            assertTrue(
                    length <= tcb.send.mss + 1 || tcb.prober.isProbe(start),
                    () -> where() + " a record of " + length + " that is no probe, mss=" + tcb.send.mss);
            assertTrue(
                    !isSacked || (flags & (Scoreboard.LOST | Scoreboard.RESENT)) == 0,
                    () -> where() + " flags of what arrived");
            sacked += isSacked ? length : 0;
            sackedRecords += isSacked ? 1 : 0;
            lost += (flags & Scoreboard.LOST) != 0 ? length : 0;
            pipe += (flags & (Scoreboard.LOST | Scoreboard.SACKED)) == 0 ? length : 0;
            pipe += (flags & Scoreboard.RESENT) != 0 ? length : 0;
            at += length;
        }
        assertEquals(tcb.send.nxt, at, () -> where() + " the scoreboard does not end at SND.NXT");
        assertEquals(sacked, board.sackedBytes(), () -> where() + " sacked");
        assertEquals(sackedRecords, board.sackedRecords(), () -> where() + " sacked records");
        assertEquals(lost, board.lostBytes(), () -> where() + " lost");
        assertEquals(pipe, board.pipe(), () -> where() + " pipe");
        assertTrue(tcb.congestion.window() >= Math.min(tcb.send.mss, 52), () -> where() + " no congestion window");
    }

    private String where() {
        return context + " " + tcb.tuple + " " + tcb.state;
    }
}
