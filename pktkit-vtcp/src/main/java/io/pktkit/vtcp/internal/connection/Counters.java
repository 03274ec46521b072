// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.connection;

import io.pktkit.vtcp.TcpInfo;

/** Totals of one connection. What stays rare is counted in 32 bits, as Linux does: idle connections are to be small. */
public final class Counters {
    public long segmentsSent;
    public long segmentsReceived;
    public long dataSegmentsSent;
    public long dataSegmentsReceived;
    public long bytesSent;
    public long bytesRetransmitted;
    public long bytesAcked;
    public long bytesReceived;
    public int retransmissions;
    public int timeouts;
    public int fastRecoveries;
    public int duplicateSegments;
    public int outOfOrderSegments;
    public int challengeAcks;
    public int reneges;
    public int undos;
    /** Payload of the peer's SYN that was taken. */
    public int synBytesReceived;

    public TcpInfo.Counters snapshot() {
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
