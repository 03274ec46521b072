// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpInfo;

/** Totals of one connection. What stays rare is counted in 32 bits, as Linux does: idle connections are to be small. */
final class Counters {
    long segmentsSent;
    long segmentsReceived;
    long dataSegmentsSent;
    long dataSegmentsReceived;
    long bytesSent;
    long bytesRetransmitted;
    long bytesAcked;
    long bytesReceived;
    int retransmissions;
    int timeouts;
    int fastRecoveries;
    int duplicateSegments;
    int outOfOrderSegments;
    int challengeAcks;
    int reneges;
    int undos;
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
                Integer.toUnsignedLong(retransmissions),
                Integer.toUnsignedLong(timeouts),
                Integer.toUnsignedLong(fastRecoveries),
                Integer.toUnsignedLong(duplicateSegments),
                Integer.toUnsignedLong(outOfOrderSegments),
                Integer.toUnsignedLong(challengeAcks),
                Integer.toUnsignedLong(reneges),
                Integer.toUnsignedLong(undos));
    }
}
