// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.FastOpenCookie;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo.FastOpenState;
import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Data with our SYN (RFC 7413 section 4.2.1). Until the handshake is complete the scoreboard does not know of it: SYN and
 * data are repeated by the SYN's timer, without data and option, for a middlebox may have minded either. What the SYN-ACK
 * leaves unacknowledged enters the scoreboard as lost and goes out at once; that a server does not take it says nothing
 * of congestion.
 */
final class FastOpenClient implements FastOpen {
    /** What options may take: a SYN that just fits with ours would not with those that the next version adds. */
    private static final int OPTIONS = 40;

    private final Tcb tcb;
    private final byte[] cookie;
    private final int sent;
    private int acked;
    private boolean repeated;
    private FastOpenState state;
    private @Nullable FastOpenCookie granted;

    /** Takes from what is queued as much as the SYN has room for. */
    FastOpenClient(Tcb tcb, FastOpenCookie known) {
        this.tcb = tcb;
        this.cookie = known.toBytes();
        int room = Math.min(known.mss(), tcb.path.segmentRoom()) - OPTIONS;
        this.sent = known.isNone() ? 0 : Math.max(0, Math.min(tcb.send.queued(), room));
        this.state = known.isNone() ? FastOpenState.ASKED : FastOpenState.SENT;
    }

    @Override
    public byte @Nullable [] cookie() {
        return isInSyn() ? cookie : null;
    }

    @Override
    public int payload() {
        return isInSyn() ? sent : 0;
    }

    @Override
    public void writePayload(ByteBuffer target, int index) {
        if (payload() > 0) {
            tcb.send.copyTo(1, target, index, sent);
        }
    }

    /** The first SYN only; a SYN-ACK of a simultaneous open has nothing of it. */
    private boolean isInSyn() {
        return !repeated && tcb.state == TcpState.SYN_SENT;
    }

    @Override
    public void onRepeat() {
        repeated = true;
        if (tcb.counters.timeouts > 0) {
            state = FastOpenState.LOST;
        }
    }

    /** A SYN-ACK may bring a cookie, whatever was asked. */
    void onSynAck(TcpSegment segment, ReceivedOptions options, int mss) {
        if (FastOpenCookie.isLength(options.cookieLength)) {
            byte[] octets = new byte[options.cookieLength];
            segment.buffer().get(options.cookieAt, octets);
            granted = FastOpenCookie.of(octets, Math.max(TcpConfig.MIN_MSS, mss));
        }
    }

    @Override
    public void onEstablished(long ack) {
        SendSide send = tcb.send;
        send.acknowledge(ack);
        send.wl2 = ack;
        acked = (int) (ack - 1);
        tcb.counters.bytesAcked += acked;
        long end = 1L + sent;
        for (long at = ack; at < end; at += send.mss) {
            tcb.board.add(at, (int) Math.min(send.mss, end - at), tcb.now);
        }
        tcb.board.markAllLost(false);
        if (state == FastOpenState.SENT) {
            state = acked > 0 || sent == 0 ? FastOpenState.ACCEPTED : FastOpenState.REFUSED;
        }
    }

    /** What the server gave for the next time, or null. */
    @Nullable
    FastOpenCookie granted() {
        return granted;
    }

    int sent() {
        return sent;
    }

    int acked() {
        return acked;
    }

    @Override
    public FastOpenState state() {
        return state;
    }
}
