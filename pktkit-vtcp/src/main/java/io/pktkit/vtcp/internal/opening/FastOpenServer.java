// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.TcpInfo.FastOpenState;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The answer to a SYN with the Fast Open option (RFC 7413 section 4.2.2). */
final class FastOpenServer implements FastOpen {
    private final byte @Nullable [] cookie;
    private final boolean early;

    private FastOpenServer(SynAnswer answer) {
        this.cookie = answer.grantsCookie()
                ? ByteBuffer.allocate(Long.BYTES).putLong(answer.cookie()).array()
                : null;
        this.early = answer.payload() == SynAnswer.Payload.DELIVER;
    }

    /** Before the SYN-ACK: what it takes, and what it gives; null if neither. */
    static @Nullable FastOpenServer open(OpeningView view, TcpSegment syn, SynAnswer answer) {
        if (answer.payload() != SynAnswer.Payload.IGNORE) {
            SynData.queue(view, syn);
        }
        FastOpenServer server = new FastOpenServer(answer);
        if (server.early) {
            view.becomeEarly();
            view.send().setWindow(syn.window(), 0, 0);
            view.prober().onEstablished();
            view.congestion().start(view.send().mss, view.transmitter().initialWindow());
        }
        return server.early || server.cookie != null ? server : null;
    }

    @Override
    public byte @Nullable [] cookie() {
        return cookie;
    }

    @Override
    public int payload() {
        return 0;
    }

    @Override
    public void writePayload(ByteBuffer target, int index) {}

    @Override
    public void onRepeat() {}

    @Override
    public void onEstablished(long ack) {}

    @Override
    public FastOpenState state() {
        return early ? FastOpenState.ACCEPTED : FastOpenState.ASKED;
    }
}
