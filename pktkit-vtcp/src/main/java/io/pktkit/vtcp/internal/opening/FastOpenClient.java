// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.FastOpenCookie;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo.FastOpenState;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Data with our SYN (RFC 7413 section 4.2.1). Until the handshake is complete the scoreboard does not know of it: SYN and
 * data are repeated by the SYN's timer, without data and option, for a middlebox may have minded either. What the SYN-ACK
 * leaves unacknowledged enters the scoreboard as lost and goes out at once; that a server does not take it says nothing
 * of congestion.
 */
public final class FastOpenClient implements FastOpen {
    /** What options may take: a SYN that just fits with ours would not with those that the next version adds. */
    private static final int OPTIONS = 40;

    private final OpeningView view;
    private final byte[] cookie;
    private final int sent;
    private int acked;
    private boolean repeated;
    private FastOpenState state;
    private final FastOpenCookie known;
    private @Nullable FastOpenCookie granted;

    /** Takes from what is queued as much as the SYN has room for. */
    FastOpenClient(OpeningView view, FastOpenCookie known) {
        this.view = view;
        this.known = known;
        this.cookie = known.toBytes();
        int room = Math.min(known.mss(), view.path().segmentRoom()) - OPTIONS;
        this.sent = known.isNone() ? 0 : Math.max(0, Math.min(view.send().queued(), room));
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
            view.send().copyTo(1, target, index, sent);
        }
    }

    /** The first SYN only; a SYN-ACK of a simultaneous open has nothing of it. */
    private boolean isInSyn() {
        return !repeated && view.state() == TcpState.SYN_SENT;
    }

    @Override
    public void onRepeat() {
        repeated = true;
        if (view.counters().timeouts > 0) {
            state = FastOpenState.LOST;
        }
    }

    /** A SYN-ACK may bring a cookie, whatever was asked; without one it tells the MSS to go with the one that is known. */
    void onSynAck(TcpSegment segment, ReceivedOptions options, int mss) {
        int limit = Math.max(TcpConfig.MIN_MSS, mss);
        if (FastOpenCookie.isLength(options.cookieLength)) {
            byte[] octets = new byte[options.cookieLength];
            segment.buffer().get(options.cookieAt, octets);
            granted = FastOpenCookie.of(octets, limit);
        } else if (!known.isNone() && known.mss() != limit) {
            granted = FastOpenCookie.of(cookie, limit);
        }
    }

    @Override
    public void onEstablished(long ack) {
        SendSide send = view.send();
        send.acknowledge(ack);
        send.wl2 = ack;
        acked = (int) (ack - 1);
        view.counters().bytesAcked += acked;
        long end = 1L + sent;
        for (long at = ack; at < end; at += send.mss) {
            view.recovery().board().add(at, (int) Math.min(send.mss, end - at), view.now());
        }
        view.recovery().board().markAllLost(false);
        if (state == FastOpenState.SENT) {
            state = acked > 0 || sent == 0 ? FastOpenState.ACCEPTED : FastOpenState.REFUSED;
        }
    }

    /** What the server gave for the next time, or null. */
    public @Nullable FastOpenCookie granted() {
        return granted;
    }

    public int sent() {
        return sent;
    }

    public int acked() {
        return acked;
    }

    @Override
    public FastOpenState state() {
        return state;
    }
}
