// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpState;

/** What must hold of a connection after every call. One instance follows one connection. */
public final class Invariants {
    private final Tcb tcb;
    private final String context;
    private long lastEdge;
    private long lastUna;
    private long lastNxt;
    private long widestWindow;

    public Invariants(Tcb tcb, String context) {
        this.tcb = tcb;
        this.context = context;
    }

    public void check() {
        String where = context + " " + tcb.tuple + " " + tcb.state;
        SendSide send = tcb.send;
        assertTrue(send.una <= send.nxt, () -> where + " una=" + send.una + " nxt=" + send.nxt);
        assertTrue(send.una >= lastUna, where + " una moved back");
        assertTrue(send.nxt >= lastNxt, where + " nxt moved back");
        lastUna = send.una;
        lastNxt = send.nxt;
        widestWindow = Math.max(widestWindow, send.windowEnd());
        if (tcb.state == TcpState.CLOSED) {
            assertEquals(Long.MAX_VALUE, tcb.nextDeadline(), where + " a timer is left");
            assertEquals(0, send.allocated(), where + " the send buffer is left");
            assertEquals(0, send.limit().grown(), where + " budget of the send buffer is left");
            assertEquals(0, tcb.receive.limit().grown(), where + " budget of the receive buffer is left");
            return;
        }
        checkReceive(where);
        checkScoreboard(where);
        if (tcb.state.isSynchronized() && tcb.state != TcpState.TIME_WAIT) {
            assertTrue(
                    send.nxt <= Math.max(widestWindow, tcb.info().fastOpen().sent()) + 1,
                    () -> where + " sent beyond the window: nxt=" + send.nxt + " window end=" + widestWindow);
            boolean waiting = tcb.board.count() > 0 || send.hasUnsent();
            if (waiting && tcb.state != TcpState.FIN_WAIT_2) {
                assertTrue(
                        tcb.timers.isArmed(TimerKind.RETRANSMIT) || tcb.timers.isArmed(TimerKind.PERSIST),
                        where + " something is to be sent and no timer runs");
            }
        }
        if (!tcb.state.isSynchronized()) {
            assertTrue(tcb.timers.isArmed(TimerKind.RETRANSMIT), where + " no timer for the SYN");
        }
    }

    private void checkReceive(String where) {
        ReceiveSide receive = tcb.receive;
        long edge = receive.nxt + receive.window();
        long unit = 1L << receive.shift;
        assertTrue(edge > lastEdge - unit, where + " the window's edge moved back");
        lastEdge = Math.max(lastEdge, edge);
        assertTrue(
                receive.readable() + receive.window() <= tcb.config.receiveBufferMax() + unit,
                where + " too much promised");
        int limit = receive.limit().bytes();
        assertTrue(limit <= tcb.config.receiveBufferMax(), where + " limit=" + limit);
        assertTrue(tcb.send.limit().bytes() <= tcb.config.sendBufferMax(), where + " the send buffer's limit");
        if (tcb.state != TcpState.TIME_WAIT) {
            assertTrue(receive.readable() + receive.beyond().total() <= limit, where + " more held than granted");
            assertTrue(tcb.send.queued() <= tcb.send.limit().bytes(), where + " more queued than granted");
        }
        long previous = receive.nxt;
        for (int i = 0; i < receive.beyond().count(); i++) {
            assertTrue(receive.beyond().start(i) > previous, where + " intervals touch or overlap");
            assertTrue(receive.beyond().end(i) > receive.beyond().start(i), where + " an empty interval");
            previous = receive.beyond().end(i);
        }
        assertTrue(receive.beyond().isEmpty() || previous <= edge, where + " an interval beyond the window");
    }

    private void checkScoreboard(String where) {
        Scoreboard board = tcb.board;
        if ((!tcb.state.isSynchronized() && !tcb.early) || tcb.state == TcpState.TIME_WAIT) {
            assertEquals(0, board.count(), where);
            return;
        }
        long at = Math.max(1, tcb.send.una);
        long sacked = 0;
        long lost = 0;
        long pipe = 0;
        int sackedRecords = 0;
        for (int i = 0; i < board.count(); i++) {
            assertEquals(at, board.start(i), where + " a gap in the scoreboard");
            int length = board.length(i);
            int flags = board.flagsOf(i);
            assertTrue(length > 0, where + " an empty record");
            assertTrue(
                    length <= tcb.send.mss + 1 || tcb.prober.isProbe(board.start(i)),
                    () -> where + " a record of " + length + " that is no probe, mss=" + tcb.send.mss);
            assertTrue((flags & Scoreboard.SACKED) == 0 || (flags & (Scoreboard.LOST | Scoreboard.RESENT)) == 0, where);
            sacked += (flags & Scoreboard.SACKED) != 0 ? length : 0;
            sackedRecords += (flags & Scoreboard.SACKED) != 0 ? 1 : 0;
            lost += (flags & Scoreboard.LOST) != 0 ? length : 0;
            pipe += (flags & (Scoreboard.LOST | Scoreboard.SACKED)) == 0 ? length : 0;
            pipe += (flags & Scoreboard.RESENT) != 0 ? length : 0;
            at += length;
        }
        assertEquals(tcb.send.nxt, at, where + " the scoreboard does not end at SND.NXT");
        assertEquals(sacked, board.sackedBytes(), where);
        assertEquals(sackedRecords, board.sackedRecords(), where);
        assertEquals(lost, board.lostBytes(), where);
        assertEquals(pipe, board.pipe(), where);
        assertTrue(tcb.congestion.window() >= Math.min(tcb.send.mss, 52), where + " no congestion window");
    }
}
