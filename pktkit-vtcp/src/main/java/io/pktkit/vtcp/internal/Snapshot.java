// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.internal.opening.FastOpen;
import io.pktkit.vtcp.internal.opening.FastOpenClient;
import io.pktkit.vtcp.internal.recovery.DeliveryRate;
import io.pktkit.vtcp.internal.stream.ReceiveTuning;
import io.pktkit.vtcp.internal.timing.RttEstimator;

/** Gathers a {@link TcpInfo}. */
final class Snapshot {
    private Snapshot() {}

    static TcpInfo of(Tcb tcb) {
        return new TcpInfo(
                tcb.state,
                negotiated(tcb),
                fastOpen(tcb),
                timing(tcb),
                congestion(tcb),
                tcb.congestion.slowStart(),
                rate(tcb),
                tcb.recovery.reordering(),
                tcb.transmitter.limits().snapshot(tcb.now),
                tcb.counters.snapshot(),
                queues(tcb),
                buffers(tcb),
                tcb.prober.snapshot(),
                tcb.ecn.snapshot());
    }

    private static TcpInfo.Negotiated negotiated(Tcb tcb) {
        return new TcpInfo.Negotiated(
                tcb.send.mss,
                tcb.receive.mss,
                tcb.path.mtu(),
                tcb.agreed.scaling,
                tcb.send.shift,
                tcb.receive.shift,
                tcb.agreed.sack,
                tcb.agreed.timestamps);
    }

    private static TcpInfo.FastOpen fastOpen(Tcb tcb) {
        FastOpen used = tcb.handshake.fastOpen();
        FastOpenClient client = used instanceof FastOpenClient ours ? ours : null;
        return new TcpInfo.FastOpen(
                used == null ? TcpInfo.FastOpenState.UNUSED : used.state(),
                client == null ? 0 : client.sent(),
                client == null ? 0 : client.acked(),
                tcb.counters.synBytesReceived);
    }

    private static TcpInfo.Timing timing(Tcb tcb) {
        RttEstimator rtt = tcb.rtt;
        return new TcpInfo.Timing(
                rtt.smoothed(),
                rtt.variation(),
                rtt.minimum(),
                rtt.timeout(),
                rtt.backoff(),
                tcb.timeouts.retries(),
                tcb.timeouts.probesUnanswered(),
                tcb.now - tcb.send.lastSent,
                tcb.now - tcb.timeouts.lastReceived());
    }

    private static TcpInfo.Congestion congestion(Tcb tcb) {
        return new TcpInfo.Congestion(
                tcb.congestion.name(),
                tcb.recovery.phase(),
                tcb.congestion.window(),
                tcb.congestion.threshold(),
                tcb.recovery.pipe(),
                tcb.board.sackedBytes(),
                tcb.board.lostBytes(),
                tcb.board.resentBytes());
    }

    private static TcpInfo.Rate rate(Tcb tcb) {
        DeliveryRate rate = tcb.recovery.rate();
        return new TcpInfo.Rate(
                tcb.transmitter.pacingRate(), rate.latestRate(), rate.isLatestAppLimited(), rate.delivered());
    }

    private static TcpInfo.Buffers buffers(Tcb tcb) {
        ReceiveTuning tuning = tcb.receive.tuning();
        return new TcpInfo.Buffers(
                tcb.send.limit().bytes(),
                tcb.receive.limit().bytes(),
                tcb.send.limit().grown() + tcb.receive.limit().grown(),
                tuning == null ? 0 : tuning.roundTrip(),
                tuning == null ? 0 : tuning.space());
    }

    private static TcpInfo.Queues queues(Tcb tcb) {
        return new TcpInfo.Queues(
                tcb.send.queued(),
                tcb.board.outstanding(),
                tcb.send.unsent(),
                tcb.readable(),
                tcb.receive.outOfOrder(),
                tcb.send.wnd,
                tcb.receive.window(),
                tcb.send.allocated(),
                tcb.receive.allocated());
    }
}
