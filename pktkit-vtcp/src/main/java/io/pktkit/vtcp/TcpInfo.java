// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/**
 * A snapshot of one connection, in the manner of Linux' {@code TCP_INFO}. Sizes are bytes, times nanoseconds.
 *
 * @param state the connection's state
 * @param negotiated what the handshake and path MTU discovery settled
 * @param fastOpen data exchanged with the SYN
 * @param timing round-trip times and the retransmission timeout
 * @param congestion window, recovery and what is in flight
 * @param counters totals since the connection was made
 * @param queues what is buffered at this end, and the two windows
 * @param buffers how much may be buffered, and what that follows from
 * @param mtuSearch the search for the path MTU
 * @param ecn what explicit congestion notification does
 */
public record TcpInfo(
        TcpState state,
        Negotiated negotiated,
        FastOpen fastOpen,
        Timing timing,
        Congestion congestion,
        Counters counters,
        Queues queues,
        Buffers buffers,
        MtuSearch mtuSearch,
        Ecn ecn) {

    /** What loss recovery is doing. */
    public enum RecoveryPhase {
        /** Nothing is known to be lost. */
        OPEN,
        /** The peer reported congestion marks: the window shrinks to the threshold over a round trip. */
        CWR,
        /** Fast recovery: losses were found from acknowledgments. */
        RECOVERY,
        /** A retransmission timeout is being repaired. */
        LOSS
    }

    /**
     * What the handshake and path MTU discovery settled.
     *
     * @param sendMss payload bytes of the largest segment we send, room for timestamps taken off
     * @param receiveMss the MSS that we announced
     * @param pathMtu the largest IP packet that we send
     * @param windowScaling whether both ends scale their windows
     * @param sendShift bits by which the peer's windows are shifted
     * @param receiveShift bits by which ours are shifted
     * @param sack whether selective acknowledgments are exchanged
     * @param timestamps whether every segment carries a timestamp
     */
    public record Negotiated(
            int sendMss,
            int receiveMss,
            int pathMtu,
            boolean windowScaling,
            int sendShift,
            int receiveShift,
            boolean sack,
            boolean timestamps) {}

    /** What became of Fast Open (RFC 7413). */
    public enum FastOpenState {
        /** The handshake had nothing of it. */
        UNUSED,
        /** The client asked for a cookie, and the server, if it does Fast Open, gave one. */
        ASKED,
        /** The client showed its cookie, and the server has not answered. */
        SENT,
        /** The cookie was good: data was exchanged before the handshake was complete. */
        ACCEPTED,
        /** The server did not take the data, which was sent again. */
        REFUSED,
        /** The SYN was not answered, and was repeated without option and data. */
        LOST
    }

    /**
     * Data exchanged with the SYN.
     *
     * @param state what became of it
     * @param sent payload bytes of our SYN
     * @param acked those of them that the SYN-ACK acknowledged
     * @param received payload bytes of the peer's SYN that were taken, with or without Fast Open
     */
    public record FastOpen(FastOpenState state, int sent, int acked, int received) {}

    /**
     * Round-trip times and the retransmission timeout.
     *
     * @param smoothedRttNanos SRTT, 0 before the first sample
     * @param rttVariationNanos RTTVAR, 0 before the first sample
     * @param minimumRttNanos the smallest sample, 0 before the first
     * @param rtoNanos the retransmission timeout, backed off as it now is
     * @param backoff how many times it has been doubled
     */
    public record Timing(
            long smoothedRttNanos, long rttVariationNanos, long minimumRttNanos, long rtoNanos, int backoff) {}

    /**
     * Congestion window and what is in flight.
     *
     * @param algorithm name of the congestion control
     * @param phase what loss recovery is doing
     * @param window the congestion window
     * @param slowStartThreshold the threshold, {@code Integer.MAX_VALUE} before the first loss
     * @param inFlight bytes believed to be in the network
     * @param sacked bytes that the peer holds out of order
     * @param lost bytes taken for lost
     */
    public record Congestion(
            String algorithm,
            RecoveryPhase phase,
            int window,
            int slowStartThreshold,
            long inFlight,
            long sacked,
            long lost) {}

    /**
     * Totals since the connection was made.
     *
     * @param segmentsSent segments of any kind
     * @param segmentsReceived segments of any kind, also those refused
     * @param dataSegmentsSent segments with payload
     * @param dataSegmentsReceived acceptable segments with payload
     * @param bytesSent payload, repeats included
     * @param bytesRetransmitted payload of the repeats
     * @param bytesAcked payload that the peer acknowledged
     * @param bytesReceived payload received in order
     * @param retransmissions segments sent again
     * @param timeouts retransmission timeouts
     * @param fastRecoveries times that fast recovery began
     * @param duplicateSegments received segments that held nothing new
     * @param outOfOrderSegments received segments that left a gap before them
     * @param challengeAcks acknowledgments sent in answer to unacceptable segments
     * @param reneges times that the peer forgot what it had selectively acknowledged
     * @param undos cuts of the window that were taken back, because what was repeated had arrived
     */
    public record Counters(
            long segmentsSent,
            long segmentsReceived,
            long dataSegmentsSent,
            long dataSegmentsReceived,
            long bytesSent,
            long bytesRetransmitted,
            long bytesAcked,
            long bytesReceived,
            long retransmissions,
            long timeouts,
            long fastRecoveries,
            long duplicateSegments,
            long outOfOrderSegments,
            long challengeAcks,
            long reneges,
            long undos) {}

    /**
     * What is buffered at this end, and the two windows.
     *
     * @param sendQueued bytes taken from the application and not acknowledged
     * @param unacknowledged those of them that were sent
     * @param receiveQueued bytes that the application can read
     * @param outOfOrder bytes held beyond a gap
     * @param sendWindow the peer's window
     * @param receiveWindow what is left of the window that we announced
     * @param sendAllocated heap bytes of the send buffer
     * @param receiveAllocated heap bytes of the receive buffer
     */
    public record Queues(
            int sendQueued,
            long unacknowledged,
            int receiveQueued,
            int outOfOrder,
            long sendWindow,
            long receiveWindow,
            int sendAllocated,
            int receiveAllocated) {}

    /**
     * How much may be buffered, and what that follows from.
     *
     * @param sendLimit bytes that the send buffer may hold now
     * @param receiveLimit bytes that the receive buffer may hold now
     * @param grown bytes of the two that are beyond the initial sizes, and reserved from the {@link TcpMemory}
     * @param receiveRttNanos the round trip as the receiving side sees it, 0 before the first measurement and
     *     after silence
     * @param receiveSpace bytes that the application read in the last round trip measured, 0 likewise
     */
    public record Buffers(int sendLimit, int receiveLimit, int grown, long receiveRttNanos, long receiveSpace) {}

    /**
     * The search for the path MTU by probes (RFC 4821). What it has found is {@link Negotiated#pathMtu}.
     *
     * @param searching whether larger packets are to be tried as soon as there is enough to send
     * @param probe bytes of the packet that is being tried, 0 if none is on its way
     * @param upperBound the largest packet that may yet prove to pass
     * @param probesSent probes sent
     * @param probesLost probes that were lost while nothing else was
     * @param blackHoles how many times packets were made smaller, because larger ones vanished
     */
    public record MtuSearch(
            boolean searching, int probe, int upperBound, int probesSent, int probesLost, int blackHoles) {}

    /** How the ends tell each other of congestion marks. */
    public enum EcnFeedback {
        /** Not at all. */
        NONE,
        /** RFC 3168: whether there were any, once a round trip. */
        CLASSIC,
        /** RFC 9768: how many packets. */
        ACCURATE
    }

    /**
     * Explicit congestion notification.
     *
     * @param feedback what the handshake agreed on
     * @param capable whether new data is sent ECN-capable; false also once the path was seen to change codepoints
     * @param ceReceived acceptable segments that arrived with a congestion mark
     * @param reductions times that the window was reduced because the peer reported marks
     * @param deliveredCe segments of ours that arrived marked; with classic feedback, those acknowledged while the peer
     *     reported marks
     */
    public record Ecn(EcnFeedback feedback, boolean capable, long ceReceived, long reductions, long deliveredCe) {}
}
