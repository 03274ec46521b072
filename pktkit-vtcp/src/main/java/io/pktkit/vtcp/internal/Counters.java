// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpInfo;

/** Totals of one connection. */
final class Counters {
    long segmentsSent;
    long segmentsReceived;
    long dataSegmentsSent;
    long dataSegmentsReceived;
    long bytesSent;
    long bytesRetransmitted;
    long bytesAcked;
    long bytesReceived;
    long retransmissions;
    long timeouts;
    long fastRecoveries;
    long duplicateSegments;
    long outOfOrderSegments;
    long challengeAcks;
    long reneges;
    long undos;
    /** Payload of the peer's SYN that was taken. */
    int synBytesReceived;

    TcpInfo.Counters snapshot() {
        return new TcpInfo.Counters(
                segmentsSent,
                segmentsReceived,
                dataSegmentsSent,
                dataSegmentsReceived,
                bytesSent,
                bytesRetransmitted,
                bytesAcked,
                bytesReceived,
                retransmissions,
                timeouts,
                fastRecoveries,
                duplicateSegments,
                outOfOrderSegments,
                challengeAcks,
                reneges,
                undos);
    }
}
